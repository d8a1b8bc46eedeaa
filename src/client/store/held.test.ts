// Held messages: bounded in each conversation, by epoch. Spec: client/client.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytes } from "../../storage/contract/harness.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import {
  dropHeld,
  type FutureMessage,
  HELD_BYTES,
  HELD_PER_CONVERSATION,
  held,
  hold,
} from "./held.ts";
import { openClientStore } from "./open.ts";

const groupId = bytes(20, 1);
/** Of the same conversation, in the last generation there can be. */
const sibling = groupId.slice().fill(0xff, 16);
const other = bytes(20, 2);

function* holdAll(messages: readonly FutureMessage[]): Operation<void> {
  for (const message of messages) yield* hold(message);
}

const bare = ({ epoch, payload }: FutureMessage) => ({ epoch, payload });

test("the last 256 of a conversation are held, by epoch and then as they came", async () => {
  const epochs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 9 });
  const counts = fc.integer({ min: 0, max: HELD_PER_CONVERSATION + 20 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(epochs, counts), async ([some, more]) => {
      const { database, close } = await openClientStore({ kind: "memory" });
      const all = [...some, ...Array.from({ length: more }, (_, n) => BigInt(n % 3))].map(
        (epoch, n) => ({ groupId: n % 5 ? groupId : sibling, epoch, payload: bytes(4, n) }),
      );
      await database.write(holdAll([{ groupId: other, epoch: 5n, payload: bytes(4, 7) }]));
      await database.write(holdAll(all));
      const expected = all
        .slice(-HELD_PER_CONVERSATION)
        .sort((a, b) => Number(a.epoch > b.epoch) - Number(a.epoch < b.epoch));
      for (const id of [groupId, sibling]) {
        const own = expected.filter((message) => message.groupId === id);
        assert.deepEqual((await database.read(held(id))).map(bare), own.map(bare));
      }
      assert.equal((await database.read(held(other))).length, 1);
      await close();
    }),
    { numRuns: 20 },
  );
});

test("a conversation holds 16 MiB at most, the newest", async () => {
  const { database, close } = await openClientStore({ kind: "memory" });
  const large = (epoch: bigint) => ({ groupId, epoch, payload: new Uint8Array(HELD_BYTES / 4) });
  const last = { groupId, epoch: 5n, payload: bytes(1, 1) };
  await database.write(holdAll([1n, 2n, 3n, 4n].map(large)));
  assert.equal((await database.read(held(groupId))).length, 4);
  await database.write(holdAll([last]));
  const epochs = (await database.read(held(groupId))).map(({ epoch }) => epoch);
  assert.deepEqual(epochs, [2n, 3n, 4n, 5n]);
  await close();
});

test("a message that was processed is dropped alone", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await database.write(
    holdAll([2n, 1n].map((epoch) => ({ groupId, epoch, payload: bytes(4, 1) }))),
  );
  const [first] = await database.read(held(groupId));
  assert.ok(first);
  assert.deepEqual({ ...first, id: 0 }, { id: 0, groupId, epoch: 1n, payload: bytes(4, 1) });
  await database.write(dropHeld(first.id));
  assert.deepEqual(
    (await database.read(held(groupId))).map(({ epoch }) => epoch),
    [2n],
  );
});
