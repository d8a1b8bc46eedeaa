// Audits: which leaves a range holds, and what tree_size and root say (spec/services/kt.md; C-51, C-52,
// I-20). Other cases append meanwhile, so every expectation allows that.

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import { rootOf } from "./merkle.ts";
import {
  askAudit,
  audit,
  auditedLog,
  HASHED,
  isPrefix,
  ktCase,
  type Log,
  revoke,
  whileStill,
} from "./steps.ts";

const MOST_UINT64 = 2n ** 64n - 1n;

interface Range {
  readonly slug: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly says: string;
}

/** Ranges inside a log of four leaves or more. */
const INSIDE: readonly Range[] = [
  { slug: "first", start: 0n, end: 1n, says: "the first leaf" },
  { slug: "second", start: 1n, end: 2n, says: "the second leaf" },
  { slug: "middle", start: 1n, end: 3n, says: "leaves 1 and 2" },
  { slug: "from-zero", start: 0n, end: 3n, says: "leaves 0 to 2" },
  { slug: "none", start: 2n, end: 2n, says: "no leaf" },
];

const INVALID: readonly Range[] = [
  { slug: "start-above-end", start: 3n, end: 2n, says: "start 3 and end 2" },
  { slug: "start-far-above-end", start: 3n, end: 1n, says: "start 3 and end 1" },
  { slug: "start-above-size", start: 1_000_000_000n, end: 0n, says: "a start of 10^9 and end 0" },
  {
    slug: "range-above-size",
    start: 1_000_000_000n,
    end: 1_000_000_001n,
    says: "a range of one leaf at 10^9",
  },
  { slug: "start-2-32", start: 2n ** 32n, end: 0n, says: "a start of 2^32 and end 0" },
  { slug: "start-2-63", start: 2n ** 63n, end: 0n, says: "a start of 2^63 and end 0" },
  { slug: "start-2-64", start: MOST_UINT64, end: 0n, says: "a start of 2^64 - 1 and end 0" },
  { slug: "both-2-64", start: MOST_UINT64, end: MOST_UINT64, says: "2^64 - 1 for both" },
];

