// What happens between the messages: values an implementer compares to find where two runs part.
// Spec: RFC 9807 section 4.1.2, 6.4.2.

import { argon2idKsf } from "../../src/crypto/opaque/ksf.ts";
import {
  deriveEnvelopeKeys,
  deriveMaskingKey,
  deriveRandomizedPassword,
} from "../../src/crypto/opaque/noble/envelope.ts";
import { deriveKeys, preamble } from "../../src/crypto/opaque/noble/key-schedule.ts";
import { readKE1, readKE2, readRecord } from "../../src/crypto/opaque/noble/messages.ts";
import {
  deriveDiffieHellmanKeyPair,
  diffieHellman,
  finalize,
} from "../../src/crypto/opaque/noble/oprf.ts";
import type { Hex } from "../bytes.ts";
import { hex } from "./stating.ts";

/** clientSecrets is everything the password opens. */
export async function clientSecrets(
  password: Uint8Array,
  blind: Uint8Array,
  evaluated: Uint8Array,
  envelopeNonce: Uint8Array,
): Promise<Record<string, Hex>> {
  const oprfOutput = finalize(password, blind, evaluated);
  const randomized = await deriveRandomizedPassword(password, blind, evaluated, argon2idKsf);
  const keys = deriveEnvelopeKeys(randomized, envelopeNonce);
  return {
    oprf_output: hex(oprfOutput),
    stretched_oprf_output: hex(await argon2idKsf(oprfOutput)),
    randomized_password: hex(randomized),
    masking_key: hex(deriveMaskingKey(randomized)),
    auth_key: hex(keys.authKey),
    client_private_key: hex(keys.clientPrivateKey),
    client_public_key: hex(keys.clientPublicKey),
  };
}

/** keySchedule is 3DH: the three products, the transcript, and the keys made from them. */
export function keySchedule(
  setup: { readonly serverPrivateKey: Uint8Array; readonly serverPublicKey: Uint8Array },
  record: Uint8Array,
  ke1: Uint8Array,
  ke2: Uint8Array,
  serverKeyshareSeed: Uint8Array,
): Record<string, Hex> {
  const { privateKey } = deriveDiffieHellmanKeyPair(serverKeyshareSeed);
  const { clientPublicKeyshare } = readKE1(ke1);
  const { clientPublicKey } = readRecord(record);
  const ikm = Buffer.concat([
    diffieHellman(privateKey, clientPublicKeyshare, "client_public_keyshare"),
    diffieHellman(setup.serverPrivateKey, clientPublicKeyshare, "client_public_keyshare"),
    diffieHellman(privateKey, clientPublicKey, "client_public_key"),
  ]);
  const transcript = preamble({
    context: new Uint8Array(0),
    clientIdentity: clientPublicKey,
    ke1,
    serverIdentity: setup.serverPublicKey,
    ...readKE2(ke2),
  });
  const stated = { ikm: hex(ikm), preamble: hex(transcript) };
  const keys = deriveKeys(ikm, transcript);
  return {
    ...stated,
    handshake_secret: hex(keys.handshakeSecret),
    server_mac_key: hex(keys.km2),
    client_mac_key: hex(keys.km3),
  };
}
