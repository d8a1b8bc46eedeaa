// Hashes, key derivation and authenticated encryption.

import assert from "node:assert/strict";
import { type Comparison, same } from "./compare.ts";
import type { Source } from "./source.ts";

export const SYMMETRIC: readonly Comparison[] = [
  {
    name: "sha256",
    share: 2,
    run(pair, source) {
      const parts = someParts(source);
      same(pair, "SHA-256", (backend) => backend.sha256(...parts));
    },
  },
  {
    name: "sha512",
    share: 2,
    run(pair, source) {
      const parts = someParts(source);
      same(pair, "SHA-512", (backend) => backend.sha512(...parts));
    },
  },
  {
    name: "hkdf-sha256",
    share: 4,
    run(pair, source) {
      const lengths = [source.below(100), source.below(100), source.below(8200), 0, 8160, 8161];
      const infos = [source.someBytes(64), source.someBytes(1100)];
      const input = {
        ikm: source.someBytes(130),
        salt: source.someBytes(130),
        info: source.pick(infos),
        length: source.pick(lengths),
      };
      same(pair, "HKDF", (backend) => backend.hkdfSha256(input));
    },
  },
  {
    name: "chacha20-poly1305",
    share: 6,
    run(pair, source) {
      const input = {
        key: source.bytes(source.pick([32, 32, 32, 32, 32, 31, 33])),
        nonce: source.bytes(source.pick([12, 12, 12, 12, 12, 11, 24])),
        aad: source.someBytes(80),
      };
      const plaintext = source.someBytes(300);
      const box = same(pair, "seal", (backend) => backend.chacha20Poly1305.seal(input, plaintext));
      if (box === undefined) return;
      const back = same(pair, "open", (backend) => backend.chacha20Poly1305.open(input, box));
      assert.deepEqual(back, plaintext);
      const refused = [
        { input, box: source.changed(box) },
        { input: { ...input, aad: source.changed(input.aad) }, box },
        { input: { ...input, nonce: source.flipped(input.nonce) }, box },
        { input: { ...input, key: source.flipped(input.key) }, box },
      ];
      for (const wrong of refused) {
        const opened = same(pair, "open what is wrong", ({ chacha20Poly1305 }) =>
          chacha20Poly1305.open(wrong.input, wrong.box),
        );
        assert.equal(opened, undefined, "something wrong was opened");
      }
    },
  },
];

function someParts(source: Source): Uint8Array[] {
  return Array.from({ length: source.below(5) }, () => source.someBytes(200));
}
