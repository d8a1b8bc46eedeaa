// Both backends against published examples, and their refusals. fuzz/agreement.ts compares them at random.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CryptoError } from "./backend.ts";
import { defaultBackend } from "./default.ts";
import { encapsulateWith, nobleBackend } from "./noble.ts";
import { nodeBackend } from "./node.ts";

const NOTHING = new Uint8Array(0);

describe("the default backend", () => {
  it("is node", () => assert.equal(defaultBackend.name, "node"));
});

for (const backend of [nobleBackend, nodeBackend]) {
  const { ed25519, x25519, mlKem768, chacha20Poly1305 } = backend;

  describe(`${backend.name}: hashes`, () => {
    it("hash what is in several parts like the whole (FIPS 180-4 examples)", () => {
      const [a, bc] = [ascii("a"), ascii("bc")];
      const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
      assert.equal(hex(backend.sha256(a, bc)), sha256);
      assert.deepEqual(backend.sha256(ascii("abc")), backend.sha256(a, NOTHING, bc));
      const sha512 =
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
      assert.equal(hex(backend.sha512(a, bc)), sha512);
    });

    it("derive keys as in RFC 5869, A.1 and A.3", () => {
      const ikm = fill(22, 0x0b);
      const salt = bytes("000102030405060708090a0b0c");
      const info = bytes("f0f1f2f3f4f5f6f7f8f9");
      assert.equal(
        hex(backend.hkdfSha256({ ikm, salt, info, length: 42 })),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
      );
      assert.equal(
        hex(backend.hkdfSha256({ ikm, info: NOTHING, length: 42 })),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
      );
    });

    it("derive nothing of a length that HKDF does not make", () => {
      for (const length of [0, -1, 1.5, 8161, Number.NaN]) {
        const input = { ikm: NOTHING, info: NOTHING, length };
        assert.throws(() => backend.hkdfSha256(input), CryptoError, String(length));
      }
      const input = { ikm: NOTHING, info: fill(1025, 1), length: 32 };
      assert.throws(() => backend.hkdfSha256(input), CryptoError);
      assert.equal(backend.hkdfSha256({ ...input, info: fill(1024, 1) }).length, 32);
    });
  });

  describe(`${backend.name}: Ed25519`, () => {
    // RFC 8032 section 7.1, TEST 2.
    const seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    const publicKey = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const message = bytes("72");
    const signature = bytes(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );

    it("signs as in RFC 8032", () => {
      assert.deepEqual(ed25519.publicKey(seed), publicKey);
      assert.deepEqual(ed25519.sign(seed, message), signature);
      assert.equal(ed25519.verify(publicKey, message, signature), true);
    });

    it("answers false for everything else and never throws", () => {
      assert.equal(ed25519.verify(publicKey, bytes("73"), signature), false);
      for (const length of [0, 31, 33, 63, 65]) {
        assert.equal(ed25519.verify(fill(length, 1), message, signature), false);
        assert.equal(ed25519.verify(publicKey, message, fill(length, 1)), false);
      }
      const notAPoint = fill(32, 2);
      assert.equal(ed25519.verify(notAPoint, message, signature), false);
    });

    it("refuses the key of order 1 with the signature that fits every message", () => {
      const identity = bytes(`01${"00".repeat(31)}`);
      const forged = bytes(`01${"00".repeat(63)}`);
      assert.equal(ed25519.verify(identity, message, forged), false);
    });

    it("takes no seed of another length", () => {
      for (const length of [0, 31, 33, 64]) {
        assert.throws(() => ed25519.publicKey(fill(length, 1)), CryptoError);
        assert.throws(() => ed25519.sign(fill(length, 1), message), CryptoError);
      }
    });
  });

  describe(`${backend.name}: X25519`, () => {
    // RFC 7748 section 6.1.
    const alice = bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const bob = bytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");

    it("agrees as in RFC 7748", () => {
      const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
      assert.equal(hex(x25519.sharedSecret(alice, x25519.publicKey(bob))), shared);
      assert.equal(hex(x25519.sharedSecret(bob, x25519.publicKey(alice))), shared);
    });

    it("refuses an all-zero secret and wrong lengths", () => {
      assert.throws(() => x25519.sharedSecret(alice, fill(32, 0)), CryptoError);
      assert.throws(() => x25519.sharedSecret(alice, fill(31, 9)), CryptoError);
      assert.throws(() => x25519.sharedSecret(fill(33, 9), bob), CryptoError);
      assert.throws(() => x25519.publicKey(NOTHING), CryptoError);
    });
  });

  describe(`${backend.name}: ML-KEM-768`, () => {
    const seed = fill(64, 2);
    const key = mlKem768.keygen(seed);

    it("opens what was encapsulated, each time another secret", () => {
      const [one, other] = [mlKem768.encapsulate(key), mlKem768.encapsulate(key)];
      assert.deepEqual([key.length, one.ciphertext.length], [1184, 1088]);
      assert.deepEqual(mlKem768.decapsulate(one.ciphertext, seed), one.sharedSecret);
      assert.notDeepEqual(other.sharedSecret, one.sharedSecret);
    });

    it("opens what was encapsulated with a given m, always the same", () => {
      const { ciphertext, sharedSecret } = encapsulateWith(key, fill(32, 4));
      assert.deepEqual(encapsulateWith(key, fill(32, 4)).ciphertext, ciphertext);
      assert.deepEqual(mlKem768.decapsulate(ciphertext, seed), sharedSecret);
      assert.throws(() => encapsulateWith(key, fill(31, 4)), CryptoError);
    });

    it("gives an unrelated secret for a changed ciphertext", () => {
      const { ciphertext, sharedSecret } = mlKem768.encapsulate(key);
      const wrong = mlKem768.decapsulate(ciphertext.with(1000, (ciphertext[1000] ?? 0) ^ 1), seed);
      assert.equal(wrong.length, 32);
      assert.notDeepEqual(wrong, sharedSecret);
    });

    it("refuses a key with a coefficient of q, and takes q - 1", () => {
      const last = 383 * 3;
      const withLast = (value: number) =>
        key.with(last + 1, ((value & 15) << 4) | 1).with(last + 2, value >> 4);
      assert.equal(mlKem768.encapsulate(withLast(3328)).sharedSecret.length, 32);
      assert.throws(() => mlKem768.encapsulate(withLast(3329)), CryptoError);
    });

    it("refuses wrong lengths", () => {
      for (const by of [-1, 1]) {
        assert.throws(() => mlKem768.keygen(fill(64 + by, 1)), CryptoError);
        assert.throws(() => mlKem768.encapsulate(fill(1184 + by, 0)), CryptoError);
        assert.throws(() => mlKem768.decapsulate(fill(1088 + by, 1), seed), CryptoError);
        assert.throws(() => mlKem768.decapsulate(fill(1088, 1), fill(64 + by, 1)), CryptoError);
      }
    });
  });

  describe(`${backend.name}: ChaCha20-Poly1305`, () => {
    // RFC 8439 section 2.8.2.
    const key = Uint8Array.from({ length: 32 }, (_, at) => 0x80 + at);
    const input = {
      key,
      nonce: bytes("070000004041424344454647"),
      aad: bytes("50515253c0c1c2c3c4c5c6c7"),
    };
    const plaintext = ascii(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
        "sunscreen would be it.",
    );

    it("seals as in RFC 8439, and opens that", () => {
      const box = chacha20Poly1305.seal(input, plaintext);
      assert.equal(hex(box.subarray(0, 8)), "d31a8d34648e60db");
      assert.equal(hex(box.subarray(-16)), "1ae10b594f09e26a7e902ecbd0600691");
      assert.deepEqual(chacha20Poly1305.open(input, box), plaintext);
      const empty = chacha20Poly1305.seal(input, NOTHING);
      assert.equal(empty.length, 16);
      assert.deepEqual(chacha20Poly1305.open(input, empty), NOTHING);
    });

    it("opens nothing that was changed, or that is shorter than a tag", () => {
      const box = chacha20Poly1305.seal(input, plaintext);
      for (let length = 0; length < box.length; length++) {
        assert.equal(chacha20Poly1305.open(input, box.subarray(0, length)), undefined);
      }
      for (const [at, byte] of box.entries()) {
        assert.equal(chacha20Poly1305.open(input, box.with(at, byte ^ 1)), undefined);
      }
      assert.equal(chacha20Poly1305.open({ ...input, aad: NOTHING }, box), undefined);
    });

    it("refuses keys and nonces of another length", () => {
      for (const wrong of [{ key: fill(31, 1) }, { nonce: fill(24, 1) }, { nonce: NOTHING }]) {
        assert.throws(() => chacha20Poly1305.seal({ ...input, ...wrong }, plaintext), CryptoError);
        assert.throws(() => chacha20Poly1305.open({ ...input, ...wrong }, plaintext), CryptoError);
      }
    });
  });

  describe(`${backend.name}: results`, () => {
    it("are arrays of their own, which nobody else can see", () => {
      const { ciphertext, sharedSecret } = mlKem768.encapsulate(mlKem768.keygen(fill(64, 2)));
      const results = [
        backend.sha256(NOTHING),
        backend.randomBytes(32),
        ed25519.sign(fill(32, 1), NOTHING),
        ed25519.publicKey(fill(32, 1)),
        x25519.publicKey(fill(32, 1)),
        chacha20Poly1305.seal({ key: fill(32, 1), nonce: fill(12, 1), aad: NOTHING }, NOTHING),
        ciphertext,
        sharedSecret,
      ];
      for (const result of results) {
        assert.equal(Object.getPrototypeOf(result), Uint8Array.prototype);
        assert.equal(result.buffer.byteLength, result.length);
      }
    });
  });
}

function fill(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function bytes(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