export const auditCases: readonly Case[] = [
  ktCase({
    id: "kt.range.whole",
    rules: ["kt.range"],
    sends: "audits from 0 to the end, page by page",
    expects:
      "every leaf once, 32 bytes each, in ascending order, until there are tree_size of them",
    checks: ["answer", "leaves"],
    errata: ["C-51"],
    tier: "smoke",
    async run(t) {
      const caller = await grown(t);
      t.status(await askAudit(caller, 0n), Status.Ok);
      const { leaves } = await auditedLog(caller);
      const odd = leaves.filter(({ length }) => length !== 32).length;
      const twice = leaves.length - new Set(leaves.map(spell)).size;
      t.check("leaves", odd === 0 && twice === 0 && leaves.length >= 4, {
        expected: "four leaves at least, all different",
        got: `${leaves.length}, ${odd} not of 32 bytes, ${twice} more than once`,
      });
    },
  }),

  ...INSIDE.map(({ slug, start, end, says }) =>
    ktCase({
      id: `kt.range.${slug}`,
      rules: ["kt.range"],
      sends: `an audit from ${start} to ${end}`,
      expects: `${says}, as in the audit of the whole log`,
      checks: ["entries"],
      errata: ["C-51"],
      async run(t) {
        const caller = await grown(t);
        const { leaves } = await auditedLog(caller);
        const { entries } = await audit(caller, start, end);
        const got = entries.map(({ index, leafHash }) => `${index}=${spell(leafHash)}`).join(" ");
        const all = leaves
          .slice(Number(start), Number(end))
          .map((leaf, i) => `${Number(start) + i}=${spell(leaf)}`);
        // A server may return fewer than asked, one at least.
        const forms = all.length === 0 ? [""] : all.map((_, i) => all.slice(0, i + 1).join(" "));
        t.check("entries", forms.includes(got), {
          expected: all.join(" ") || "no entries",
          got: got || "no entries",
        });
      },
    }),
  ),

  ktCase({
    id: "kt.range.to-the-end",
    rules: ["kt.range"],
    sends: "an audit from the last leaf but one with end 0, and one with end = tree_size",
    expects: "the last two leaves",
    checks: ["zero", "size"],
    errata: ["C-51"],
    async run(t) {
      const caller = await grown(t);
      const { seen, size } = await whileStill(caller, async (size) => ({
        zero: (await audit(caller, size - 2n)).entries,
        size: (await audit(caller, size - 2n, size)).entries,
      }));
      for (const [check, entries] of Object.entries(seen)) {
        const got = entries.map(({ index }) => index).join(", ");
        // A server may return fewer than asked, one at least.
        const forms = [`${size - 2n}`, `${size - 2n}, ${size - 1n}`];
        t.check(check, forms.includes(got), {
          expected: `leaves ${forms[1]}`,
          got: got || "none",
        });
      }
    },
  }),

  ...INVALID.map(({ slug, start, end, says }) =>
    ktCase({
      id: `kt.range-invalid.${slug}`,
      rules: ["kt.range-invalid"],
      twin: "kt.range.middle",
      sends: `an audit with ${says}`,
      expects: "BadRequest",
      errata: ["C-51"],
      async run(t) {
        t.refused(await askAudit(await grown(t), start, end), Status.BadRequest);
      },
    }),
  ),

  ktCase({
    id: "kt.range-invalid.one-above-size",
    rules: ["kt.range-invalid"],
    twin: "kt.range-empty.at-size",
    sends: "an audit with start = tree_size + 1 and end 0",
    expects: "BadRequest",
    errata: ["C-51"],
    async run(t) {
      const caller = await grown(t);
      const { seen } = await whileStill(caller, (size) => askAudit(caller, size + 1n));
      t.refused(seen, Status.BadRequest);
    },
  }),

  ktCase({
    id: "kt.range-empty.at-size",
    rules: ["kt.range-empty"],
    sends: "an audit with start = tree_size and end 0, and one with end = tree_size",
    expects: "Ok without entries, with tree_size and root as before",
    checks: ["answer", "entries", "size"],
    errata: ["C-51"],
    async run(t) {
      const caller = await grown(t);
      const { seen, size } = await whileStill(caller, (size) =>
        Promise.all([askAudit(caller, size), askAudit(caller, size, size)]),
      );
      for (const answer of seen) t.status(answer, Status.Ok);
      const messages = seen.map((answer) => answer.message());
      const entries = messages.flatMap((message) => message.entries);
      t.check("entries", entries.length === 0, { expected: "none", got: `${entries.length}` });
      const sizes = messages.map(({ treeSize }) => treeSize);
      t.check(
        "size",
        sizes.every((one) => one === size),
        {
          expected: `${size}`,
          got: sizes.join(", "),
        },
      );
    },
  }),

  ...[
    { slug: "one-above", above: 1n },
    { slug: "thousand-above", above: 1000n },
    { slug: "2-64", above: undefined },
  ].map(({ slug, above }) =>
    ktCase({
      id: `kt.range-cut.${slug}`,
      rules: ["kt.range-cut"],
      sends: `an audit of the last leaf with an end of ${above === undefined ? "2^64 - 1" : `tree_size + ${above}`}`,
      expects: "Ok with the last leaf; BadRequest is accepted",
      checks: ["answer", "entries"],
      errata: ["C-51"],
      async run(t) {
        const caller = await grown(t);
        const { seen, size } = await whileStill(caller, (size) =>
          askAudit(caller, size - 1n, above === undefined ? MOST_UINT64 : size + above),
        );
        t.status(seen, Status.Ok, Status.BadRequest);
        const entries = seen.status === Status.Ok ? seen.message().entries : [];
        const got = entries.map(({ index }) => index).join(", ");
        t.check("entries", seen.status === Status.BadRequest || got === `${size - 1n}`, {
          expected: `leaf ${size - 1n}`,
          got: got || "none",
        });
      },
    }),
  ),

  ktCase({
    id: "kt.pages.no-gap",
    rules: ["kt.pages"],
    sends: "audits with end 0, each from after the last leaf of the one before",
    expects: "one leaf at least in each, from start without a gap, until tree_size is reached",
    checks: ["pages"],
    errata: ["C-51", "C-113"],
    async run(t) {
      const caller = await grown(t);
      let [next, size] = [0n, 1n];
      while (next < size) {
        const { entries, treeSize } = await audit(caller, next);
        const gapless = entries.every(({ index }, i) => index === next + BigInt(i));
        t.demand("pages", gapless && entries.length > 0, {
          expected: `leaves from ${next} without a gap`,
          got: entries.map(({ index }) => index).join(", ") || "none",
        });
        next += BigInt(entries.length);
        size = treeSize;
      }
    },
  }),

  ...INSIDE.slice(0, 3).map(({ slug, start, end }) =>
    ktCase({
      id: `kt.current.${slug}`,
      rules: ["kt.current"],
      sends: `an audit from ${start} to ${end}, between two of the whole log`,
      expects: "tree_size and root of the whole log",
      checks: ["size", "root"],
      errata: ["C-51"],
      async run(t) {
        const caller = await grown(t);
        const { seen, size } = await whileStill(caller, async () => ({
          part: await audit(caller, start, end),
          whole: await auditedLog(caller),
        }));
        const { treeSize, root } = seen.part;
        t.check("size", treeSize === size && BigInt(seen.whole.leaves.length) === size, {
          expected: `${size}`,
          got: `${treeSize}`,
        });
        const [expected, got] = [spell(seen.whole.root), spell(root)];
        t.check("root", expected === got && root.length === 32, { expected, got });
      },
    }),
  ),

  ktCase({
    id: "kt.root.recomputed",
    rules: ["kt.root", "kt.leaf"],
    when: HASHED,
    sends: "an audit of the whole log, and another one after a registration and a revocation",
    expects: "a root that follows from the leaves, both times",
    checks: ["before", "after"],
    errata: ["C-51", "C-52"],
    tier: "smoke",
    async run(t) {
      const caller = await grown(t);
      hasRoot(t, "before", await auditedLog(caller));
      await revoke(await t.newUser());
      hasRoot(t, "after", await auditedLog(caller));
    },
  }),

  ktCase({
    id: "kt.append-only.prefix",
    rules: ["kt.append-only"],
    sends: "an audit, a registration, an audit, a revocation, an audit",
    expects: "each one a prefix of the next, which is longer",
    checks: ["registration", "revocation", "longer"],
    errata: ["C-73", "I-20"],
    async run(t) {
      const caller = await grown(t);
      const first = await auditedLog(caller);
      const alice = await t.newUser();
      const second = await auditedLog(caller);
      await revoke(alice);
      const third = await auditedLog(caller);
      isPrefix(t, "registration", first, second);
      isPrefix(t, "revocation", second, third);
      const sizes = [first, second, third].map(({ leaves }) => leaves.length);
      const [one = 0, two = 0, three = 0] = sizes;
      t.check("longer", one < two && two < three, {
        expected: "three rising sizes",
        got: sizes.join(", "),
      });
    },
  }),

  ktCase({
    id: "kt.append-only.while-it-grows",
    rules: ["kt.append-only", "kt.root"],
    when: HASHED,
    sends: "ten audits of the whole log while two users register and one revokes",
    expects: "each a prefix of a last one, each with its root",
    checks: ["prefix", "root"],
    errata: ["I-20"],
    async run(t) {
      const [caller, alice] = [await grown(t), await t.newUser()];
      const work = Promise.all([t.newUser(), t.newUser(), revoke(alice)]);
      work.catch(() => {}); // of no interest when an audit fails
      const logs: Log[] = [];
      for (let i = 0; i < 10; i++) logs.push(await auditedLog(caller));
      await work;
      const last = await auditedLog(caller);
      for (const log of logs) isPrefix(t, "prefix", log, last);
      for (const log of logs) hasRoot(t, "root", log);
    },
  }),
];

/** grown lends a user of a log with four leaves or more. */
async function grown(t: Trial) {
  const [caller] = await Promise.all([t.user(), t.user(), t.user(), t.user()]);
  return caller;
}

function hasRoot(t: Trial, check: string, { leaves, root }: Log): void {
  const [expected, got] = [spell(rootOf(leaves)), spell(root)];
  t.check(check, expected === got, { expected: `${expected} from ${leaves.length} leaves`, got });
}
