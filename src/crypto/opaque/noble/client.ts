// The client's side: RFC 9807 section 5.2.1, 5.2.3 (registration) and 6.2.1, 6.2.3, 6.3.2, 6.4.3 (login).
// Every random value may be given, so that vectors can be made and checked.

import { clean, randomBytes } from "@noble/hashes/utils.js";
import { OpaqueError } from "../error.ts";
import { argon2idKsf, type Ksf } from "../ksf.ts";
import { CONTEXT, SIZES } from "../parameters.ts";
import {
  type Credentials,
  deriveMaskingKey,
  deriveRandomizedPassword,
  type Identities,
  recover,
  store,
} from "./envelope.ts";
import { deriveKeys, preamble } from "./key-schedule.ts";
import { readKE2, readRegistrationResponse } from "./messages.ts";
import {
  blind as blindPassword,
  deriveDiffieHellmanKeyPair,
  deserializeElement,
  diffieHellman,
  randomScalar,
} from "./oprf.ts";
import { concat, concatSecrets, ctEqual, expand, hash, mac, xor } from "./primitives.ts";

/** ClientOptions departs from the parameters of the spec: for the RFC's vectors and for trials. */
export interface ClientOptions {
  readonly identities?: Identities | undefined;
  readonly context?: Uint8Array | undefined;
  readonly ksf?: Ksf | undefined;
}

/** createRegistrationRequest, section 5.2.1: `request` has 32 bytes, `blind` is secret. */
export function createRegistrationRequest(
  password: Uint8Array,
  random: { blind?: Uint8Array } = {},
): { request: Uint8Array; blind: Uint8Array } {
  const blind = random.blind ?? randomScalar();
  return { request: blindPassword(password, blind), blind };
}

/**
 * finalizeRegistrationRequest, section 5.2.3: `record` (192 bytes) is what the server stores. Rejects
 * with OpaqueError when the response is malformed.
 */
export async function finalizeRegistrationRequest(
  password: Uint8Array,
  blind: Uint8Array,
  response: Uint8Array,
  options: ClientOptions & { envelopeNonce?: Uint8Array } = {},
): Promise<{ record: Uint8Array; exportKey: Uint8Array; serverPublicKey: Uint8Array }> {
  const { evaluatedMessage, serverPublicKey } = readRegistrationResponse(response);
  deserializeElement(serverPublicKey, "server_public_key");
  const ksf = options.ksf ?? argon2idKsf;
  const randomizedPassword = await deriveRandomizedPassword(password, blind, evaluatedMessage, ksf);
  const stored = store(randomizedPassword, serverPublicKey, options);
  clean(randomizedPassword);
  return {
    record: concat(stored.clientPublicKey, stored.maskingKey, stored.envelope),
    exportKey: stored.exportKey,
    serverPublicKey: serverPublicKey.slice(),
  };
}

/** ClientState is ClientState with its ClientAkeState, section 6: secret, for one login. */
export interface ClientState {
  readonly password: Uint8Array;
  readonly blind: Uint8Array;
  readonly clientSecret: Uint8Array;
  readonly ke1: Uint8Array;
}

/** ClientRandom are the random values of GenerateKE1: a scalar, a nonce and a seed, 32 bytes each. */
export interface ClientRandom {
  readonly blind?: Uint8Array;
  readonly clientNonce?: Uint8Array;
  readonly clientKeyshareSeed?: Uint8Array;
}

/** generateKE1, section 6.2.1: `ke1` has 96 bytes. The state holds a copy of the password. */
export function generateKE1(
  password: Uint8Array,
  random: ClientRandom = {},
): { ke1: Uint8Array; state: ClientState } {
  // CreateCredentialRequest, section 6.3.2.1.
  const blind = random.blind ?? randomScalar();
  const blindedMessage = blindPassword(password, blind);
  // AuthClientStart, section 6.4.3.
  const clientNonce = random.clientNonce ?? randomBytes(SIZES.Nn);
  const seed = random.clientKeyshareSeed ?? randomBytes(SIZES.Nseed);
  const keyshare = deriveDiffieHellmanKeyPair(seed);
  const ke1 = concat(blindedMessage, clientNonce, keyshare.publicKey);
  const state = { password: password.slice(), blind, clientSecret: keyshare.privateKey, ke1 };
  return { ke1, state };
}

