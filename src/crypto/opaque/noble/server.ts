// The server's side: RFC 9807 section 5.2.2 (registration) and 6.2.2, 6.2.4, 6.3.2.2, 6.4.4 (login).
// For vectors and as a peer of the other backend; the reference server does not use it.

import { clean, randomBytes } from "@noble/hashes/utils.js";
import { checkLength, OpaqueError } from "../error.ts";
import { CONTEXT, SERVER_SETUP_SIZE, SIZES, WIRE } from "../parameters.ts";
import { type Credentials, createCleartextCredentials, type Identities } from "./envelope.ts";
import { deriveKeys, preamble } from "./key-schedule.ts";
import { readKE1, readRecord, readRegistrationRequest } from "./messages.ts";
import {
  blindEvaluate,
  deriveDiffieHellmanKeyPair,
  deriveOprfKey,
  diffieHellman,
  publicKeyOf,
} from "./oprf.ts";
import { concat, concatSecrets, ctEqual, expand, hash, mac, xor } from "./primitives.ts";

/** ServerSetup is the secret of the server, section 3.1, and the public key of its fake record. */
export interface ServerSetup {
  readonly oprfSeed: Uint8Array;
  readonly serverPrivateKey: Uint8Array;
  readonly serverPublicKey: Uint8Array;
  readonly fakePublicKey: Uint8Array;
}

/** readServerSetup takes the 128 bytes that both backends understand. Throws OpaqueError. */
export function readServerSetup(bytes: Uint8Array): ServerSetup {
  checkLength(bytes, SERVER_SETUP_SIZE, "server setup");
  const { Nh, Nsk } = SIZES;
  const serverPrivateKey = bytes.slice(Nh, Nh + Nsk);
  return {
    oprfSeed: bytes.slice(0, Nh),
    serverPrivateKey,
    serverPublicKey: publicKeyOf(serverPrivateKey),
    fakePublicKey: bytes.slice(Nh + Nsk),
  };
}

/** createRegistrationResponse, section 5.2.2: 64 bytes. Throws OpaqueError: "length", "element". */
export function createRegistrationResponse(
  setup: Pick<ServerSetup, "oprfSeed" | "serverPublicKey">,
  request: Uint8Array,
  credentialIdentifier: Uint8Array,
): Uint8Array {
  const { blindedMessage } = readRegistrationRequest(request);
  const evaluatedMessage = evaluate(setup.oprfSeed, credentialIdentifier, blindedMessage);
  return concat(evaluatedMessage, setup.serverPublicKey);
}

/** fakeRecord stands in for an unknown user, section 6.3.2.2: 192 bytes. */
export function fakeRecord(
  clientPublicKey: Uint8Array,
  maskingKey: Uint8Array = randomBytes(SIZES.Nh),
): Uint8Array {
  return concat(clientPublicKey, maskingKey, new Uint8Array(SIZES.Nn + SIZES.Nm));
}

export interface KE2Input {
  readonly setup: Omit<ServerSetup, "fakePublicKey">;
  /** RegistrationRecord of the user, or a fakeRecord. */
  readonly record: Uint8Array;
  readonly credentialIdentifier: Uint8Array;
  readonly ke1: Uint8Array;
  readonly identities?: Identities;
  readonly context?: Uint8Array;
  /** 32 bytes each. */
  readonly maskingNonce?: Uint8Array;
  readonly serverNonce?: Uint8Array;
  readonly serverKeyshareSeed?: Uint8Array;
}

/** ServerState is ServerAkeState, section 6.4: secret, for one login. */
export interface ServerState {
  readonly expectedClientMac: Uint8Array;
  readonly sessionKey: Uint8Array;
}

/** generateKE2, section 6.2.2: `ke2` has 320 bytes. Throws OpaqueError: "length", "element". */
export function generateKE2(input: KE2Input): { ke2: Uint8Array; state: ServerState } {
  const { clientPublicKey } = readRecord(input.record);
  const credentialResponse = createCredentialResponse(input);
  const { serverPublicKey } = input.setup;
  const credentials = createCleartextCredentials(
    serverPublicKey,
    clientPublicKey,
    input.identities,
  );
  const { authResponse, state } = authServerRespond(
    input,
    credentials,
    clientPublicKey,
    credentialResponse,
  );
  return { ke2: concat(credentialResponse, authResponse), state };
}

/** serverFinish, section 6.2.4: the session key, or OpaqueError: "length", "client-mac". */
export function serverFinish(state: ServerState, ke3: Uint8Array): Uint8Array {
  checkLength(ke3, WIRE.ke3, "KE3");
  if (!ctEqual(ke3, state.expectedClientMac)) {
    throw new OpaqueError("client-mac", "the client did not prove that it knows the password");
  }
  return state.sessionKey;
}

function evaluate(oprfSeed: Uint8Array, credentialIdentifier: Uint8Array, blinded: Uint8Array) {
  const oprfKey = deriveOprfKey(oprfSeed, credentialIdentifier);
  try {
    return blindEvaluate(oprfKey, blinded);
  } finally {
    clean(oprfKey);
  }
}

/** createCredentialResponse, section 6.3.2.2: 192 bytes. */
function createCredentialResponse(input: KE2Input): Uint8Array {
  const { setup, credentialIdentifier } = input;
  const { blindedMessage } = readKE1(input.ke1);
  const { maskingKey, envelope } = readRecord(input.record);
  const evaluatedMessage = evaluate(setup.oprfSeed, credentialIdentifier, blindedMessage);
  const maskingNonce = input.maskingNonce ?? randomBytes(SIZES.Nn);
  const plain = concat(setup.serverPublicKey, envelope);
  const pad = expand(maskingKey, [maskingNonce, "CredentialResponsePad"], plain.length);
  return concat(evaluatedMessage, maskingNonce, xor(pad, plain));
}

/** authServerRespond, section 6.4.4: server_nonce 32, server_public_keyshare 32, server_mac 64. */
function authServerRespond(
  input: KE2Input,
  credentials: Credentials,
  clientPublicKey: Uint8Array,
  credentialResponse: Uint8Array,
): { authResponse: Uint8Array; state: ServerState } {
  const { ke1, context = CONTEXT } = input;
  const serverNonce = input.serverNonce ?? randomBytes(SIZES.Nn);
  const seed = input.serverKeyshareSeed ?? randomBytes(SIZES.Nseed);
  const keyshare = deriveDiffieHellmanKeyPair(seed);
  const { clientPublicKeyshare } = readKE1(ke1);
  const { clientIdentity, serverIdentity } = credentials;
  const parties = { context, clientIdentity, serverIdentity };
  const serverPublicKeyshare = keyshare.publicKey;
  const answer = { credentialResponse, serverNonce, serverPublicKeyshare };
  const transcript = preamble({ ...parties, ke1, ...answer });
  const ikm = concatSecrets(
    diffieHellman(keyshare.privateKey, clientPublicKeyshare, "client_public_keyshare"),
    diffieHellman(input.setup.serverPrivateKey, clientPublicKeyshare, "client_public_keyshare"),
    diffieHellman(keyshare.privateKey, clientPublicKey, "client_public_key"),
  );
  clean(keyshare.privateKey);
  const { km2, km3, handshakeSecret, sessionKey } = deriveKeys(ikm, transcript);
  const serverMac = mac(km2, hash(transcript));
  const expectedClientMac = mac(km3, hash(concat(transcript, serverMac)));
  clean(km2, km3, handshakeSecret);
  const authResponse = concat(serverNonce, serverPublicKeyshare, serverMac);
  return { authResponse, state: { expectedClientMac, sessionKey } };
}
