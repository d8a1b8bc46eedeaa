import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hasLongHeader, isInitial, readLongHeader } from "./packet.ts";

const id = fc.uint8Array({ maxLength: 255 });

describe("readLongHeader", () => {
  it("reads what was written", () => {
    fc.assert(
      fc.property(fc.nat(), id, id, fc.uint8Array(), (version, destination, source, rest) => {
        const head = Buffer.alloc(5);
        head[0] = 0xc0;
        head.writeUInt32BE(version, 1);
        const ids = [[destination.length], destination, [source.length], source];
        const packet = Buffer.concat([head, ...ids.map((part) => Buffer.from(part))]);
        const header = readLongHeader(Buffer.concat([packet, rest]));
        assert.deepEqual(header, {
          version,
          destinationId: Buffer.from(destination),
          sourceId: Buffer.from(source),
        });
        for (let length = 0; length < packet.length; length += 1) {
          assert.equal(readLongHeader(packet.subarray(0, length)), undefined);
        }
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        readLongHeader(Buffer.from(bytes));
      }),
    );
  });
});

describe("the first byte", () => {
  it("tells the header form and the Initial type", () => {
    const byte = (value: number) => Buffer.from([value]);
    assert.ok(hasLongHeader(byte(0xc0)) && isInitial(byte(0xc3)));
    assert.ok(hasLongHeader(byte(0xe0)) && !isInitial(byte(0xe0)));
    assert.ok(!hasLongHeader(byte(0x40)) && !hasLongHeader(Buffer.alloc(0)));
  });
});
