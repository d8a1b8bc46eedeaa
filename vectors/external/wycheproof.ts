// Wycheproof's cases for the primitives (RFC 8032, RFC 7748, RFC 8439, RFC 5869). Every case must pass on
// both backends of src/crypto/backend, so what is judged is our code with its checks.

import assert from "node:assert/strict";
import {
  type AeadInput,
  type CryptoBackend,
  CryptoError,
} from "../../src/crypto/backend/backend.ts";
import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { nodeBackend } from "../../src/crypto/backend/node.ts";
import { type CasesOf, equal, hex, textOf } from "./case.ts";

export const BACKENDS: readonly CryptoBackend[] = [nobleBackend, nodeBackend];

interface Test {
  readonly tcId: number;
  readonly result: "valid" | "acceptable" | "invalid";
  readonly flags?: readonly string[];
}

/** testsOf makes a case of every test in a file of Wycheproof; `G` is what its group holds besides. */
export function testsOf<T, G = unknown>(check: (test: T & Test, group: G) => void): CasesOf {
  return (files) =>
    files.flatMap((file) => {
      const { testGroups }: { testGroups: readonly (G & { tests: readonly (T & Test)[] })[] } =
        JSON.parse(textOf(file));
      return testGroups.flatMap((group) =>
        group.tests.map((test) => ({
          name: `tcId ${test.tcId}`,
          check: () => check(test, group),
        })),
      );
    });
}

interface Ed25519Test {
  readonly msg: string;
  readonly sig: string;
}

export const ed25519Cases = testsOf(
  (test: Ed25519Test & Test, { publicKey }: { readonly publicKey: { readonly pk: string } }) => {
    for (const { name, ed25519 } of BACKENDS) {
      const isGood = ed25519.verify(hex(publicKey.pk), hex(test.msg), hex(test.sig));
      assert.equal(isGood, test.result === "valid", name);
    }
  },
);

interface X25519Test {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

/** An all-zero result is refused; any other is what the file says, on the twist or not. */
export const x25519Cases = testsOf((test: X25519Test & Test) => {
  for (const { name, x25519 } of BACKENDS) {
    const secret = () => x25519.sharedSecret(hex(test.private), hex(test.public));
    if (test.flags?.includes("ZeroSharedSecret")) assert.throws(secret, CryptoError, name);
    else equal(secret(), test.shared, name);
  }
});

interface AeadTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

export const chacha20Poly1305Cases = testsOf((test: AeadTest & Test) => {
  const input: AeadInput = { key: hex(test.key), nonce: hex(test.iv), aad: hex(test.aad) };
  const [plaintext, box] = [hex(test.msg), hex(test.ct + test.tag)];
  for (const { name, chacha20Poly1305: aead } of BACKENDS) {
    if (test.flags?.includes("InvalidNonceSize")) {
      assert.throws(() => aead.seal(input, plaintext), CryptoError, name);
      assert.throws(() => aead.open(input, box), CryptoError, name);
    } else if (test.result === "valid") {
      equal(aead.seal(input, plaintext), test.ct + test.tag, `${name} seal`);
      assert.deepEqual(aead.open(input, box), plaintext, `${name} open`);
    } else {
      assert.equal(aead.open(input, box), undefined, name);
    }
  }
});

interface HkdfTest {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

export const hkdfCases = testsOf((test: HkdfTest & Test) => {
  for (const { name, hkdfSha256 } of BACKENDS) {
    const derive = () =>
      hkdfSha256({
        ikm: hex(test.ikm),
        salt: hex(test.salt),
        info: hex(test.info),
        length: test.size,
      });
    if (test.result === "valid") equal(derive(), test.okm, name);
    else assert.throws(derive, CryptoError, name);
  }
});
