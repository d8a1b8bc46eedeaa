// The checks that both backends make before and after they call their library.

import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type AeadInput,
  type CryptoBackend,
  CryptoError,
  checkLength,
  ED25519_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_SEED_BYTES,
  X25519_KEY_BYTES,
} from "./backend.ts";
import { checkEncapsulationKey, isCanonicalKeyOfLargeOrder } from "./key-checks.ts";

/**
 * checked wraps the calls of one library. `raw` may assume right lengths and, for encapsulation and
 * Ed25519, a key that passed key-checks.ts; its `verify` and `sharedSecret` may throw for a bad key.
 */
export function checked(raw: CryptoBackend): CryptoBackend {
  return {
    ...raw,
    ed25519: {
      publicKey(seed) {
        checkLength("Ed25519 seed", seed, ED25519_KEY_BYTES);
        return raw.ed25519.publicKey(seed);
      },
      sign(seed, message) {
        checkLength("Ed25519 seed", seed, ED25519_KEY_BYTES);
        return raw.ed25519.sign(seed, message);
      },
      verify(publicKey, message, signature) {
        if (publicKey.length !== ED25519_KEY_BYTES) return false;
        if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
        if (!isCanonicalKeyOfLargeOrder(publicKey)) return false;
        try {
          return raw.ed25519.verify(publicKey, message, signature);
        } catch {
          return false;
        }
      },
    },
    x25519: {
      publicKey(privateKey) {
        checkLength("X25519 private key", privateKey, X25519_KEY_BYTES);
        return raw.x25519.publicKey(privateKey);
      },
      sharedSecret(privateKey, publicKey) {
        checkLength("X25519 private key", privateKey, X25519_KEY_BYTES);
        checkLength("X25519 public key", publicKey, X25519_KEY_BYTES);
        const secret = nonZeroSecret(() => raw.x25519.sharedSecret(privateKey, publicKey));
        if (secret) return secret;
        throw new CryptoError("the X25519 shared secret is all zero");
      },
    },
    mlKem768: {
      keygen(seed) {
        checkLength("ML-KEM-768 seed", seed, MLKEM_SEED_BYTES);
        return raw.mlKem768.keygen(seed);
      },
      encapsulate(encapsulationKey) {
        checkEncapsulationKey(encapsulationKey);
        return raw.mlKem768.encapsulate(encapsulationKey);
      },
      decapsulate(ciphertext, seed) {
        checkLength("ML-KEM-768 ciphertext", ciphertext, MLKEM_CIPHERTEXT_BYTES);
        checkLength("ML-KEM-768 seed", seed, MLKEM_SEED_BYTES);
        return raw.mlKem768.decapsulate(ciphertext, seed);
      },
    },
    chacha20Poly1305: {
      seal(input, plaintext) {
        checkAead(input);
        return raw.chacha20Poly1305.seal(input, plaintext);
      },
      open(input, box) {
        checkAead(input);
        if (box.length < AEAD_TAG_BYTES) return undefined;
        return raw.chacha20Poly1305.open(input, box);
      },
    },
    hkdfSha256(input) {
      // OpenSSL takes no longer info; RFC 5869 section 2.3 allows 255 hashes of output.
      if (input.info.length > 1024) throw new CryptoError("HKDF info has more than 1024 bytes");
      if (!(Number.isInteger(input.length) && input.length >= 1 && input.length <= 255 * 32)) {
        throw new CryptoError(`HKDF-SHA256 makes 1 to 8160 bytes, not ${input.length}`);
      }
      return raw.hkdfSha256(input);
    },
  };
}

function checkAead({ key, nonce }: AeadInput): void {
  checkLength("ChaCha20-Poly1305 key", key, AEAD_KEY_BYTES);
  checkLength("ChaCha20-Poly1305 nonce", nonce, AEAD_NONCE_BYTES);
}

/** nonZeroSecret answers undefined for an all-zero secret, which some libraries throw for. */
function nonZeroSecret(derive: () => Uint8Array): Uint8Array | undefined {
  try {
    const secret = derive();
    // Every byte is looked at, so that the time says nothing of them (RFC 7748 section 6.1).
    return secret.reduce((all, byte) => all | byte, 0) === 0 ? undefined : secret;
  } catch {
    return undefined;
  }
}
