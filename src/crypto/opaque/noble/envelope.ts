// Credentials and key recovery: RFC 9807 section 4, and the randomized password of 5.2.3 and 6.3.2.3.

import { clean, randomBytes } from "@noble/hashes/utils.js";
import { OpaqueError } from "../error.ts";
import type { Ksf } from "../ksf.ts";
import { SIZES } from "../parameters.ts";
import { readEnvelope } from "./messages.ts";
import { deriveDiffieHellmanKeyPair, finalize } from "./oprf.ts";
import { concat, ctEqual, expand, extract, mac, vector2 } from "./primitives.ts";

/** Identities of RFC 9807 section 4; an absent one is the public key of its party, as in qpc always. */
export interface Identities {
  readonly client?: Uint8Array | undefined;
  readonly server?: Uint8Array | undefined;
}

/** Credentials is CleartextCredentials with both identities filled in, section 4. */
export interface Credentials {
  readonly serverPublicKey: Uint8Array;
  readonly serverIdentity: Uint8Array;
  readonly clientIdentity: Uint8Array;
}

/** createCleartextCredentials, section 4. */
export function createCleartextCredentials(
  serverPublicKey: Uint8Array,
  clientPublicKey: Uint8Array,
  identities: Identities = {},
): Credentials {
  return {
    serverPublicKey,
    serverIdentity: identities.server ?? serverPublicKey,
    clientIdentity: identities.client ?? clientPublicKey,
  };
}

/** deriveRandomizedPassword unblinds, stretches and extracts, section 5.2.3: 64 bytes. */
export async function deriveRandomizedPassword(
  password: Uint8Array,
  blind: Uint8Array,
  evaluatedMessage: Uint8Array,
  ksf: Ksf,
): Promise<Uint8Array> {
  const oprfOutput = finalize(password, blind, evaluatedMessage);
  const stretched = await ksf(oprfOutput);
  const ikm = concat(oprfOutput, stretched);
  try {
    return extract(ikm);
  } finally {
    clean(oprfOutput, stretched, ikm);
  }
}

/** deriveMaskingKey, section 4.1.2: the key under which the server hides the envelope. */
export function deriveMaskingKey(randomizedPassword: Uint8Array): Uint8Array {
  return expand(randomizedPassword, ["MaskingKey"], SIZES.Nh);
}

/** deriveEnvelopeKeys, section 4.1.2. Assumes a nonce of Nn bytes. */
export function deriveEnvelopeKeys(randomizedPassword: Uint8Array, envelopeNonce: Uint8Array) {
  const seed = expand(randomizedPassword, [envelopeNonce, "PrivateKey"], SIZES.Nseed);
  const { privateKey, publicKey } = deriveDiffieHellmanKeyPair(seed);
  clean(seed);
  return {
    authKey: expand(randomizedPassword, [envelopeNonce, "AuthKey"], SIZES.Nh),
    exportKey: expand(randomizedPassword, [envelopeNonce, "ExportKey"], SIZES.Nh),
    clientPrivateKey: privateKey,
    clientPublicKey: publicKey,
  };
}

/** store is Store, section 4.1.2: it makes the envelope (96 bytes) and what goes with it. */
export function store(
  randomizedPassword: Uint8Array,
  serverPublicKey: Uint8Array,
  options: { identities?: Identities | undefined; envelopeNonce?: Uint8Array | undefined } = {},
) {
  const envelopeNonce = options.envelopeNonce ?? randomBytes(SIZES.Nn);
  const keys = deriveEnvelopeKeys(randomizedPassword, envelopeNonce);
  const { authKey, exportKey, clientPrivateKey, clientPublicKey } = keys;
  const credentials = createCleartextCredentials(
    serverPublicKey,
    clientPublicKey,
    options.identities,
  );
  const authTag = mac(authKey, authenticated(envelopeNonce, credentials));
  clean(authKey, clientPrivateKey);
  return {
    envelope: concat(envelopeNonce, authTag),
    clientPublicKey,
    maskingKey: deriveMaskingKey(randomizedPassword),
    exportKey,
  };
}

/**
 * recover is Recover, section 4.1.3. Throws OpaqueError("envelope") when the tag is not ours; by then
 * every key derived on the way is wiped, as that section demands.
 */
export function recover(
  randomizedPassword: Uint8Array,
  serverPublicKey: Uint8Array,
  envelope: Uint8Array,
  identities?: Identities,
) {
  const { envelopeNonce, authTag } = readEnvelope(envelope);
  const keys = deriveEnvelopeKeys(randomizedPassword, envelopeNonce);
  const { authKey, exportKey, clientPrivateKey, clientPublicKey } = keys;
  const credentials = createCleartextCredentials(serverPublicKey, clientPublicKey, identities);
  const expectedTag = mac(authKey, authenticated(envelopeNonce, credentials));
  clean(authKey);
  if (!ctEqual(authTag, expectedTag)) {
    clean(exportKey, clientPrivateKey, expectedTag);
    throw new OpaqueError("envelope", "the envelope does not open with this password");
  }
  return { clientPrivateKey, credentials, exportKey };
}

function authenticated(envelopeNonce: Uint8Array, credentials: Credentials): Uint8Array {
  const { serverPublicKey, serverIdentity, clientIdentity } = credentials;
  return concat(envelopeNonce, serverPublicKey, vector2(serverIdentity), vector2(clientIdentity));
}
