// The two backends in a small run, and proof that a backend which differs is found.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import {
  type CryptoBackend,
  CryptoError,
  type Encapsulation,
} from "../src/crypto/backend/backend.ts";
import { nobleBackend } from "../src/crypto/backend/noble.ts";
import { nodeBackend } from "../src/crypto/backend/node.ts";
import { sourceOf } from "./agreement/source.ts";
import { agreement, main } from "./agreement.ts";

const CASES = 230;

describe("agreement", () => {
  it("is found between noble and node", () => {
    const { difference, totals } = agreement({ first: 0, cases: CASES, seed: 20_260_101 });
    assert.deepEqual(difference, undefined);
    for (const [name, total] of totals) assert.ok(total > 0, `no case of ${name}`);
    assert.equal(
      [...totals.values()].reduce((sum, total) => sum + total),
      CASES,
    );
  });

  it("is refused to each backend that differs", () => {
    for (const [kind, broken] of Object.entries(BROKEN)) {
      const pair = [nobleBackend, { ...nodeBackend, ...broken }] as const;
      const { difference } = agreement({ first: 0, cases: 2000, seed: 1, pair });
      assert.equal(difference?.name, kind, kind);
      const { index: first } = difference;
      const again = agreement({ first, cases: 1, seed: 1, pair });
      assert.deepEqual(again.difference?.index, first, "the case is not repeated by its number");
    }
  });

  it("refuses wrong options", (t) => {
    t.mock.method(console, "error", () => undefined);
    const wrong = [
      ["--cases", "x"],
      ["--cases=-1"],
      ["--seed", "1.5"],
      ["--case", "y"],
      ["--what"],
    ];
    for (const argv of wrong) assert.equal(main(argv), 2, argv.join(" "));
  });

  it("exits with 0 and says how many cases there were", (t) => {
    const { mock } = t.mock.method(console, "log", () => undefined);
    assert.equal(main(["--cases", "1", "--seed", "7"]), 0);
    assert.match(String(mock.calls.at(-1)?.arguments[0]), /agree in 1 cases, .* seed 7$/);
  });
});

describe("the source of a case", () => {
  it("repeats itself, and differs from case to case and from seed to seed", () => {
    const first = (seed: number, index: number) => sourceOf(seed, index).bytes(16);
    assert.deepEqual(first(1, 2), first(1, 2));
    assert.notDeepEqual(first(1, 2), first(1, 3));
    assert.notDeepEqual(first(1, 2), first(2, 2));
  });

  it("changes what it is told to change", () => {
    for (let index = 0; index < 500; index++) {
      const source = sourceOf(1, index);
      const before = source.someBytes(20);
      assert.notDeepEqual(source.changed(before), before);
      const longer = source.bytes(3);
      const flipped = source.flipped(longer);
      const bits = flipped.map((byte, at) => byte ^ (longer[at] ?? 0));
      assert.equal(bits.filter((byte) => byte !== 0).length, 1);
    }
  });
});

const ANOTHER_LABEL = new TextEncoder().encode("quicprochat-hybrid-v1");
const { ed25519: edwards, x25519, mlKem768, chacha20Poly1305 } = nodeBackend;

/** One fault each, under the kind of case that must find it. */
const BROKEN: Readonly<Record<string, Partial<CryptoBackend>>> = {
  sha256: { sha256: (first = new Uint8Array(0)) => nodeBackend.sha256(first) },
  sha512: { sha512: (...parts) => nodeBackend.sha512(...parts).subarray(0, 63) },
  "hkdf-sha256": {
    hkdfSha256: ({ salt: _salt, ...input }) => nodeBackend.hkdfSha256(input),
  },
  "chacha20-poly1305": {
    chacha20Poly1305: {
      ...chacha20Poly1305,
      open: (input, box) => chacha20Poly1305.open(input, box) ?? new Uint8Array(0),
    },
  },
  ed25519: { ed25519: { ...edwards, sign: (seed, text) => edwards.sign(seed, text.subarray(1)) } },
  "ed25519-forged": {
    ed25519: {
      ...edwards,
      verify: (key, text, signature) =>
        signature.length === 64 &&
        key.length === 32 &&
        ed25519.verify(signature, text, key, { zip215: true }),
    },
  },
  x25519: { x25519: { ...x25519, publicKey: (key) => x25519.publicKey(key).reverse() } },
  "x25519-low-order": { x25519: { ...x25519, sharedSecret: zeroForLowOrder } },
  "ml-kem-768": {
    mlKem768: {
      ...mlKem768,
      decapsulate: (ciphertext, seed) =>
        mlKem768.decapsulate(ciphertext, seed).map((byte) => byte ^ 1),
    },
  },
  "ml-kem-768-key-check": { mlKem768: { ...mlKem768, encapsulate: withoutModulusCheck } },
  envelope: {
    hkdfSha256: (input) =>
      nodeBackend.hkdfSha256(input.info[0] === 0x71 ? { ...input, info: ANOTHER_LABEL } : input),
  },
};

function zeroForLowOrder(own: Uint8Array, peer: Uint8Array): Uint8Array {
  try {
    return x25519.sharedSecret(own, peer);
  } catch (error) {
    if (error instanceof CryptoError && peer.length === 32) return new Uint8Array(32);
    throw error;
  }
}

function withoutModulusCheck(key: Uint8Array): Encapsulation {
  try {
    return mlKem768.encapsulate(key);
  } catch (error) {
    if (!(error instanceof CryptoError && key.length === 1184)) throw error;
    return { ciphertext: new Uint8Array(1088), sharedSecret: new Uint8Array(32) };
  }
}
