// The small parts: identifiers, the order of work, and what is stored of a change.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClientFault } from "../faults.ts";
import { includesKey, without } from "./bytes.ts";
import { type Change, decodeChange, encodeChange } from "./change.ts";
import { directGroupId, nextGeneration, readGroupId } from "./group-id.ts";
import { addFault, emptyNews, takeNews } from "./news.ts";
import { createPauses } from "./pauses.ts";
import { uuidV7 } from "./uuid.ts";
import { createWorkQueue } from "./work-queue.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const list = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 });
const wish = { add: list, remove: list, renew: fc.boolean() };
const duty = { forget: list, admit: list };
const lost = { lost: fc.uint8Array({ maxLength: 32 }) };
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ phase: fc.constant("wanted" as const), ...wish }),
  fc.record({ phase: fc.constant("wanted" as const), ...wish, ...lost }),
  fc.record({ phase: fc.constant("sent" as const), ...wish, commit: fc.uint8Array(), ...lost }),
  fc.record({ phase: fc.constant("won" as const), ...duty }),
  fc.record({ phase: fc.constant("leaving" as const), epoch: fc.bigInt(0n, 2n ** 64n - 1n) }),
);

test("a change is read as it was written, and nothing shorter", () => {
  fc.assert(
    fc.property(change, fc.nat(), (written, cut) => {
      const encoded = encodeChange(written);
      assert.deepEqual(decodeChange(encoded), { ...written });
      const shorter = encoded.subarray(0, cut % encoded.length);
      assert.throws(() => decodeChange(shorter), TypeError);
    }),
  );
  assert.throws(() => decodeChange(Uint8Array.of(2, 0)), TypeError);
});

test("a group ID is the channel with its generation, or the ID of a record", () => {
  fc.assert(
    fc.property(bytes(16), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (channelId, generation) => {
      const address = readGroupId(directGroupId(channelId, generation));
      assert.deepEqual(address, { kind: "direct", channelId, generation });
    }),
  );
  const recordId = new Uint8Array(32).fill(7);
  assert.deepEqual(readGroupId(recordId), { kind: "group", recordId });
  for (const length of [0, 16, 19, 21, 31, 33]) {
    assert.equal(readGroupId(new Uint8Array(length)), undefined);
  }
});

test("the generations of two never meet, and rise above all that are known", () => {
  const known = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 3 }));
  fc.assert(
    fc.property(bytes(32), bytes(32), known, fc.nat(2 ** 40), (one, other, before, now) => {
      fc.pre(Buffer.compare(one, other) !== 0);
      const mine = nextGeneration(one, other, before, now);
      assert.notEqual(mine, nextGeneration(other, one, before, now));
      assert.ok(before.every((generation) => generation < mine));
      assert.ok(mine * 1000 > now - 1000);
    }),
  );
  const [small, large] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
  assert.throws(() => nextGeneration(small, large, [2 ** 32 - 1], 0), RangeError);
});

test("an id is a UUIDv7 of its time, and ids sort by it", () => {
  const id = uuidV7(0x018bcfe56800);
  assert.equal(Buffer.from(id.subarray(0, 6)).toString("hex"), "018bcfe56800");
  assert.deepEqual([(id[6] ?? 0) >> 4, (id[8] ?? 0) >> 6], [7, 2]);
  assert.notDeepEqual(uuidV7(1), uuidV7(1));
  assert.ok(Buffer.compare(uuidV7(2 ** 41), uuidV7(2 ** 41 + 1)) < 0);
});

test("work is done in order, one piece at a time, and goes on after a failure", async () => {
  const queue = createWorkQueue();
  const log: string[] = [];
  const work = (name: string, turns: number) => async () => {
    log.push(`${name} begins`);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    log.push(`${name} ends`);
    if (name === "second") throw new Error(name);
    return name;
  };
  const all = ["first", "second", "third"].map((name, n) => queue.run(work(name, 3 - n)));
  const settled = await Promise.allSettled(all);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const inOrder = ["first", "second", "third"].flatMap((name) => [
    `${name} begins`,
    `${name} ends`,
  ]);
  assert.deepEqual(log, inOrder);
  await queue.idle();
});

test("a pause holds back one conversation, or all of them, and ends", () => {
  const pauses = createPauses();
  const [one, other] = [Uint8Array.of(1), Uint8Array.of(2)];
  pauses.pause(one, 1000, 500);
  assert.deepEqual(
    [one, other, undefined].map((id) => pauses.isPaused(id, 1499)),
    [true, false, false],
  );
  assert.equal(pauses.isPaused(one, 1500), false);
  pauses.pause(undefined, 2000, 100);
  assert.deepEqual(
    [one, other, undefined].map((id) => pauses.isPaused(id, 2050)),
    [true, true, true],
  );
});

test("news keep the newest faults, and count those left out", () => {
  const news = emptyNews();
  const fault = new ClientFault("malformed", "garbage");
  for (let seq = 1n; seq <= 1003n; seq++) addFault(news, { fault, channelId: undefined, seq });
  const { faults, faultsLeftOut } = takeNews(news);
  assert.deepEqual(
    [faults.length, faults[0]?.seq, faults.at(-1)?.seq, faultsLeftOut],
    [1000, 4n, 1003n, 3],
  );
  assert.deepEqual(news, emptyNews());
});

test("keys are compared by their bytes", () => {
  const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
  assert.ok(includesKey([one, two], Uint8Array.of(2)));
  assert.deepEqual(without([one, two], [Uint8Array.of(1)]), [two]);
});
