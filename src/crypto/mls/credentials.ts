// Who a leaf is: spec/crypto/mls.md [mls.credential]. The signature key of a leaf is the identity key of an
// account, and the basic credential says the same 32 bytes, so that no leaf can claim to be another.

import type { Capabilities, ClientConfig, Credential, LeafNode } from "ts-mls";
import { defaultKeyPackageEqualityConfig } from "ts-mls";
import { equal } from "./bytes.ts";
import { demand } from "./errors.ts";
import { SUITE_NAME } from "./suite.ts";

export const KEY_BYTES = 32;

/** CAPABILITIES: what our leaves say they can do; written out, since the library's default is random. */
export const CAPABILITIES: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [SUITE_NAME],
  extensions: [],
  proposals: [],
  credentials: ["basic"],
};

export function basicCredential(identityKey: Uint8Array): Credential {
  return { credentialType: "basic", identity: identityKey };
}

/** checkLeaf throws `credential`, `ciphersuite` or `malformed` for a leaf that no group may hold. */
export function checkLeaf(leaf: LeafNode): void {
  demand(isBoundTo(leaf.credential, leaf.signaturePublicKey), "credential", "not its own key");
  demand(leaf.hpkePublicKey.length === KEY_BYTES, "malformed", "encryption key of another length");
  const { versions, ciphersuites, credentials } = leaf.capabilities;
  demand(versions.includes("mls10"), "ciphersuite", "the leaf does not support mls10");
  demand(ciphersuites.includes(SUITE_NAME), "ciphersuite", "the leaf does not support 0x0001");
  demand(
    credentials.includes("basic"),
    "credential",
    "the leaf does not support basic credentials",
  );
}

/** CLIENT_CONFIG is what the library is told beside the state; a decoded state has to be given it again. */
export const CLIENT_CONFIG: ClientConfig = {
  // [mls.past-epochs], [mls.out-of-order]
  keyRetentionConfig: {
    retainKeysForEpochs: 4,
    maximumForwardRatchetSteps: 1000,
    retainKeysForGenerations: 64,
  },
  // Lifetimes are judged by us with a clock that the caller gives, when a KeyPackage is added.
  lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  // The content is padded before it is encrypted ([mls.padding]).
  paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
  authService: {
    validateCredential: async (credential, signatureKey) => isBoundTo(credential, signatureKey),
  },
};

function isBoundTo(credential: Credential, signatureKey: Uint8Array): boolean {
  if (credential.credentialType !== "basic" || signatureKey.length !== KEY_BYTES) return false;
  return equal(credential.identity, signatureKey);
}
