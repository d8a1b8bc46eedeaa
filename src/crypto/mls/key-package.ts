// KeyPackages (RFC 9420 section 10): the bare TLS encoding (C-43), one use each, with a lifetime.

import {
  generateKeyPackageWithKey,
  type KeyPackage,
  type Lifetime,
  type PrivateKeyPackage,
} from "ts-mls";
import {
  decodeKeyPackage,
  encodeKeyPackage,
  makeKeyPackageRef,
  verifyKeyPackage,
} from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { defaultBackend } from "../backend/default.ts";
import { concat } from "../bytes.ts";
import { decodeExactly, equal, Reader } from "./bytes.ts";
import { basicCredential, CAPABILITIES, checkLeaf, KEY_BYTES } from "./credentials.ts";
import { demand, guarded } from "./errors.ts";
import type { InspectedKeyPackage, MlsIdentity, OwnKeyPackage } from "./mls.ts";
import { SUITE_ID, type Suite } from "./suite.ts";

const DAY_S = 86_400n;

/** [mls.lifetime]: a day back for clocks that differ; servers forget packages after 30 days. */
const LIFETIME_BEFORE_S = DAY_S;
const LIFETIME_AFTER_S = 28n * DAY_S;

/** [mls.lifetime-check]: the longest lifetime of others; libraries give 84 days and an hour. */
const LIFETIME_LIMIT_S = 85n * DAY_S;

const SECRET_VERSION = 0x01;
const MLS10 = 0x0001;

export interface KeyPackagePair {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

/** newKeyPackage makes a KeyPackage for an identity; it throws `credential` when the two keys differ. */
export async function newKeyPackage(
  identity: MlsIdentity,
  now: number,
  suite: Suite,
): Promise<KeyPackagePair> {
  checkIdentity(identity);
  const publicKey = Uint8Array.from(identity.publicKey);
  const signKey = Uint8Array.from(identity.privateKey);
  return generateKeyPackageWithKey(
    basicCredential(publicKey),
    CAPABILITIES,
    lifetimeFrom(now),
    [],
    { signKey, publicKey },
    suite,
  );
}

/** ownKeyPackage is the KeyPackage as the rest of the client keeps it. */
export async function ownKeyPackage(pair: KeyPackagePair, suite: Suite): Promise<OwnKeyPackage> {
  return {
    keyPackage: encodeKeyPackage(pair.publicPackage),
    secret: encodeSecret(pair.privatePackage),
    ref: await makeKeyPackageRef(pair.publicPackage, suite.hash),
    notAfter: milliseconds(pair.publicPackage.leafNode.lifetime.notAfter),
  };
}

/** readKeyPackage decodes a bare KeyPackage; it throws `ciphersuite` or `malformed`. */
export function readKeyPackage(bytes: Uint8Array): KeyPackage {
  const head = Buffer.from(bytes.subarray(0, 4));
  demand(head.length === 4, "malformed", "no KeyPackage");
  demand(head.readUInt16BE(0) === MLS10, "ciphersuite", "another version of MLS");
  demand(head.readUInt16BE(2) === SUITE_ID, "ciphersuite", `suite ${head.readUInt16BE(2)}`);
  return decodeExactly(bytes, decodeKeyPackage, encodeKeyPackage, "KeyPackage");
}

/** checkKeyPackage refuses what must not be added to a group (RFC 9420 section 10.1). */
export async function checkKeyPackage(
  keyPackage: KeyPackage,
  now: number,
  suite: Suite,
): Promise<InspectedKeyPackage> {
  const { leafNode, initKey } = keyPackage;
  checkLeaf(leafNode);
  demand(initKey.length === KEY_BYTES, "malformed", "init key of another length");
  demand(!equal(initKey, leafNode.hpkePublicKey), "malformed", "init key is the encryption key");
  checkLifetime(leafNode.lifetime, now);
  await guarded("signature", async () => {
    const leaf = await verifyLeafNodeSignatureKeyPackage(leafNode, suite.signature);
    demand(leaf, "signature", "of the leaf is wrong");
    const whole = await verifyKeyPackage(keyPackage, suite.signature);
    demand(whole, "signature", "of the KeyPackage is wrong");
  });
  return {
    identityKey: leafNode.signaturePublicKey,
    ref: await makeKeyPackageRef(keyPackage, suite.hash),
    notAfter: milliseconds(leafNode.lifetime.notAfter),
  };
}

/** encodeSecret: 0x01, init private key 32, encryption private key 32, signature seed 32. */
export function encodeSecret(keys: PrivateKeyPackage): Uint8Array {
  const { initPrivateKey, hpkePrivateKey, signaturePrivateKey } = keys;
  const version = Uint8Array.of(SECRET_VERSION);
  return concat(version, initPrivateKey, hpkePrivateKey, signaturePrivateKey);
}

/** decodeSecret reads what encodeSecret wrote; it throws `malformed`. */
export function decodeSecret(secret: Uint8Array): PrivateKeyPackage {
  const reader = new Reader(secret);
  reader.version(SECRET_VERSION);
  const initPrivateKey = reader.take(KEY_BYTES);
  const hpkePrivateKey = reader.take(KEY_BYTES);
  const signaturePrivateKey = reader.take(KEY_BYTES);
  reader.end();
  return { initPrivateKey, hpkePrivateKey, signaturePrivateKey };
}

function lifetimeFrom(now: number): Lifetime {
  const seconds = BigInt(Math.floor(now / 1000));
  return { notBefore: seconds - LIFETIME_BEFORE_S, notAfter: seconds + LIFETIME_AFTER_S };
}

function checkLifetime({ notBefore, notAfter }: Lifetime, now: number): void {
  const seconds = BigInt(Math.floor(now / 1000));
  demand(notBefore <= seconds, "lifetime", "not valid yet");
  demand(seconds <= notAfter, "lifetime", "not valid any more");
  demand(notAfter - notBefore <= LIFETIME_LIMIT_S, "lifetime", "longer than 85 days");
}

/** Exact: a lifetime that passed the check ends at most 85 days after now. */
function milliseconds(seconds: bigint): number {
  return Number(seconds) * 1000;
}

function checkIdentity({ publicKey, privateKey }: MlsIdentity): void {
  demand(privateKey.length === KEY_BYTES, "credential", "private key of another length");
  const own = defaultBackend.ed25519.publicKey(privateKey);
  demand(equal(own, publicKey), "credential", "the keys are not a pair");
}
