// Keys, safety numbers, fingerprints and delivery proofs.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createDeliveryProofs, newSigningKey } from "../../services/delivery-proofs.ts";
import { nobleBackend } from "../backend/noble.ts";
import { nodeBackend } from "../backend/node.ts";
import { verifyDeliveryProof } from "./delivery-proof.ts";
import { keyFingerprint } from "./fingerprint.ts";
import { formatSafetyNumber, safetyNumber } from "./safety-number.ts";
import { identityKeyOf, newIdentityKey } from "./signing.ts";

const BACKENDS = [nobleBackend, nodeBackend];
const ONE = fill(32, 1);
const OTHER = fill(32, 2);
const WRONG_LENGTH = { name: "IdentityError", fault: "length" };

describe("identity keys", () => {
  it("come from a seed, and sign", () => {
    for (const backend of BACKENDS) {
      const { publicKey, privateKey } = newIdentityKey(backend);
      assert.deepEqual(identityKeyOf(privateKey, backend).publicKey, publicKey);
      const signature = backend.ed25519.sign(privateKey, ONE);
      assert.equal(backend.ed25519.verify(publicKey, ONE, signature), true);
    }
    assert.throws(() => identityKeyOf(fill(31, 1)), WRONG_LENGTH);
  });
});

describe("safetyNumber", () => {
  // Made with another program: 5,200 rounds of hashlib.sha512 in Python.
  const EXPECTED = "085887598070173806131324945877819238905808131024036739213837";

  it("is the same for both people and with both backends", () => {
    for (const backend of BACKENDS) {
      assert.equal(safetyNumber(ONE, OTHER, backend), EXPECTED);
      assert.equal(safetyNumber(OTHER, ONE, backend), EXPECTED);
    }
  });

  it("is another one for another key", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(key, key, fc.nat(255), (mine, theirs, bit) => {
        const number = safetyNumber(mine, theirs);
        assert.match(number, /^\d{60}$/);
        const at = bit >> 3;
        const swapped = theirs.with(at, (theirs[at] ?? 0) ^ (1 << (bit & 7)));
        assert.notEqual(safetyNumber(mine, swapped), number);
      }),
      { numRuns: 10 },
    );
  });

  it("is shown in twelve groups", () => {
    const shown = formatSafetyNumber(EXPECTED);
    assert.equal(shown.split(" ").length, 12);
    assert.ok(shown.split(" ").every((group) => group.length === 5));
    assert.equal(shown.replaceAll(" ", ""), EXPECTED);
  });

  it("takes keys of 32 bytes only", () => {
    assert.throws(() => safetyNumber(ONE, fill(31, 1)), WRONG_LENGTH);
    assert.throws(() => safetyNumber(fill(33, 1), OTHER), WRONG_LENGTH);
  });
});

describe("keyFingerprint", () => {
  it("is the first half of the SHA-256 in groups of four", () => {
    const expected = "72cd 6e84 22c4 07fb 6d09 8690 f113 0b7d";
    for (const backend of BACKENDS) assert.equal(keyFingerprint(ONE, backend), expected);
    assert.throws(() => keyFingerprint(fill(33, 1)), WRONG_LENGTH);
  });
});

describe("verifyDeliveryProof", () => {
  const server = createDeliveryProofs(newSigningKey());
  const payload = new TextEncoder().encode("hello");
  const delivery = { recipientKey: ONE, channelId: fill(16, 7), seq: 3n, payload };
  const receipt = server.receipt(payload, 1_700_000_000_000);
  const inbox = { recipient: delivery.recipientKey, channelId: delivery.channelId };
  const proof = Uint8Array.from(server.prove(inbox, delivery.seq, receipt));
  const refused = { name: "IdentityError", fault: "signature" };

  it("accepts what our server signs, and says when", () => {
    for (const backend of BACKENDS) {
      const time = verifyDeliveryProof(proof, server.publicKey, delivery, backend);
      assert.equal(time, 1_700_000_000_000n);
    }
    const noChannel = { ...delivery, channelId: new Uint8Array(0) };
    const other = server.prove({ ...inbox, channelId: noChannel.channelId }, 3n, receipt);
    assert.ok(verifyDeliveryProof(other, server.publicKey, noChannel));
    assert.throws(() => verifyDeliveryProof(proof, server.publicKey, noChannel), refused);
  });

  it("refuses a proof for anything else", () => {
    const others = [
      { recipientKey: OTHER },
      { channelId: fill(16, 8) },
      { seq: 4n },
      { payload: new TextEncoder().encode("hallo") },
    ];
    for (const other of others) {
      const verify = () => verifyDeliveryProof(proof, server.publicKey, { ...delivery, ...other });
      assert.throws(verify, refused, Object.keys(other)[0]);
    }
    for (const [at, byte] of proof.entries()) {
      const changed = proof.with(at, byte ^ 1);
      assert.throws(() => verifyDeliveryProof(changed, server.publicKey, delivery), refused);
    }
  });

  it("refuses the key of somebody else", () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const foreign = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    assert.throws(() => verifyDeliveryProof(proof, foreign, delivery), refused);
  });

  it("refuses other lengths, no proof and no key among them", () => {
    for (const length of [0, 71]) {
      const cut = proof.subarray(0, length);
      assert.throws(() => verifyDeliveryProof(cut, server.publicKey, delivery), WRONG_LENGTH);
    }
    const longer = Uint8Array.of(...proof, 0);
    assert.throws(() => verifyDeliveryProof(longer, server.publicKey, delivery), WRONG_LENGTH);
    const noKey = new Uint8Array(0);
    assert.throws(() => verifyDeliveryProof(proof, noKey, delivery), WRONG_LENGTH);
    for (const wrong of [{ recipientKey: fill(31, 1) }, { channelId: fill(15, 7) }]) {
      const other = { ...delivery, ...wrong };
      assert.throws(() => verifyDeliveryProof(proof, server.publicKey, other), WRONG_LENGTH);
    }
  });
});

function fill(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}
