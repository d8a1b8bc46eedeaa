// KeyPackages that must not be added to a group, each for one reason (spec/crypto/mls.md, KeyPackages).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { flipped } from "../../hostile/world/bends.ts";
import { type Forgery, forgeKeyPackage } from "../../hostile/world/forged-key-package.ts";
import type { Person } from "../../hostile/world/person.ts";

const MALFORMED: readonly ErrorClass[] = ["mls.reject", "msg.decode"];

/** Seconds. */
export const DAY_S = 86_400n;
/** now is in seconds since 1970. */
export const now = () => BigInt(Math.floor(Date.now() / 1000));

/** Cast are the people of these cases. */
export interface Cast {
  readonly bob: Person;
  readonly mallory: Person;
}

/** Lie is a KeyPackage that nobody may add. */
export interface Lie {
  readonly id: string;
  readonly rule?: RuleSlug;
  readonly sends: string;
  readonly classes?: readonly ErrorClass[];
  make(cast: Cast): Promise<Uint8Array> | Uint8Array;
}

/** forged is a KeyPackage of Bob with something wrong. */
const forged = (forgery: (cast: Cast) => Forgery) => (cast: Cast) =>
  forgeKeyPackage(cast.bob.privateKey, forgery(cast)).keyPackage;

const good = ({ bob }: Cast) => forgeKeyPackage(bob.privateKey).keyPackage;

const LIFETIME: RuleSlug = "mls.lifetime-check";
const CHECK: RuleSlug = "mls.key-package-check";
const CREDENTIAL: RuleSlug = "mls.credential";
const SUITE: RuleSlug = "mls.ciphersuite";
const EXACT: RuleSlug = "mls.exact-decoding";

