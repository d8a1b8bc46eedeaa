// Transcripts as files: they open with their passphrase, and whatever was done to one is told.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { defaultBackend } from "../backend/default.ts";
import { passphraseKey } from "./passphrase.ts";
import {
  MOST_TRANSCRIPT_BYTES,
  openTranscript,
  openWithKey,
  sealTranscript,
  TranscriptError,
  type TranscriptFault,
} from "./transcript.ts";
import { encodeChain } from "./transcript-chain.ts";

const PASSPHRASE = "a passphrase to keep";
const ID = new Uint8Array(16).fill(0xc1);
const SALT = new Uint8Array(16).fill(1);
const NONCE = new Uint8Array(12).fill(2);
const RECORDS = ["one", "two", "three"].map((text) => new TextEncoder().encode(text));

/** Where record n (from 1) begins in the file: header, count, and 36 bytes beside each record. */
const HEADER = 33;
const STARTS = [HEADER + 4, HEADER + 4 + 39, HEADER + 4 + 78, HEADER + 4 + 119];

let key: Uint8Array;
let file: Uint8Array;
before(async () => {
  key = await passphraseKey(PASSPHRASE, SALT);
  file = await sealTranscript(PASSPHRASE, ID, RECORDS, { salt: SALT, nonce: NONCE });
});

describe("a transcript", () => {
  it("opens with its passphrase", async () => {
    assert.deepEqual((await openTranscript(PASSPHRASE, file, ID)).map(plain), RECORDS);
    assert.deepEqual((await openTranscript(PASSPHRASE, file)).map(plain), RECORDS);
  });

  it("is header, salt, nonce and box", () => {
    assert.equal(Buffer.from(file.subarray(0, 5)).toString("latin1"), "QPCT\x01");
    assert.deepEqual(file.subarray(5, 21), SALT);
    assert.deepEqual(file.subarray(21, 33), NONCE);
    const aad = file.subarray(0, 33);
    const body = encodeChain(ID, RECORDS);
    const box = defaultBackend.chacha20Poly1305.seal({ key, nonce: NONCE, aad }, body);
    assert.deepEqual(file.subarray(33), box);
  });

  it("has another salt and nonce each time", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => sealTranscript(PASSPHRASE, ID, [])));
    assert.notDeepEqual(one?.subarray(5, 21), two?.subarray(5, 21));
    assert.notDeepEqual(one?.subarray(21, 33), two?.subarray(21, 33));
  });

  it("does not open with another passphrase", async () => {
    await assert.rejects(openTranscript("another one", file, ID), isError("passphrase"));
  });

  it("does not open as another conversation", () => {
    refuses(
      "changed",
      file,
      1,
      ID.map(() => 0),
    );
  });

  it("is refused before a key is derived when it is none", async () => {
    const wrong = (bytes: Uint8Array, ...expected: Parameters<typeof isError>) =>
      assert.rejects(openTranscript(PASSPHRASE, bytes, ID), isError(...expected));
    await wrong(new Uint8Array(0), "format");
    await wrong(Buffer.from("QPC"), "format");
    await wrong(Buffer.concat([Buffer.from("QPCU"), file.subarray(4)]), "format");
    await wrong(
      file.map((byte, index) => (index === 4 ? 2 : byte)),
      "version",
    );
    await wrong(file.subarray(0, 84), "truncated", 1);
  });

  it("is refused when it is larger than any", () => {
    const huge = new Uint8Array(MOST_TRANSCRIPT_BYTES + 1);
    huge.set(file.subarray(0, 33));
    refuses("size", huge);
  });

  it("is refused without repeating the passphrase", async () => {
    await assert.rejects(
      openTranscript("hunter2", file, ID),
      (error) => !/hunter2|one|two/.test(String(error).replace("TranscriptError", "")),
    );
  });

  it("needs a passphrase", async () => {
    await assert.rejects(sealTranscript("", ID, RECORDS), RangeError);
    await assert.rejects(openTranscript("", file), RangeError);
  });
});

describe("a transcript that was touched", () => {
  it("says at which record", () => {
    for (const [index, start] of STARTS.entries()) {
      refuses(
        index === 0 ? "passphrase" : "changed",
        flipped(start + 5),
        index ? index + 1 : undefined,
      );
    }
  });

  it("cannot be told from a wrong passphrase when salt, nonce or the first record changed", async () => {
    await assert.rejects(openTranscript(PASSPHRASE, flipped(5), ID), isError("passphrase"));
    for (const at of [21, 32, HEADER + 4]) refuses("passphrase", flipped(at));
  });

  it("says so when only the tag was changed or bytes were added", () => {
    refuses("changed", flipped(file.length - 1), 4);
    refuses("changed", Buffer.concat([file, Buffer.of(0)]), 4);
  });

  it("says at which record it was cut", () => {
    for (let length = 85; length < file.length; length++) {
      const whole = STARTS.filter((start) => start <= length).length - 1;
      if (whole === 0) refuses("passphrase", file.subarray(0, length));
      else refuses("truncated", file.subarray(0, length), whole + 1);
    }
  });

  it("is told by the chain even when whoever touched it has the passphrase", () => {
    const body = encodeChain(ID, RECORDS);
    const swapped = Buffer.concat([
      body.subarray(0, 4),
      body.subarray(4 + 39, 4 + 78),
      body.subarray(4, 4 + 39),
      body.subarray(4 + 78),
    ]);
    refuses("changed", sealed(swapped), 1);
    refuses("changed", sealed(body.map((byte, index) => (index === 4 + 39 + 4 ? 0 : byte))), 2);
    refuses("truncated", sealed(body.subarray(0, -1)), 4);
    refuses("changed", sealed(Buffer.concat([body, Buffer.of(0)])), 4);
  });
});

it("no change of a file is read as something else", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (place, by) => {
      const at = place % file.length;
      const changed = file.map((byte, index) => (index === at ? byte ^ by : byte));
      assert.throws(() => openWithKey(key, changed, ID), TranscriptError);
    }),
    { numRuns: 300 },
  );
});

function sealed(body: Uint8Array): Uint8Array {
  const aad = file.subarray(0, 33);
  const box = defaultBackend.chacha20Poly1305.seal({ key, nonce: NONCE, aad }, body);
  return Buffer.concat([aad, box]);
}

function flipped(at: number): Uint8Array {
  return file.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

function refuses(fault: TranscriptFault, bytes: Uint8Array, record?: number, id = ID): void {
  assert.throws(() => openWithKey(key, bytes, id), isError(fault, record));
}

function isError(fault: TranscriptFault, record?: number) {
  return (error: unknown) => {
    assert.ok(error instanceof TranscriptError);
    assert.deepEqual([error.fault, error.record], [fault, record]);
    return true;
  };
}

function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
