// The identity key of an account: Ed25519 (RFC 8032), the name under which others reach it.

import { generateKeyPairSync } from "node:crypto";

export interface Identity {
  /** Public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Private key as RFC 8032 defines it, 32 bytes. */
  readonly privateKey: Uint8Array;
}

const KEY_BYTES = 32;

/** newIdentity makes a key pair. */
export function newIdentity(): Identity {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  // RFC 8410: both encodings end with the bare key.
  return {
    publicKey: publicKey.export({ format: "der", type: "spki" }).subarray(-KEY_BYTES),
    privateKey: privateKey.export({ format: "der", type: "pkcs8" }).subarray(-KEY_BYTES),
  };
}
