// OPAQUE messages that are well-formed and prove nothing: enough to get past every length and encoding
// rule of 100 to 102 without an Argon2id (spec/crypto/opaque.md).

import { hex } from "./bytes.ts";

/** GENERATOR is the generator of ristretto255 in hex (RFC 9496, appendix A.1): a canonical element. */
export const GENERATOR = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";

/** BLINDED is a RegistrationRequest, 32 bytes. */
export const BLINDED: Uint8Array = hex(GENERATOR);

/** KE1 is blinded element, client nonce and client key share, 96 bytes. */
export const KE1: Uint8Array = hex(GENERATOR, "5a".repeat(32), GENERATOR);

/** RECORD is client public key, masking key and envelope, 192 bytes. Nobody can log in with it. */
export const RECORD: Uint8Array = hex(GENERATOR, "6b".repeat(64), "7c".repeat(96));
