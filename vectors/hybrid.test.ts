// Envelope vectors. The generator sealed them by hand with the noble backend; here our envelope opens them
// with the other one, and refuses with the one error.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { encapsulateWith } from "../src/crypto/backend/noble.ts";
import { nodeBackend } from "../src/crypto/backend/node.ts";
import { openEnvelope, sealEnvelopeWith } from "../src/crypto/hybrid/envelope.ts";
import { checkHybridPublicKey, hybridPublicKey } from "../src/crypto/hybrid/keys.ts";
import { type Bytes, materialise } from "./bytes.ts";
import type { HybridVector } from "./format.ts";
import { loadVectors } from "./load.ts";

const { vectors } = loadVectors("hybrid/envelope");
const backend = nodeBackend;

describe("hybrid/envelope", () => {
  for (const vector of vectors) {
    it(`${vector.id}: ${vector.expect}`, () => {
      if (vector.expect === "reject") refuses(vector);
      else assert.deepEqual(outputs(vector), stated(vector, "outputs"));
    });
  }

  it("flips every byte of an envelope, with both masks", () => {
    for (const mask of [0x01, 0x80]) {
      const ranges = vectors.flatMap(({ flips }) => (flips?.mask === mask ? [flips] : []));
      const bytes = ranges.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, at) => first + at),
      );
      assert.deepEqual(
        bytes,
        Array.from({ length: 1154 }, (_, at) => at),
      );
    }
  });

  it("has the values of the chapter's example", () => {
    const url = new URL("../spec/crypto/hybrid-envelope.md", import.meta.url);
    const chapter = readFileSync(url, "utf8");
    const envelope = materialise(find("hybrid-envelope.open.hello").bytes);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const shown = [
      ...[1, 17, 33, 1105].map((at) => envelope.subarray(at, at + 16)),
      envelope.subarray(1121, 1133),
      envelope.subarray(1133, 1138),
      envelope.subarray(1138),
      createHash("sha256").update(envelope).digest(),
      ...Object.values(stated(find("hybrid-envelope.open.hello"), "intermediates")),
    ];
    for (const bytes of shown) assert.ok(chapter.includes(hex(bytes)), hex(bytes));
    assert.equal(envelope.length, 1154);
  });
});

function outputs(vector: HybridVector): Record<string, Uint8Array> {
  const bytes = materialise(vector.bytes);
  const input = (name: string) => value(vector.inputs, name);
  switch (vector.step) {
    case "public-key":
      return { public_key: hybridPublicKey(bytes, backend) };
    case "check-key":
      checkHybridPublicKey(bytes, backend);
      return {};
    case "seal": {
      const publicKey = input("public_key");
      const random = {
        ephemeralKey: input("ephemeral_key"),
        encapsulation: encapsulateWith(publicKey.subarray(32), input("m")),
        nonce: input("nonce"),
      };
      const options = { aad: input("aad"), backend };
      return { envelope: sealEnvelopeWith(random, publicKey, bytes, options) };
    }
    case "open":
      return { plaintext: open(vector, bytes) };
  }
}

function open({ inputs }: HybridVector, envelope: Uint8Array): Uint8Array {
  return openEnvelope(value(inputs, "private_key"), envelope, {
    aad: value(inputs, "aad"),
    backend,
  });
}

function refuses(vector: HybridVector): void {
  const fault = vector.stage === "key" ? "public-key" : "envelope";
  const refused = { name: "HybridError", fault };
  const { flips } = vector;
  if (flips === null) {
    assert.throws(() => outputs(vector), refused);
    return;
  }
  const envelope = materialise(vector.bytes);
  assert.ok(open(vector, envelope), "the base of the flips does not open");
  for (let at = flips.first; at <= flips.last; at++) {
    const flipped = envelope.with(at, (envelope[at] ?? 0) ^ flips.mask);
    assert.throws(() => open(vector, flipped), refused, `byte ${at}`);
  }
}

function stated(vector: HybridVector, part: "intermediates" | "outputs") {
  const named = Object.entries(vector.decoded?.[part] ?? {});
  return Object.fromEntries(named.map(([name, bytes]) => [name, materialise(bytes)]));
}

function find(id: string): HybridVector {
  const found = vectors.find((vector) => vector.id === id);
  assert.ok(found, id);
  return found;
}

function value(named: Readonly<Record<string, Bytes>>, name: string): Uint8Array {
  const bytes = named[name];
  assert.ok(bytes, name);
  return materialise(bytes);
}
