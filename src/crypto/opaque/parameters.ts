// The one OPAQUE configuration of qpc: OPAQUE-3DH, ristretto255-SHA512, Argon2id.
// Spec: crypto/opaque.md [opaque.parameters], [opaque.wire-sizes]; RFC 9807 section 7; C-25, C-26.
// Names such as Nn and Npk are those of RFC 9807.

/** SIZES are the lengths, in bytes, of the values that RFC 9807 leaves to the configuration. */
export const SIZES = {
  /** A nonce. */
  Nn: 32,
  /** A seed of DeriveDiffieHellmanKeyPair. */
  Nseed: 32,
  /** A serialized OPRF element. */
  Noe: 32,
  /** An OPRF private key (a scalar). */
  Nok: 32,
  /** A public key of the key exchange. */
  Npk: 32,
  /** A private key of the key exchange. */
  Nsk: 32,
  /** A MAC tag. */
  Nm: 64,
  /** A hash. */
  Nh: 64,
  /** A session key. */
  Nx: 64,
} as const;

/** WIRE holds the lengths of the messages, which travel as raw bytes without a prefix. */
export const WIRE = {
  /** RegistrationRequest: blinded_message. */
  registrationRequest: 32,
  /** RegistrationResponse: evaluated_message 32, server_public_key 32. */
  registrationResponse: 64,
  /** RegistrationRecord: client_public_key 32, masking_key 64, envelope 96. */
  registrationUpload: 192,
  /** KE1: blinded_message 32, client_nonce 32, client_public_keyshare 32. */
  ke1: 96,
  /** KE2: evaluated_message 32, masking_nonce 32, masked_response 128, server_nonce 32, keyshare 32, MAC 64. */
  ke2: 320,
  /** KE3: client_mac. */
  ke3: 64,
} as const;

/** SERVER_SETUP_SIZE: oprf_seed 64, server_private_key 32, public key of the fake record 32. */
export const SERVER_SETUP_SIZE = 128;

/** ARGON2ID is the key stretching function: RFC 9106, version 1.3, no secret, no associated data. */
export const ARGON2ID = {
  passes: 2,
  memoryKiB: 19_456,
  parallelism: 1,
  saltBytes: 16,
  outputBytes: 64,
} as const;

/** argon2Salt is 16 zero bytes: the OPRF output it stretches is already unique per record. */
export function argon2Salt(): Uint8Array {
  return new Uint8Array(ARGON2ID.saltBytes);
}

/** CONTEXT is empty, and so are both identities: each defaults to the public key of its party. */
export const CONTEXT: Uint8Array = new Uint8Array(0);

/** credentialIdentifier names a record towards the OPRF: the UTF-8 bytes of the username. */
export function credentialIdentifier(username: string): Uint8Array {
  return new TextEncoder().encode(username);
}
