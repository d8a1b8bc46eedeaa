// Hybrid envelopes with both backends. The golden vectors are judged in vectors/hybrid.test.ts.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CryptoError } from "../backend/backend.ts";
import { encapsulateWith, nobleBackend } from "../backend/noble.ts";
import { nodeBackend } from "../backend/node.ts";
import { ENVELOPE_OVERHEAD, openEnvelope, sealEnvelope, sealEnvelopeWith } from "./envelope.ts";
import { checkHybridPublicKey, hybridPublicKey, newHybridKey } from "./keys.ts";

const PRIVATE_KEY = Uint8Array.of(...fill(32, 1), ...fill(64, 2));
const PUBLIC_KEY = hybridPublicKey(PRIVATE_KEY);
const HELLO = new TextEncoder().encode("hello");
const REFUSED = {
  name: "HybridError",
  fault: "envelope",
  message: "the envelope cannot be opened",
};

for (const backend of [nobleBackend, nodeBackend]) {
  describe(`hybrid envelope, ${backend.name}`, () => {
    it("has the bytes that it always had", () => {
      const encapsulation = encapsulateWith(PUBLIC_KEY.subarray(32), fill(32, 4));
      const random = { ephemeralKey: fill(32, 3), encapsulation, nonce: fill(12, 5) };
      const envelope = sealEnvelopeWith(random, PUBLIC_KEY, HELLO, { backend });
      assert.equal(envelope.length, 1154);
      assert.equal(
        hex(nodeBackend.sha256(envelope)),
        "6e6678c866c834cca78cfb542f67ef2a9765e0ec94133eed3239b902014f286e",
      );
      assert.deepEqual(openEnvelope(PRIVATE_KEY, envelope, { backend }), HELLO);
      assert.deepEqual(random.nonce, fill(12, 5), "the input was changed");
      assert.notDeepEqual(encapsulation.sharedSecret, fill(32, 0), "the input was changed");
    });

    it("opens to what was sealed, with the same aad only", () => {
      const part = fc.uint8Array({ maxLength: 200 });
      fc.assert(
        fc.property(part, part, part, (plaintext, aad, otherAad) => {
          const envelope = sealEnvelope(PUBLIC_KEY, plaintext, { aad, backend });
          assert.equal(envelope.length, plaintext.length + ENVELOPE_OVERHEAD);
          assert.deepEqual(openEnvelope(PRIVATE_KEY, envelope, { aad, backend }), plaintext);
          if (Buffer.compare(aad, otherAad) === 0) return;
          const open = () => openEnvelope(PRIVATE_KEY, envelope, { aad: otherAad, backend });
          assert.throws(open, REFUSED);
        }),
        { numRuns: 20 },
      );
    });

    it("never repeats itself", () => {
      const [one, other] = [0, 1].map(() => sealEnvelope(PUBLIC_KEY, HELLO, { backend }));
      assert.notDeepEqual(one?.subarray(1, 33), other?.subarray(1, 33));
      assert.notDeepEqual(one?.subarray(33, 1121), other?.subarray(33, 1121));
      assert.notDeepEqual(one?.subarray(1121, 1133), other?.subarray(1121, 1133));
    });
  });
}

describe("openEnvelope", () => {
  const envelope = sealEnvelope(PUBLIC_KEY, HELLO);

  it("refuses a change of any byte with the one error", () => {
    for (const [at, byte] of envelope.entries()) {
      for (const mask of [0x01, 0x80]) {
        const changed = envelope.with(at, byte ^ mask);
        assert.throws(() => openEnvelope(PRIVATE_KEY, changed), REFUSED, `byte ${at}`);
      }
    }
  });

  it("refuses every other length", () => {
    for (let length = 0; length < envelope.length; length++) {
      assert.throws(() => openEnvelope(PRIVATE_KEY, envelope.subarray(0, length)), REFUSED);
    }
    const longer = Uint8Array.of(...envelope, 0);
    assert.throws(() => openEnvelope(PRIVATE_KEY, longer), REFUSED);
  });

  it("refuses an all-zero X25519 result", () => {
    const zero = envelope.slice();
    zero.fill(0, 1, 33);
    assert.throws(() => openEnvelope(PRIVATE_KEY, zero), REFUSED);
  });

  it("refuses with either half of the key wrong", () => {
    for (const at of [0, 31, 32, 63]) {
      const wrong = PRIVATE_KEY.with(at, (PRIVATE_KEY[at] ?? 0) ^ 0x10);
      assert.throws(() => openEnvelope(wrong, envelope), REFUSED, `byte ${at}`);
    }
  });

  it("takes a private key of another length for a slip of the caller", () => {
    assert.throws(() => openEnvelope(PRIVATE_KEY.subarray(1), envelope), CryptoError);
  });
});

describe("hybrid keys", () => {
  it("have the public key that they always had", () => {
    assert.equal(
      hex(nodeBackend.sha256(PUBLIC_KEY)),
      "0e37bd5cb5195e280810bb7570eaf0fbc5d2a1f29bf2283e15748b4b3493e206",
    );
  });

  it("are new each time, and their public keys valid", () => {
    const [one, other] = [newHybridKey(), newHybridKey()];
    assert.equal(one.length, 96);
    assert.notDeepEqual(one, other);
    checkHybridPublicKey(hybridPublicKey(one));
    assert.throws(() => hybridPublicKey(one.subarray(1)), CryptoError);
  });

  it("are refused when nothing can be sealed for them", () => {
    const lowOrder = PUBLIC_KEY.slice().fill(0, 0, 32);
    const tooLarge = PUBLIC_KEY.with(32, 0xff).with(33, 0xff);
    const shorter = PUBLIC_KEY.subarray(0, 1215);
    const longer = Uint8Array.of(...PUBLIC_KEY, 0);
    for (const wrong of [lowOrder, tooLarge, shorter, longer, new Uint8Array(0)]) {
      const refused = { name: "HybridError", fault: "public-key" };
      assert.throws(() => checkHybridPublicKey(wrong), refused);
      assert.throws(() => sealEnvelope(wrong, HELLO), refused);
    }
  });
});

function fill(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