export interface KE3Result {
  readonly ke3: Uint8Array;
  readonly sessionKey: Uint8Array;
  readonly exportKey: Uint8Array;
  readonly serverPublicKey: Uint8Array;
}

/**
 * generateKE3, section 6.2.3: `ke3`, `sessionKey` and `exportKey` have 64 bytes. The secrets of the
 * state are wiped, whatever the outcome. Rejects with OpaqueError: "length", "element", "envelope"
 * (wrong password, unknown user, other parameters) or "server-mac".
 */
export async function generateKE3(
  state: ClientState,
  ke2: Uint8Array,
  options: ClientOptions = {},
): Promise<KE3Result> {
  try {
    const recovered = await recoverCredentials(state, ke2, options);
    const { credentials, clientPrivateKey, exportKey } = recovered;
    const context = options.context ?? CONTEXT;
    try {
      const proof = authClientFinalize(state, credentials, clientPrivateKey, ke2, context);
      return { ...proof, exportKey, serverPublicKey: credentials.serverPublicKey };
    } finally {
      clean(clientPrivateKey);
    }
  } finally {
    clean(state.password, state.blind, state.clientSecret);
  }
}

/** recoverCredentials, section 6.3.2.3. */
async function recoverCredentials(state: ClientState, ke2: Uint8Array, options: ClientOptions) {
  const { evaluatedMessage, maskingNonce, maskedResponse } = readKE2(ke2);
  const ksf = options.ksf ?? argon2idKsf;
  const randomizedPassword = await deriveRandomizedPassword(
    state.password,
    state.blind,
    evaluatedMessage,
    ksf,
  );
  const maskingKey = deriveMaskingKey(randomizedPassword);
  const pad = expand(maskingKey, [maskingNonce, "CredentialResponsePad"], maskedResponse.length);
  const plain = xor(pad, maskedResponse);
  const serverPublicKey = plain.subarray(0, SIZES.Npk);
  const envelope = plain.subarray(SIZES.Npk);
  try {
    return recover(randomizedPassword, serverPublicKey.slice(), envelope, options.identities);
  } finally {
    clean(randomizedPassword, maskingKey, pad, plain);
  }
}

/** authClientFinalize, section 6.4.3. */
function authClientFinalize(
  state: ClientState,
  credentials: Credentials,
  clientPrivateKey: Uint8Array,
  ke2: Uint8Array,
  context: Uint8Array,
): { ke3: Uint8Array; sessionKey: Uint8Array } {
  const { serverPublicKeyshare, serverNonce, serverMac, credentialResponse } = readKE2(ke2);
  const { clientSecret, ke1 } = state;
  const ikm = concatSecrets(
    diffieHellman(clientSecret, serverPublicKeyshare, "server_public_keyshare"),
    diffieHellman(clientSecret, credentials.serverPublicKey, "server_public_key"),
    diffieHellman(clientPrivateKey, serverPublicKeyshare, "server_public_keyshare"),
  );
  const { clientIdentity, serverIdentity } = credentials;
  const parties = { context, clientIdentity, serverIdentity };
  const answer = { credentialResponse, serverNonce, serverPublicKeyshare };
  const transcript = preamble({ ...parties, ke1, ...answer });
  const { km2, km3, handshakeSecret, sessionKey } = deriveKeys(ikm, transcript);
  try {
    const expectedServerMac = mac(km2, hash(transcript));
    if (!ctEqual(serverMac, expectedServerMac)) {
      clean(sessionKey);
      throw new OpaqueError("server-mac", "the server did not prove that it holds the record");
    }
    return { ke3: mac(km3, hash(concat(transcript, expectedServerMac))), sessionKey };
  } finally {
    clean(km2, km3, handshakeSecret);
  }
}
