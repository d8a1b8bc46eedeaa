// Padding: the buckets, the one encoding of each content, and everything else refused.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  isBucket,
  MOST_CONTENT_BYTES,
  PaddingError,
  type PaddingFault,
  pad,
  unpad,
} from "./padding.ts";

const BORDERS = [
  [0, 256],
  [252, 256],
  [253, 512],
  [508, 512],
  [509, 1024],
  [65_532, 65_536],
  [65_533, 131_072],
  [131_068, 131_072],
  [131_069, 196_608],
  [MOST_CONTENT_BYTES, 4_128_768],
] as const;

describe("pad", () => {
  for (const [length, bucket] of BORDERS) {
    it(`puts ${length} bytes into ${bucket}`, () => {
      const content = new Uint8Array(length).fill(7);
      const padded = pad(content);
      assert.equal(padded.length, bucket);
      assert.equal(Buffer.compare(unpad(padded), content), 0);
    });
  }

  it("writes the length in four bytes, the highest first", () => {
    assert.deepEqual([...pad(Uint8Array.of(1, 2, 3)).subarray(0, 9)], [0, 0, 0, 3, 1, 2, 3, 0, 0]);
    assert.deepEqual([...pad(new Uint8Array(66_051)).subarray(0, 4)], [0, 1, 2, 3]);
  });

  it("refuses more than the largest bucket holds", () => {
    refuses("limit", () => pad(new Uint8Array(MOST_CONTENT_BYTES + 1)));
  });

  it("copies, so that what the content was in may be wiped", () => {
    const content = Uint8Array.of(1, 2, 3);
    const padded = pad(content);
    content.fill(0);
    assert.deepEqual([...unpad(padded)], [1, 2, 3]);
  });
});

describe("unpad", () => {
  it("refuses every size that is no bucket", () => {
    for (const size of [0, 3, 4, 255, 257, 384, 65_535, 65_537, 98_304, 64 * 65_536]) {
      refuses("size", () => unpad(new Uint8Array(size)));
    }
  });

  it("refuses a length past the end", () => {
    refuses("length", () => unpad(lengthInto(256, 253)));
    refuses("length", () => unpad(lengthInto(256, 0xffff_ffff)));
    refuses("length", () => unpad(lengthInto(65_536, 65_533)));
  });

  it("refuses a bucket that is larger than it need be", () => {
    refuses("bucket", () => unpad(lengthInto(512, 252)));
    refuses("bucket", () => unpad(lengthInto(131_072, 65_532)));
  });

  it("refuses a byte of padding that is not zero, wherever it is", () => {
    for (const at of [7, 100, 255]) {
      const padded = pad(Uint8Array.of(1, 2, 3));
      padded[at] = 1;
      refuses("padding", () => unpad(padded));
    }
  });

  it("reads a window on a larger buffer", () => {
    const around = new Uint8Array(300).fill(0xff);
    around.set(pad(Uint8Array.of(9)), 20);
    assert.deepEqual([...unpad(around.subarray(20, 276))], [9]);
  });
});

it("every content has one padded form, in the smallest bucket", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (content) => {
      const padded = pad(content);
      assert.equal(Buffer.compare(unpad(padded), content), 0);
      assert.ok(isBucket(padded.length));
      assert.ok(padded.length === 256 || padded.length / 2 < content.length + 4);
    }),
  );
});

it("what is read is what would be written", () => {
  const padded = fc
    .tuple(fc.constantFrom(256, 512, 1024), fc.integer({ min: 0, max: 1100 }), fc.nat(1030))
    .map(([size, length, at]) => {
      const bytes = lengthInto(size, length);
      if (at < size) bytes[at] = 1;
      return bytes;
    });
  fc.assert(
    fc.property(padded, (bytes) => {
      let content: Uint8Array;
      try {
        content = unpad(bytes);
      } catch (error) {
        assert.ok(error instanceof PaddingError);
        return;
      }
      assert.equal(Buffer.compare(pad(content), bytes), 0);
    }),
    { numRuns: 500 },
  );
});

function lengthInto(size: number, length: number): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

function refuses(fault: PaddingFault, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof PaddingError && error.fault === fault);
}
