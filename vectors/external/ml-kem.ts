// ML-KEM-768 (FIPS 203): the cases of Wycheproof and of NIST's ACVP. Seeds, encapsulation and
// decapsulation are judged on both backends. A backend takes no expanded decapsulation key, nor the
// randomness of an encapsulation (only the reference does): such cases judge the library below it.

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { CryptoError } from "../../src/crypto/backend/backend.ts";
import { encapsulateWith } from "../../src/crypto/backend/noble.ts";
import { type Case, type CasesOf, equal, hex } from "./case.ts";
import { BACKENDS, testsOf } from "./wycheproof.ts";

interface Wycheproof {
  readonly result: string;
}

function checkKeyGeneration(seed: string, ek: string, dk: string): void {
  for (const { name, mlKem768 } of BACKENDS) equal(mlKem768.keygen(hex(seed)), ek, `${name} ek`);
  equal(ml_kem768.keygen(hex(seed)).secretKey, dk, "dk");
}

/** The reference makes what the file says; the other backend takes the key. */
function checkEncapsulation(ek: string, m: string, c: string, secret: string): void {
  const { ciphertext, sharedSecret } = encapsulateWith(hex(ek), hex(m));
  equal(ciphertext, c, "ciphertext");
  equal(sharedSecret, secret, "shared secret");
  checkKey(ek, true);
}

function checkKey(ek: string, isGood: boolean): void {
  for (const { name, mlKem768 } of BACKENDS) {
    const encapsulate = () => mlKem768.encapsulate(hex(ek));
    if (isGood) assert.equal(encapsulate().ciphertext.length, 1088, name);
    else assert.throws(encapsulate, CryptoError, name);
  }
}

export const seedCases = testsOf((test: { seed: string; ek: string; dk: string } & Wycheproof) => {
  assert.equal(test.result, "valid");
  checkKeyGeneration(test.seed, test.ek, test.dk);
});

interface EncapsulationTest extends Wycheproof {
  readonly ek: string;
  readonly m: string;
  readonly c: string;
  readonly K: string;
}

export const encapsulationCases = testsOf((test: EncapsulationTest) => {
  if (test.result === "valid") checkEncapsulation(test.ek, test.m, test.c, test.K);
  else checkKey(test.ek, false);
});

interface CombinedTest extends Wycheproof {
  readonly seed: string;
  readonly ek?: string;
  readonly c: string;
  readonly K: string;
}

export const combinedCases = testsOf((test: CombinedTest) => {
  for (const { name, mlKem768 } of BACKENDS) {
    const decapsulate = () => mlKem768.decapsulate(hex(test.c), hex(test.seed));
    if (test.result !== "valid") {
      assert.throws(decapsulate, CryptoError, name);
      continue;
    }
    equal(decapsulate(), test.K, name);
    if (test.ek) equal(mlKem768.keygen(hex(test.seed)), test.ek, `${name} ek`);
  }
});

interface ExpandedTest extends Wycheproof {
  readonly dk: string;
  readonly c: string;
  readonly K?: string;
}

export const expandedKeyCases = testsOf((test: ExpandedTest) => {
  const decapsulate = () => ml_kem768.decapsulate(hex(test.c), hex(test.dk));
  if (test.result !== "valid") assert.throws(decapsulate);
  else equal(decapsulate(), test.K ?? "", "shared secret");
});

type Texts = Readonly<Record<"d" | "z" | "ek" | "dk" | "m" | "c" | "k", string>>;

/** Which of the members a test has depends on the function. */
type AcvpTest = Texts & { readonly tcId: number; readonly testPassed: boolean };

interface AcvpGroup {
  readonly parameterSet: string;
  readonly function?: string;
  readonly tests: readonly AcvpTest[];
}

export const acvpCases: CasesOf = (files) =>
  files.flatMap(({ bytes }) => {
    const text = gunzipSync(bytes).toString("utf8");
    const { testGroups }: { testGroups: readonly AcvpGroup[] } = JSON.parse(text);
    const ours = testGroups.filter(({ parameterSet }) => parameterSet === "ML-KEM-768");
    return ours.flatMap(({ function: name = "keyGen", tests }) => {
      const check = ACVP[name];
      assert.ok(check, `${name} is no function of ML-KEM`);
      return tests.map(
        (test): Case => ({ name: `${name}, tcId ${test.tcId}`, check: () => check(test) }),
      );
    });
  });

/** What the functions of ACVP are called; the file of key generation names none. */
const ACVP: Readonly<Record<string, (test: AcvpTest) => void>> = {
  keyGen: ({ d, z, ek, dk }) => checkKeyGeneration(d + z, ek, dk),
  encapsulation: ({ ek, m, c, k }) => checkEncapsulation(ek, m, c, k),
  decapsulation: ({ c, dk, k }) => equal(ml_kem768.decapsulate(hex(c), hex(dk)), k, "secret"),
  encapsulationKeyCheck: ({ ek, testPassed }) => checkKey(ek, testPassed),
  decapsulationKeyCheck({ dk, testPassed }) {
    const use = () => ml_kem768.decapsulate(new Uint8Array(1088), hex(dk));
    if (testPassed) use();
    else assert.throws(use);
  },
};
