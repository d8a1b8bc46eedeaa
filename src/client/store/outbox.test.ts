// The outbox against a model: its order, and that an entry keeps its place. Spec: client/client.md; CLIENT-011.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytes, device, key } from "../../storage/contract/harness.ts";
import { openClientStore } from "./open.ts";
import {
  listOutgoing,
  type Outgoing,
  putOutgoing,
  type QueuedOutgoing,
  removeOutgoing,
  replaceOutgoing,
} from "./outbox.ts";

function outgoing(n: number): Outgoing {
  return {
    kind: "application",
    recipients: [key(n)],
    channelId: device(1),
    payload: bytes(300, n),
    messageId: device(n),
    ttlSecs: 60,
    sealed: false,
  };
}

test("every field comes back, with any number of recipients", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const [plain, full] = [
    { ...outgoing(1), recipients: [], channelId: new Uint8Array(0), kind: "welcome" } as const,
    {
      ...outgoing(2),
      conversationId: device(7),
      contentId: device(8),
      recipients: [key(3), key(4), key(5)],
      sealed: true,
    },
  ];
  const ids = [await database.write(putOutgoing(plain)), await database.write(putOutgoing(full))];
  assert.deepEqual(await database.read(listOutgoing()), [
    { id: ids[0], ...plain },
    { id: ids[1], ...full },
  ]);
});

test("a message_id is there once, a recipient has 32 bytes", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await database.write(putOutgoing(outgoing(1)));
  await assert.rejects(database.write(putOutgoing(outgoing(1))), /UNIQUE/);
  const short = { ...outgoing(2), recipients: [bytes(31, 1)] };
  await assert.rejects(database.write(putOutgoing(short)), RangeError);
  assert.equal((await database.read(listOutgoing())).length, 1);
});

const place = fc.nat(5);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: "put" } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("remove", "replace"), place }) },
);

test("the outbox is what was put and not removed, in that order; no id comes twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
      const { database, close } = await openClientStore({ kind: "memory" });
      const model: QueuedOutgoing[] = [];
      let highest = 0;
      for (const [turn, each] of steps.entries()) {
        const entry = outgoing(turn);
        if (each.do === "put") {
          const id = await database.write(putOutgoing(entry));
          assert.ok(id > highest);
          highest = id;
          model.push({ id, ...entry });
          continue;
        }
        const id = model[each.place]?.id ?? highest + 1;
        const known = each.place < model.length;
        if (each.do === "remove") {
          assert.equal(await database.write(removeOutgoing(id)), known);
          model.splice(each.place, 1);
        } else {
          assert.equal(await database.write(replaceOutgoing({ id, ...entry })), known);
          if (known) model[each.place] = { id, ...entry };
        }
      }
      assert.deepEqual(await database.read(listOutgoing()), model);
      await close();
    }),
    { numRuns: 40 },
  );
});
