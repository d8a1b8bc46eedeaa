// Users of other servers, whose proof the own server passes on (spec/crypto/key-transparency.md).

import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { lie } from "../../hostile/world/bends.ts";
import { createLog, type WorldLog } from "../../hostile/world/log.ts";
import { arrive, believed, type Guest, verify } from "../room.ts";
import { KT_OPS, newKey, resolveUser } from "./town.ts";

interface Abroad {
  readonly log: WorldLog;
  /** Key and proof of somebody who is bound there. */
  bind(username: string, identityKey?: Uint8Array): Uint8Array;
  readonly people: Map<string, { key: Uint8Array; index: number }>;
}

const TIME = 1_700_000_000_000n;

/** abroad is the log of another server, of which the own one answers `user@domain`. */
function abroad(first: readonly Uint8Array[] = []): Abroad {
  const log = createLog(first);
  const people: Abroad["people"] = new Map();
  return {
    log,
    people,
    bind(username, key = newKey()) {
      people.set(username, { key, index: log.bind(username, key, TIME) });
      return key;
    },
  };
}

/** passedOn has the own server answer for users of example.org from that log. */
function passedOn({ world }: Guest, { log, people }: Abroad): () => void {
  return lie(world, resolveUser, ({ request }) => {
    const [username = ""] = request.username.split("@");
    const { key, index } = people.get(username) ?? { key: newKey(), index: 0 };
    return { identityKey: key, inclusionProof: log.prove(index, TIME) };
  });
}

const TWIN = "client-kt.remote.grown";

export const remoteCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-kt.remote.entry",
    rules: ["key-transparency.remote-entry"],
    sends: "for carol@example.org, a proof of carol in the log of that server",
    expects: "ok with the key",
    checks: ["answer"],
    ops: KT_OPS,
    async run(trial) {
      const guest = await arrive(trial);
      const there = abroad();
      const carol = there.bind("carol");
      there.bind("dave");
      passedOn(guest, there);
      await trustedAbroad(guest, "carol@example.org", carol, "answer");
    },
  }),

  defineClientCase({
    id: "client-kt.remote.whole-name-in-entry",
    rules: ["key-transparency.remote-entry"],
    sends: "for carol@example.org, a proof of an entry with the name carol@example.org",
    expects: "err kt.mismatch",
    checks: ["answer"],
    twin: "client-kt.remote.entry",
    ops: KT_OPS,
    async run(trial) {
      const guest = await arrive(trial);
      const there = abroad();
      const key = there.bind("carol@example.org");
      there.people.set("carol", { key, index: 0 });
      passedOn(guest, there);
      trial.refused(await verify(guest, "carol@example.org"), "kt.mismatch");
    },
  }),

  defineClientCase({
    id: "client-kt.remote.grown",
    rules: ["key-transparency.remote-root"],
    sends: "proofs of two users against a log that grew in between",
    expects: "ok both times",
    checks: ["first", "answer"],
    ops: KT_OPS,
    async run(trial) {
      const guest = await arrive(trial);
      const there = abroad();
      const carol = there.bind("carol");
      passedOn(guest, there);
      await trustedAbroad(guest, "carol@example.org", carol, "first");
      const dave = there.bind("dave");
      await trustedAbroad(guest, "dave@example.org", dave, "answer");
    },
  }),

  defineClientCase({
    id: "client-kt.remote.shrunk",
    rules: ["key-transparency.remote-root"],
    sends: "a proof against fewer leaves of example.org than the one before",
    expects: "err kt.mismatch",
    checks: ["first", "answer"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const guest = await arrive(trial);
      const there = abroad();
      const carol = there.bind("carol");
      there.bind("dave");
      there.bind("erin");
      passedOn(guest, there);
      await trustedAbroad(guest, "carol@example.org", carol, "first");
      const cut = { ...there, log: createLog(there.log.leaves().slice(0, 2)) };
      passedOn(guest, cut);
      trial.refused(await verify(guest, "dave@example.org"), "kt.mismatch");
    },
  }),

  defineClientCase({
    id: "client-kt.remote.other-root",
    rules: ["key-transparency.remote-root"],
    sends: "a proof against another log of example.org of the same size, and of EXAMPLE.org",
    expects: "err kt.mismatch",
    checks: ["first", "answer", "upper-case"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const guest = await arrive(trial);
      const there = abroad();
      const carol = there.bind("carol");
      there.bind("dave");
      passedOn(guest, there);
      await trustedAbroad(guest, "carol@example.org", carol, "first");
      const other = abroad([newKey()]);
      other.bind("dave");
      passedOn(guest, other);
      trial.refused(await verify(guest, "dave@example.org"), "kt.mismatch");
      trial.refused(await verify(guest, "dave@EXAMPLE.org"), "kt.mismatch", "upper-case");
    },
  }),

  defineClientCase({
    id: "client-kt.remote.own-log-apart",
    rules: ["key-transparency.remote-root"],
    sends: "a proof of a user elsewhere, then an honest one of a user here, against another log",
    expects: "ok both times: the logs of two servers have nothing to do with each other",
    checks: ["first", "answer"],
    ops: KT_OPS,
    async run(trial) {
      const guest = await arrive(trial);
      const there = abroad();
      const carol = there.bind("carol");
      for (const name of ["dave", "erin", "frank"]) there.bind(name);
      const undo = passedOn(guest, there);
      await trustedAbroad(guest, "carol@example.org", carol, "first");
      undo();
      await believed(guest, guest.alice.name, guest.aliceKey, "answer");
    },
  }),
];

/** A client cannot read the log of another server, so its word for the proof is left to it. */
async function trustedAbroad(guest: Guest, name: string, key: Uint8Array, id: string) {
  const reply = await verify(guest, name);
  const expected = Buffer.from(key).toString("hex");
  const isIt = "ok" in reply && JSON.stringify(reply.ok).includes(expected);
  guest.trial.check(id, isIt, { expected: `ok, ${expected}`, got: JSON.stringify(reply) });
}
