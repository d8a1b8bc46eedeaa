// A log that shrinks, forks, or is read out wrongly (spec/crypto/key-transparency.md).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { refuse } from "../../hostile/world/bends.ts";
import { createLog, type Entry } from "../../hostile/world/log.ts";
import { believed, verify } from "../room.ts";
import {
  auditing,
  auditKeyTransparency,
  forked,
  inAnotherLog,
  KT_OPS,
  newcomers,
  newKey,
  resolving,
  type Town,
  town,
} from "./town.ts";

interface Lie {
  readonly id: string;
  readonly rule: RuleSlug;
  readonly sends: string;
  /** True: the client has verified Carol before, so it holds leaves. */
  readonly knows?: boolean;
  tell(place: Town): () => void;
}

/** An honest log that is cut after so many leaves. */
const shorter = (place: Town, size: number) =>
  createLog(place.world.state.log.leaves().slice(0, size));

const LIES: readonly Lie[] = [
  {
    id: "shrunk",
    rule: "key-transparency.shrunk",
    sends: "proof and pages of the log as it was before its last two leaves came",
    knows: true,
    tell: (place) => inAnotherLog(place, shorter(place, 4), place.bob),
  },
  {
    id: "old-proof",
    rule: "key-transparency.shrunk",
    sends: "a proof against fewer leaves than the client holds, and honest pages",
    knows: true,
    tell(place) {
      const { leafIndex, boundAtMs } = place.bob;
      const old = place.world.state.log.prove(leafIndex, boundAtMs, 4);
      return resolving(place, (honest) => ({ ...honest, inclusionProof: old }));
    },
  },
  {
    id: "audit-below-proof",
    rule: "key-transparency.shrunk",
    sends: "an audit with a smaller tree_size than that of the proof",
    tell(place) {
      const short = shorter(place, 4);
      return auditing(place, (start, end) => short.audit(start, end));
    },
  },
  {
    id: "start-refused",
    rule: "key-transparency.shrunk",
    sends: "BadRequest for an audit from the end of what the client holds",
    knows: true,
    tell: ({ world }) => refuse(world, auditKeyTransparency, Status.BadRequest),
  },
  {
    id: "forked-first-leaf",
    rule: "key-transparency.two-roots",
    sends: "proof and pages of a log whose first leaf is another than the client holds",
    knows: true,
    tell: (place) => inAnotherLog(place, forked(place, 0), place.bob),
  },
  {
    id: "forked-last-leaf",
    rule: "key-transparency.two-roots",
    sends: "proof and pages of a log whose last leaf is another than the client holds",
    knows: true,
    tell: (place) => inAnotherLog(place, forked(place, 4), place.bob),
  },
  {
    id: "forked-and-grown",
    rule: "kt.clients-consistency",
    sends: "proof and pages of a log that grew by three leaves over another past",
    knows: true,
    tell(place) {
      const log = forked(place, 1);
      for (let at = 0; at < 3; at++) log.append(newKey());
      return inAnotherLog(place, log, place.bob);
    },
  },
  {
    id: "proof-of-another-log",
    rule: "key-transparency.two-roots",
    sends: "a proof against another log of the same size, and honest pages",
    tell(place) {
      const { leafIndex, boundAtMs } = place.bob;
      const other = forked(place, 0).prove(leafIndex, boundAtMs);
      return resolving(place, (honest) => ({ ...honest, inclusionProof: other }));
    },
  },
  {
    id: "audit-of-another-log",
    rule: "key-transparency.two-roots",
    sends: "an honest proof, and pages of another log of the same size",
    tell(place) {
      const other = forked(place, 0);
      return auditing(place, (start, end) => other.audit(start, end));
    },
  },
  {
    id: "audit-root",
    rule: "key-transparency.two-roots",
    sends: "honest leaves under another root",
    tell: (place) =>
      auditing(place, (start, end) => ({
        ...place.world.state.log.audit(start, end),
        root: newKey(),
      })),
  },
  {
    id: "audit-root-empty",
    rule: "key-transparency.two-roots",
    sends: "honest leaves without a root",
    tell: (place) =>
      auditing(place, (start, end) => ({
        ...place.world.state.log.audit(start, end),
        root: new Uint8Array(0),
      })),
  },
  {
    id: "page-gap",
    rule: "key-transparency.pages",
    sends: "a page that leaves out its second leaf",
    tell: (place) => paging(place, (entries) => entries.filter((_, at) => at !== 1)),
  },
  {
    id: "page-gap-at-start",
    rule: "key-transparency.pages",
    sends: "a page that begins one leaf too late",
    tell: (place) => paging(place, (entries) => entries.slice(1)),
  },
  {
    id: "page-reversed",
    rule: "key-transparency.pages",
    sends: "a page in descending order",
    tell: (place) => paging(place, (entries) => entries.toReversed()),
  },
  {
    id: "page-repeated-leaf",
    rule: "key-transparency.pages",
    sends: "a page that has its first leaf twice",
    tell: (place) => paging(place, (entries) => [...entries.slice(0, 1), ...entries]),
  },
  {
    id: "page-leaf-31-bytes",
    rule: "key-transparency.pages",
    sends: "a page with a leaf hash of 31 bytes",
    tell: (place) =>
      paging(place, (entries) =>
        entries.map((entry, at) =>
          at === 0 ? { ...entry, leafHash: entry.leafHash.slice(0, 31) } : entry,
        ),
      ),
  },
  {
    id: "page-empty",
    rule: "key-transparency.pages",
    sends: "a page without leaves before the end of the log",
    tell: (place) => paging(place, () => []),
  },
  {
    id: "page-shrinks",
    rule: "key-transparency.shrunk",
    sends: "pages of one leaf each, of which the third has a smaller tree_size than the second",
    tell(place) {
      let pages = 0;
      return auditing(place, (start) => {
        pages += 1;
        const { log } = place.world.state;
        const page = log.audit(start, Math.min(start + 1, log.size));
        return pages < 3 ? page : { ...page, treeSize: BigInt(log.size - 1) };
      });
    },
  },
];

/** paging changes the leaves of an honest page. */
function paging(place: Town, change: (entries: readonly Entry[]) => readonly Entry[]): () => void {
  return auditing(place, (start, end) => {
    const page = place.world.state.log.audit(start, end);
    return { ...page, entries: [...change(page.entries)] };
  });
}

export const logCases: readonly ClientCase[] = LIES.map(({ id, rule, sends, knows, tell }) =>
  defineClientCase({
    id: `client-kt.log.${id}`,
    rules: [rule, "key-transparency.nothing-stored"],
    sends,
    expects: "err kt.mismatch, and Bob's key believed when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: knows ? "client-kt.verify.grown" : "client-kt.verify.honest",
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      if (knows) trial.ok(await verify(place, "carol"), "verify.user carol");
      const undo = tell(place);
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      undo();
      newcomers(place.world, 1);
      await believed(place, "bob", place.bob.identityKey);
    },
  }),
);