/** LIES are handed out for Bob. */
export const LIES: readonly Lie[] = [
  {
    id: "of-somebody-else",
    sends: "a good KeyPackage of Mallory for Bob's identity key",
    make: async ({ mallory }) => (await mallory.keyPackage()).keyPackage,
  },
  {
    id: "bob-in-name-only",
    rule: CREDENTIAL,
    sends: "a KeyPackage with Bob's identity in the credential and Mallory's signature key",
    make: ({ bob, mallory }) =>
      forgeKeyPackage(mallory.privateKey, { identity: bob.identityKey }).keyPackage,
  },
  {
    id: "bob-in-key-only",
    rule: CREDENTIAL,
    sends: "a KeyPackage with Bob's signature key and Mallory's identity in the credential",
    make: forged(({ mallory }) => ({ identity: mallory.identityKey })),
  },
  {
    id: "identity-empty",
    rule: CREDENTIAL,
    sends: "a KeyPackage with an empty identity in the credential",
    make: forged(() => ({ identity: new Uint8Array(0) })),
  },
  {
    id: "identity-is-a-name",
    rule: CREDENTIAL,
    sends: 'a KeyPackage with the name "bob" in the credential instead of the key',
    make: forged(() => ({ identity: new TextEncoder().encode("bob") })),
  },
  {
    id: "credential-x509",
    rule: CREDENTIAL,
    sends: "a KeyPackage with a credential of type x509",
    classes: MALFORMED,
    make: forged(() => ({ credentialType: 2, credentials: [1, 2] })),
  },
  {
    id: "no-basic-credentials",
    rule: CREDENTIAL,
    sends: "a KeyPackage whose capabilities do not have basic credentials",
    make: forged(() => ({ credentials: [2] })),
  },
  {
    id: "signed-by-mallory",
    rule: CHECK,
    sends: "a KeyPackage with Bob's keys that Mallory has signed, inside and outside",
    make: forged(({ mallory: { privateKey } }) => ({
      leafSigner: privateKey,
      outerSigner: privateKey,
    })),
  },
  {
    id: "leaf-signature",
    rule: CHECK,
    sends: "a KeyPackage whose leaf has a wrong signature, and whose outer signature is right",
    make: forged(() => ({ leafSignature: (signature) => flipped(signature, 5) })),
  },
  {
    id: "outer-signature",
    rule: CHECK,
    sends: "a KeyPackage whose last signature is wrong",
    make: forged(() => ({ outerSignature: (signature) => flipped(signature, 5) })),
  },
  {
    id: "leaf-label",
    rule: CHECK,
    sends: "a KeyPackage whose leaf is signed under the label of the outer signature",
    make: forged(() => ({ leafLabel: "KeyPackageTBS" })),
  },
  {
    id: "outer-label",
    rule: CHECK,
    sends: "a KeyPackage whose outer signature is under the label of the leaf",
    make: forged(() => ({ outerLabel: "LeafNodeTBS" })),
  },
  {
    id: "init-key-changed",
    rule: CHECK,
    sends: "a KeyPackage with one bit of its init key changed",
    make: (cast) => flipped(good(cast), 6),
  },
  {
    id: "encryption-key-changed",
    rule: CHECK,
    sends: "a KeyPackage with one bit of its encryption key changed",
    make: (cast) => flipped(good(cast), 40),
  },
  {
    id: "init-is-encryption-key",
    rule: CHECK,
    sends: "a KeyPackage whose init key is its encryption key",
    make: forged(({ bob }) => ({ initKey: bob.identityKey, encryptionKey: bob.identityKey })),
  },
  {
    id: "init-key-31-bytes",
    rule: CHECK,
    sends: "a KeyPackage with an init key of 31 bytes",
    classes: MALFORMED,
    make: forged(() => ({ initKey: new Uint8Array(31).fill(9) })),
  },
  {
    id: "encryption-key-31-bytes",
    rule: CHECK,
    sends: "a KeyPackage with an encryption key of 31 bytes",
    classes: MALFORMED,
    make: forged(() => ({ encryptionKey: new Uint8Array(31).fill(9) })),
  },
  {
    id: "expired",
    rule: LIFETIME,
    sends: "a KeyPackage that expired an hour ago",
    make: forged(() => ({ notBefore: now() - 20n * DAY_S, notAfter: now() - 3600n })),
  },
  {
    id: "not-yet-valid",
    rule: LIFETIME,
    sends: "a KeyPackage whose lifetime begins in a day",
    make: forged(() => ({ notBefore: now() + DAY_S, notAfter: now() + 28n * DAY_S })),
  },
  {
    id: "lifetime-86-days",
    rule: LIFETIME,
    sends: "a KeyPackage with a lifetime of 86 days",
    make: forged(() => ({ notBefore: now() - DAY_S, notAfter: now() + 85n * DAY_S })),
  },
  {
    id: "lifetime-without-end",
    rule: LIFETIME,
    sends: "a KeyPackage that is valid from 1970 until 2^64 - 1",
    make: forged(() => ({ notBefore: 0n, notAfter: 2n ** 64n - 1n })),
  },
  {
    id: "lifetime-backwards",
    rule: LIFETIME,
    sends: "a KeyPackage whose lifetime ends before it begins",
    make: forged(() => ({ notBefore: now() + DAY_S, notAfter: now() - DAY_S })),
  },
  {
    id: "suite-2",
    rule: SUITE,
    sends: "a KeyPackage of ciphersuite 0x0002, with signatures that fit",
    make: forged(() => ({ suite: 2, suites: [1, 2] })),
  },
  {
    id: "suite-3",
    rule: SUITE,
    sends: "a KeyPackage of ciphersuite 0x0003, with signatures that fit",
    make: forged(() => ({ suite: 3, suites: [1, 3] })),
  },
  {
    id: "suite-not-supported",
    rule: SUITE,
    sends: "a KeyPackage whose capabilities do not have ciphersuite 0x0001",
    make: forged(() => ({ suites: [3] })),
  },
  {
    id: "version-2",
    rule: SUITE,
    sends: "a KeyPackage of version 2",
    classes: MALFORMED,
    make: forged(() => ({ version: 2 })),
  },
  {
    id: "version-not-supported",
    rule: SUITE,
    sends: "a KeyPackage whose capabilities do not have version mls10",
    make: forged(() => ({ versions: [2] })),
  },
  {
    id: "leaf-of-an-update",
    rule: CHECK,
    sends: "a KeyPackage whose leaf says that it is of an Update",
    classes: MALFORMED,
    make: forged(() => ({ source: 2 })),
  },
  {
    id: "truncated",
    rule: EXACT,
    sends: "a KeyPackage without its last byte",
    classes: MALFORMED,
    make: (cast) => good(cast).slice(0, -1),
  },
  {
    id: "half",
    rule: EXACT,
    sends: "the first half of a KeyPackage",
    classes: MALFORMED,
    make: (cast) => good(cast).slice(0, 150),
  },
  {
    id: "trailing-byte",
    rule: EXACT,
    sends: "a KeyPackage with one byte behind it",
    classes: MALFORMED,
    make: (cast) => new Uint8Array([...good(cast), 0]),
  },
  {
    id: "long-length",
    rule: EXACT,
    sends: "a KeyPackage whose init key has its length in two bytes",
    classes: MALFORMED,
    make(cast) {
      const bytes = good(cast);
      return new Uint8Array([...bytes.slice(0, 4), 0x40, ...bytes.slice(4)]);
    },
  },
  {
    id: "in-an-mls-message",
    rule: "mls.key-package-encoding",
    sends: "a KeyPackage within an MLSMessage",
    classes: MALFORMED,
    make: (cast) => new Uint8Array([0, 1, 0, 5, ...good(cast)]),
  },
  {
    id: "one-byte",
    rule: EXACT,
    sends: "one byte",
    classes: MALFORMED,
    make: () => Uint8Array.of(0),
  },
  {
    id: "noise",
    rule: EXACT,
    sends: "300 bytes of ff",
    classes: MALFORMED,
    make: () => new Uint8Array(300).fill(0xff),
  },
];
