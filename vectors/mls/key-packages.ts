// KeyPackages: a good one, and others that are signed correctly or not, with one thing wrong.

import { type Capabilities, generateKeyPackageWithKey } from "ts-mls";
import { encodeKeyPackage, signKeyPackage } from "ts-mls/keyPackage.js";
import { basicCredential, CAPABILITIES } from "../../src/crypto/mls/credentials.ts";
import { readKeyPackage } from "../../src/crypto/mls/key-package.ts";
import { deterministicSuite, type Suite } from "../../src/crypto/mls/suite.ts";
import type { MlsVector } from "../format.ts";
import { flip, hex, identityOf, keyPackageVector, NOW } from "./stating.ts";
import { type Story, text } from "./story.ts";

const DAY_MS = 86_400_000;
const DAY_S = 86_400n;

/** keyPackageVectors are all of step `key-package`. */
export async function keyPackageVectors({ davesKeys, mls }: Story): Promise<MlsVector[]> {
  const { own } = davesKeys;
  const good = own.keyPackage;
  const suite = await deterministicSuite(text("qpc mls key packages 1"));
  const dave = identityOf("dave");
  const { leafNode } = readKeyPackage(good);
  const seconds = (value: bigint) => String(value);
  const decoded = {
    identity_key: hex(dave.publicKey),
    ref: hex(own.ref),
    not_before: seconds(leafNode.lifetime.notBefore),
    not_after: seconds(leafNode.lifetime.notAfter),
  };
  const state = keyPackageVector;
  const bare = "key-package-encoding";
  const exact = "exact-decoding";
  const other = await mls.generateKeyPackage(identityOf("erin"), NOW);
  return [
    state({ id: "good", rule: bare }, good, decoded),
    state({ id: "first-second", rule: "lifetime-check" }, good, decoded, NOW - DAY_MS),
    state({ id: "last-second", rule: "lifetime-check" }, good, decoded, NOW + 28 * DAY_MS),
    state({ id: "too-early", rule: "lifetime-check" }, good, "lifetime", NOW - DAY_MS - 1000),
    state({ id: "too-late", rule: "lifetime-check" }, good, "lifetime", NOW + 28 * DAY_MS + 1000),
    state(
      { id: "lifetime-86-days", rule: "lifetime-check" },
      await forged(suite, { days: 86n }),
      "lifetime",
    ),
    state({ id: "empty", rule: exact }, new Uint8Array(), "malformed"),
    state({ id: "half", rule: exact }, good.subarray(0, good.length >> 1), "malformed"),
    state({ id: "one-byte-less", rule: exact }, good.subarray(0, -1), "malformed"),
    state({ id: "one-byte-more", rule: exact }, concat(good, Uint8Array.of(0)), "malformed"),
    state(
      {
        id: "long-length",
        rule: exact,
        comment: "the length of init_key is written 4020, in two bytes where one is enough",
      },
      concat(good.subarray(0, 4), Uint8Array.of(0x40), good.subarray(4)),
      "malformed",
    ),
    state(
      {
        id: "as-message",
        rule: bare,
        comment: "an MLSMessage around the KeyPackage: its wire format is read as suite 5",
      },
      concat(Uint8Array.of(0, 1, 0, 5), good),
      "ciphersuite",
    ),
    state({ id: "suite-2", rule: "ciphersuite" }, put(good, 3, 2), "ciphersuite"),
    state({ id: "suite-3", rule: "ciphersuite" }, put(good, 3, 3), "ciphersuite"),
    state({ id: "version-2", rule: "ciphersuite" }, put(good, 1, 2), "ciphersuite"),
    state(
      {
        id: "leaf-without-suite",
        rule: "ciphersuite",
        comment: "the capabilities of the leaf name no ciphersuite",
      },
      await forged(suite, { capabilities: { ciphersuites: [] } }),
      "ciphersuite",
    ),
    state(
      { id: "other-identity", rule: "credential", comment: "the credential is the key of Bob" },
      await forged(suite, { identity: identityOf("bob").publicKey }),
      "credential",
    ),
    state(
      { id: "name-as-identity", rule: "credential" },
      await forged(suite, { identity: text("dave") }),
      "credential",
    ),
    state({ id: "package-signature", rule: "key-package-check" }, flip(good, -1), "signature"),
    state(
      {
        id: "leaf-signature",
        rule: "key-package-check",
        comment: "the signature of the leaf is changed, that of the whole is right",
      },
      await withLeafSignature(good, suite),
      "signature",
    ),
    state(
      {
        id: "init-key-is-encryption-key",
        rule: "key-package-check",
        comment: "both keys of the package are the same; signatures are right",
      },
      await withOneKey(other.keyPackage, suite),
      "malformed",
    ),
  ];
}

interface Claims {
  readonly identity?: Uint8Array;
  readonly days?: bigint;
  readonly capabilities?: Partial<Capabilities>;
}

/** forged is a KeyPackage of Dave, correctly signed, that claims something else. */
async function forged(
  suite: Suite,
  { identity = identityOf("dave").publicKey, days = 28n, capabilities }: Claims,
): Promise<Uint8Array> {
  const { publicKey, privateKey } = identityOf("dave");
  const notBefore = BigInt(NOW / 1000) - 3600n;
  const { publicPackage } = await generateKeyPackageWithKey(
    basicCredential(identity),
    { ...CAPABILITIES, ...capabilities },
    { notBefore, notAfter: notBefore + days * DAY_S },
    [],
    { signKey: privateKey, publicKey },
    suite,
  );
  return encodeKeyPackage(publicPackage);
}

async function withLeafSignature(good: Uint8Array, suite: Suite): Promise<Uint8Array> {
  const decoded = readKeyPackage(good);
  const leafNode = { ...decoded.leafNode, signature: flip(decoded.leafNode.signature, 0) };
  const { privateKey } = identityOf("dave");
  return encodeKeyPackage(
    await signKeyPackage({ ...decoded, leafNode }, privateKey, suite.signature),
  );
}

async function withOneKey(good: Uint8Array, suite: Suite): Promise<Uint8Array> {
  const decoded = readKeyPackage(good);
  const initKey = decoded.leafNode.hpkePublicKey;
  const { privateKey } = identityOf("erin");
  return encodeKeyPackage(
    await signKeyPackage({ ...decoded, initKey }, privateKey, suite.signature),
  );
}

function put(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? value : byte));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
