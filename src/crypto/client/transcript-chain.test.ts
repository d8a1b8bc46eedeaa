// The chain on its own, without encryption: where it breaks, and that it breaks wherever it is touched.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  chainEnd,
  chainLink,
  chainStart,
  encodeChain,
  MOST_RECORD_BYTES,
  readChain,
} from "./transcript-chain.ts";

const ID = new Uint8Array(16).fill(0xc1);
const RECORDS = ["one", "", "three", "four"].map((text) => new TextEncoder().encode(text));
const BODY = encodeChain(ID, RECORDS);

/** Where record n (from 1) begins: count, then length, bytes and hash of those before. */
const starts = RECORDS.map((_, index) =>
  RECORDS.slice(0, index).reduce((at, record) => at + 4 + record.length + 32, 4),
);

describe("the hashes", () => {
  it("are SHA-256 of the stated bytes", () => {
    const start = sha256("qpc transcript v1", Buffer.of(16), ID);
    assert.deepEqual(chainStart(ID), start);
    const link = sha256(start, Buffer.of(0, 0, 0, 3), "one");
    assert.deepEqual(chainLink(start, Buffer.from("one")), link);
    assert.deepEqual(
      chainEnd(258, link),
      sha256("qpc transcript end", Buffer.of(0, 0, 1, 2), link),
    );
  });

  it("bind the length of the conversation's ID", () => {
    assert.notDeepEqual(chainStart(ID.subarray(1)), chainStart(ID));
    assert.throws(() => chainStart(new Uint8Array(256)), RangeError);
  });
});

describe("a chain", () => {
  it("has count, records with their hashes, and the final hash", () => {
    const hashes = [chainStart(ID)];
    for (const record of RECORDS) hashes.push(chainLink(hashes.at(-1) ?? ID, record));
    const [, first = ID] = hashes;
    assert.deepEqual(BODY.subarray(0, 8), Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 3));
    assert.deepEqual(BODY.subarray(11, 43), first);
    assert.deepEqual(BODY.subarray(-32), chainEnd(4, hashes.at(-1) ?? ID));
  });

  it("is read again, with and without the conversation's ID", () => {
    const whole = { records: RECORDS, broken: undefined, used: BODY.length };
    assert.deepEqual(plain(readChain(BODY, ID)), { ...whole, verified: 5 });
    assert.deepEqual(plain(readChain(BODY)), { ...whole, verified: 4 });
    assert.equal(readChain(Buffer.concat([BODY, Buffer.of(1)]), ID).used, BODY.length);
  });

  it("may be empty", () => {
    assert.deepEqual(readChain(encodeChain(ID, []), ID).broken, undefined);
    assert.deepEqual(readChain(encodeChain(ID, []), ID.subarray(1)).broken, changed(1));
  });

  it("breaks at the first record for another conversation", () => {
    assert.deepEqual(
      readChain(
        BODY,
        ID.map(() => 0),
      ).broken,
      changed(1),
    );
  });

  it("breaks at the record whose bytes or hash were changed", () => {
    for (const [index, start] of starts.entries()) {
      const size = RECORDS[index]?.length ?? 0;
      for (const at of [start + 4 + size, start + 4 + size + 31]) {
        assert.deepEqual(readChain(flipped(at), ID).broken, changed(index + 1), `hash ${index}`);
      }
      if (size === 0) continue;
      assert.deepEqual(readChain(flipped(start + 4), ID).broken, changed(index + 1));
    }
  });

  it("breaks at the end when the final hash was changed", () => {
    assert.deepEqual(readChain(flipped(BODY.length - 1), ID).broken, changed(5));
    const { records, verified } = readChain(flipped(BODY.length - 1), ID);
    assert.deepEqual([records.length, verified], [4, 4]);
  });

  it("breaks where two records changed places", () => {
    const [one, two, three, four] = pieces();
    assert.deepEqual(readChain(bodyOf(4, [one, three, two, four]), ID).broken, changed(2));
    assert.deepEqual(readChain(bodyOf(4, [two, one, three, four])).broken, changed(2));
  });

  it("breaks where a record was left out or came twice", () => {
    const [one, two, three, four] = pieces();
    assert.deepEqual(readChain(bodyOf(3, [one, three, four]), ID).broken, changed(2));
    assert.deepEqual(readChain(bodyOf(5, [one, two, two, three, four]), ID).broken, changed(3));
    assert.deepEqual(readChain(bodyOf(3, [one, two, three]), ID).broken, changed(4));
  });

  it("says at which record it was cut", () => {
    for (let length = 0; length < BODY.length; length++) {
      const { broken, records } = readChain(BODY.subarray(0, length), ID);
      const whole = starts.filter((_, index) => (starts[index + 1] ?? BODY.length - 32) <= length);
      assert.deepEqual(broken, { kind: "truncated", record: whole.length + 1 }, `${length}`);
      assert.equal(records.length, whole.length);
    }
  });

  it("allocates nothing by what it announces", () => {
    const huge = Buffer.from("ffffffff00000000", "hex");
    assert.deepEqual(readChain(huge).broken, { kind: "truncated", record: 1 });
    assert.deepEqual(readChain(Buffer.from("00000001ffffffff", "hex")).broken, changed(1));
    const over = Buffer.alloc(8);
    over.writeUInt32BE(1);
    over.writeUInt32BE(MOST_RECORD_BYTES + 1, 4);
    assert.deepEqual(readChain(over).broken, changed(1));
    over.writeUInt32BE(MOST_RECORD_BYTES, 4);
    assert.deepEqual(readChain(over).broken, { kind: "truncated", record: 1 });
    assert.throws(() => encodeChain(ID, [new Uint8Array(MOST_RECORD_BYTES + 1)]), RangeError);
  });
});

it("any one change breaks a chain, and not before the record it is in", () => {
  const records = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (made, place, by) => {
      const body = encodeChain(ID, made);
      const at = place % body.length;
      let before = 0;
      for (let end = 4; before < made.length; before++) {
        end += 36 + (made[before]?.length ?? 0);
        if (at < end) break;
      }
      const { broken } = readChain(
        body.map((byte, index) => (index === at ? byte ^ by : byte)),
        ID,
      );
      assert.ok(broken);
      // The count is believed until the records end.
      assert.ok(at < 4 || broken.record === before + 1);
    }),
    { numRuns: 500 },
  );
});

it("every list of records comes back", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (made) => {
      assert.deepEqual(plain(readChain(encodeChain(ID, made), ID)).records, made);
    }),
  );
});

function pieces(): [Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  const ends = [...starts.slice(1), BODY.length - 32];
  const all = starts.map((start, index) => BODY.subarray(start, ends[index]));
  return all as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
}

/** bodyOf puts pieces together as somebody would who cannot make hashes. */
function bodyOf(count: number, parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.of(0, 0, 0, count), ...parts, BODY.subarray(-32)]);
}

function flipped(at: number): Uint8Array {
  return BODY.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

function changed(record: number) {
  return { kind: "changed", record };
}

function plain(chain: ReturnType<typeof readChain>) {
  return { ...chain, records: chain.records.map((record) => Uint8Array.from(record)) };
}

function sha256(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
