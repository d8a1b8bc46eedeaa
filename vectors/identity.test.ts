// Safety numbers, fingerprints and delivery proofs: made with the noble backend, judged with the other one.
// Which signatures count is judged with both, since their libraries part on some.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { CryptoBackend } from "../src/crypto/backend/backend.ts";
import { nobleBackend } from "../src/crypto/backend/noble.ts";
import { nodeBackend } from "../src/crypto/backend/node.ts";
import { deliveryStatement, verifyDeliveryProof } from "../src/crypto/identity/delivery-proof.ts";
import { keyFingerprint } from "../src/crypto/identity/fingerprint.ts";
import { formatSafetyNumber, safetyNumber } from "../src/crypto/identity/safety-number.ts";
import { type Bytes, materialise } from "./bytes.ts";
import type { DeliveryProofVector } from "./format.ts";
import { loadVectors } from "./load.ts";

const numbers = loadVectors("identity/safety-numbers").vectors;
const proofs = loadVectors("identity/delivery-proofs").vectors;
const CHAPTER = readFileSync(new URL("../spec/crypto/identity.md", import.meta.url), "utf8");

describe("identity/safety-numbers", () => {
  for (const { id, bytes, peer_key, decoded } of numbers) {
    const [own, peer] = [materialise(bytes), materialise(peer_key)];
    if (decoded === null) {
      it(`${id}: reject`, () => {
        const refused = { name: "IdentityError", fault: "length" };
        assert.throws(() => safetyNumber(own, peer, nodeBackend), refused);
      });
      continue;
    }
    it(`${id}: accept`, () => {
      assert.equal(safetyNumber(own, peer, nodeBackend), decoded.number);
      assert.equal(formatSafetyNumber(decoded.number), decoded.shown);
      assert.equal(keyFingerprint(own, nodeBackend), decoded.fingerprint);
    });
  }

  it("are in the chapter's example", () => {
    for (const name of ["alice-bob", "bob-alice"]) {
      const vector = numbers.find(({ id }) => id === `identity.safety-number.${name}`);
      assert.ok(vector?.decoded);
      const { shown, fingerprint } = vector.decoded;
      const key = hex(vector.bytes);
      const lines = [0, 24, 48].map((at) => shown.slice(at, at + 23));
      const halves = [key.slice(0, 32), key.slice(32), fingerprint.slice(0, 19)];
      for (const text of [...lines, ...halves, fingerprint.slice(20)]) {
        assert.ok(CHAPTER.includes(text), text);
      }
    }
  });
});

describe("identity/delivery-proofs", () => {
  for (const vector of proofs) {
    it(`${vector.id}: ${vector.expect}`, () => {
      for (const backend of [nobleBackend, nodeBackend]) {
        if (vector.decoded === null) {
          const refused = { name: "IdentityError", fault: vector.stage };
          assert.throws(() => verify(vector, backend), refused, backend.name);
        } else {
          assert.equal(String(verify(vector, backend)), vector.decoded.time_ms, backend.name);
        }
      }
      if (vector.decoded === null) return;
      const time = materialise(vector.bytes).subarray(0, 8);
      const statement = deliveryStatement(deliveryOf(vector), time, nodeBackend);
      assert.deepEqual(statement, materialise(vector.decoded.statement));
    });
  }

  it("are in the chapter's example", () => {
    const vector = proofs.find(({ id }) => id === "identity.delivery-proof.channel");
    assert.ok(vector?.decoded);
    const [, block = ""] = /```text\n(7170[\s\S]*?)```/.exec(CHAPTER) ?? [];
    const digits = block.split("\n").map((line) => line.split(/ {2,}/)[0]?.replaceAll(" ", ""));
    assert.equal(digits.join(""), hex(vector.decoded.statement) + hex(vector.bytes));
  });
});

function verify(vector: DeliveryProofVector, backend: CryptoBackend): bigint {
  const key = materialise(vector.signing_key);
  return verifyDeliveryProof(materialise(vector.bytes), key, deliveryOf(vector), backend);
}

function deliveryOf(vector: DeliveryProofVector) {
  return {
    recipientKey: materialise(vector.recipient_key),
    channelId: materialise(vector.channel_id),
    seq: BigInt(vector.seq),
    payload: materialise(vector.payload),
  };
}

function hex(bytes: Bytes): string {
  return Buffer.from(materialise(bytes)).toString("hex");
}
