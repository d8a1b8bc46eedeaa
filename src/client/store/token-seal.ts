// The session token inside the local state is sealed once more: nonce (12) ‖ ChaCha20-Poly1305 box, under
// HKDF-SHA256 of the key of the file. Spec: client/client.md; CLIENT-012.

import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  type CryptoBackend,
} from "../../crypto/backend/backend.ts";
import { defaultBackend } from "../../crypto/backend/default.ts";

/** SealedToken is a session token as it is stored. */
export interface SealedToken {
  readonly sealed: Uint8Array;
}

export interface TokenSeal {
  sealToken(token: Uint8Array): SealedToken;
  /** openToken throws for a token sealed under another key, and for changed bytes. */
  openToken(token: SealedToken): Uint8Array;
}

const INFO = new TextEncoder().encode("qpc session token v1");
const NO_AAD = new Uint8Array(0);

/** tokenSeal derives its key from `storeKey`, the 32 bytes that the file is encrypted with. */
export function tokenSeal(
  storeKey: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): TokenSeal {
  const key = backend.hkdfSha256({ ikm: storeKey, info: INFO, length: AEAD_KEY_BYTES });
  return {
    sealToken(token) {
      const nonce = backend.randomBytes(AEAD_NONCE_BYTES);
      const box = backend.chacha20Poly1305.seal({ key, nonce, aad: NO_AAD }, token);
      const sealed = new Uint8Array(nonce.length + box.length);
      sealed.set(nonce);
      sealed.set(box, nonce.length);
      return { sealed };
    },
    openToken({ sealed }) {
      const nonce = sealed.subarray(0, AEAD_NONCE_BYTES);
      const box = sealed.subarray(AEAD_NONCE_BYTES);
      const token = backend.chacha20Poly1305.open({ key, nonce, aad: NO_AAD }, box);
      if (token === undefined) throw new Error("the session token does not open");
      return token;
    },
  };
}
