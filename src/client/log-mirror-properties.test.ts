// Properties of the directory and its mirror, with a server that is nothing but a log: however it grows and
// pages, the client holds its leaves; whatever bit of an answer is turned over, the client holds the truth.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MerkleTree } from "../crypto/kt/tree.ts";
import { KeyTransparencyService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { ResponseError } from "./client.ts";
import {
  appendBinding,
  auditing,
  directoryOf,
  resolving,
  stateOf,
  strangeLog,
  treeOf,
} from "./contract/logs.ts";
import { flipped, lying } from "./contract/reference.ts";
import { ClientFault } from "./faults.ts";
import { openClientStore } from "./store/open.ts";

const { auditKeyTransparency } = KeyTransparencyService.method;
const KEY = new Uint8Array(32).fill(0xa1);

/** A server that knows of no revocation, and whose other methods the tests play. */
const SILENT: Caller = {
  call: async () => ({ status: Status.Ok, payload: new Uint8Array(0) }),
  events: () => assert.fail("no events are asked for"),
  lostEvents: () => 0,
};

test("however a log grows and pages, the client holds all of it", async () => {
  const growth = fc.record({ by: fc.nat({ max: 40 }), most: fc.integer({ min: 1, max: 9 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(growth, { minLength: 1, maxLength: 6 }), async (steps) => {
      const { database } = await openClientStore({ kind: "memory" });
      const log = strangeLog(0);
      const leaves = strangeLog(250);
      let most = 1;
      const caller = lying(auditing(SILENT, log), auditKeyTransparency, ({ entries }) => ({
        entries: entries.slice(0, most),
      }));
      const directory = directoryOf({ caller, database });
      for (const step of steps) {
        most = step.most;
        for (let n = 0; n < step.by; n++) log.append(leaves.leaf(log.size));
        assert.deepEqual(await directory.audit(), { size: log.size, root: log.root() });
        assert.deepEqual(treeOf((await stateOf({ database })).held).root(), log.root());
      }
      await database.close();
    }),
    { numRuns: 60 },
  );
});

test("whatever bit of an answer is turned over, nothing untrue is stored", async () => {
  const lie = fc.record({ call: fc.nat({ max: 3 }), at: fc.nat(), bit: fc.nat({ max: 7 }) });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(lie, fc.integer({ min: 0, max: 12 }), async ({ call, at, bit }, before) => {
      const { database } = await openClientStore({ kind: "memory" });
      const log = strangeLog(before);
      const honest = () => auditing(resolving(SILENT, answer), log);
      let answer = appendBinding(log, "bob", KEY);
      await directoryOf({ caller: honest(), database }).resolve("bob");
      answer = appendBinding(log, "alice", KEY);
      const state = await stateOf({ database });

      const caller = turningOver(honest(), call, at, bit);
      try {
        const { contact } = await directoryOf({ caller, database }).resolve("alice");
        assert.deepEqual(contact.identityKey, KEY);
        assert.deepEqual(treeOf((await stateOf({ database })).held).root(), log.root());
      } catch (error) {
        const isRefusal = error instanceof ClientFault || error instanceof ResponseError;
        assert.ok(isRefusal, String(error));
        refused += 1;
        assert.deepEqual(await stateOf({ database }), state);
      }
      await directoryOf({ caller: honest(), database }).resolve("alice");
      await database.close();
    }),
    { numRuns: 400 },
  );
  assert.ok(refused > 100);
});

test("whichever leaves a log has had, a client that holds others says that it forked", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 64 }),
      fc.nat({ max: 20 }),
      fc.nat(),
      async (size, more, which) => {
        const { database } = await openClientStore({ kind: "memory" });
        const log = strangeLog(size);
        await directoryOf({ caller: auditing(SILENT, log), database }).audit();
        const fork = new MerkleTree();
        const grown = strangeLog(size + more);
        for (let n = 0; n < grown.size; n++) {
          fork.append(n === which % size ? flipped(grown.leaf(n)) : grown.leaf(n));
        }
        const forked = directoryOf({ caller: auditing(SILENT, fork), database }).audit();
        await assert.rejects(forked, { name: "ClientFault", fault: "log-forked" });
        assert.equal((await stateOf({ database })).held.length, size);
        await database.close();
      },
    ),
    { numRuns: 60 },
  );
});

/** turningOver inverts one bit of one answer, if it has any. */
function turningOver(caller: Caller, number: number, at: number, bit: number): Caller {
  let calls = 0;
  return {
    ...caller,
    async call(methodId, payload, signal) {
      const reply = await caller.call(methodId, payload, signal);
      if (calls++ !== number || reply.payload.length === 0) return reply;
      const bytes = Uint8Array.from(reply.payload);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
      return { ...reply, payload: bytes };
    },
  };
}
