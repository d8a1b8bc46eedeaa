// One registration and one login for each of two accounts, at the parameters of the spec, with every
// random value fixed; the answer for an unknown user; and messages that must be refused.
// Spec: crypto/opaque.md [opaque.parameters], [opaque.wire-sizes]; RFC 9807.

import {
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKE1,
  generateKE3,
} from "../../src/crypto/opaque/noble/client.ts";
import { deriveDiffieHellmanKeyPair, deriveOprfKey } from "../../src/crypto/opaque/noble/oprf.ts";
import {
  createRegistrationResponse,
  fakeRecord,
  generateKE2,
  serverFinish,
} from "../../src/crypto/opaque/noble/server.ts";
import { credentialIdentifier as identifierOf } from "../../src/crypto/opaque/parameters.ts";
import type { OpaqueStep, OpaqueVector, VectorFile } from "../format.ts";
import { clientSecrets, keySchedule } from "./intermediates.ts";
import { refusals } from "./refusals.ts";
import { accepted, fixed, hex, type Stated, scalar } from "./stating.ts";

const serverKeys = deriveDiffieHellmanKeyPair(fixed("server private key"));
const setup = {
  oprfSeed: fixed("oprf seed", 64),
  serverPrivateKey: serverKeys.privateKey,
  serverPublicKey: serverKeys.publicKey,
};
const SERVER = {
  oprf_seed: hex(setup.oprfSeed),
  server_private_key: hex(setup.serverPrivateKey),
  server_public_key: hex(setup.serverPublicKey),
};

/** opaqueFlow is opaque/flow.json. */
export async function opaqueFlow(): Promise<VectorFile<OpaqueVector>> {
  const alice = await account("alice", "alice", "correct horse battery staple");
  const zoe = await account("zoe", "zoë-名", "pässwörd ☃");
  return {
    schema: "schema/opaque.schema.json",
    topic: "opaque/flow",
    spec: "spec/crypto/opaque.md",
    vectors: [...alice.vectors, ...zoe.vectors, ...refusals(alice)],
  };
}

/** account runs registration and login of one user and states every step. */
async function account(slug: string, username: string, passwordText: string) {
  const password = new TextEncoder().encode(passwordText);
  const credentialIdentifier = identifierOf(username);
  const random = (name: string) => fixed(`${slug} ${name}`);
  const oprfKey = { oprf_key: hex(deriveOprfKey(setup.oprfSeed, credentialIdentifier)) };
  const named = { credential_identifier: hex(credentialIdentifier) };
  const state = (name: string, step: OpaqueStep, bytes: Uint8Array, rest: Stated) =>
    accepted(`${slug}.${name}`, step, bytes, rest);

  const registrationBlind = scalar(`${slug} blind registration`);
  const blind = { password: hex(password), blind: hex(registrationBlind) };
  const { request } = createRegistrationRequest(password, { blind: registrationBlind });
  const response = createRegistrationResponse(setup, request, credentialIdentifier);
  const envelopeNonce = random("envelope nonce");
  const registered = await finalizeRegistrationRequest(password, registrationBlind, response, {
    envelopeNonce,
  });
  const evaluated = response.subarray(0, 32);
  const secrets = await clientSecrets(password, registrationBlind, evaluated, envelopeNonce);

  const loginRandom = {
    blind: scalar(`${slug} blind login`),
    clientNonce: random("client nonce"),
    clientKeyshareSeed: random("client keyshare seed"),
  };
  const serverRandom = {
    maskingNonce: random("masking nonce"),
    serverNonce: random("server nonce"),
    serverKeyshareSeed: random("server keyshare seed"),
  };
  const { ke1, clientSecret } = startLogin(password, loginRandom);
  const started = { setup, record: registered.record, credentialIdentifier, ke1, ...serverRandom };
  const answer = generateKE2(started);
  const proof = await generateKE3(startLogin(password, loginRandom).state, answer.ke2);
  const sessionKey = { session_key: hex(serverFinish(answer.state, proof.ke3)) };

  const ke2Inputs = {
    ...SERVER,
    ...named,
    masking_nonce: hex(serverRandom.maskingNonce),
    server_nonce: hex(serverRandom.serverNonce),
    server_keyshare_seed: hex(serverRandom.serverKeyshareSeed),
  };
  const ke3Inputs = {
    password: hex(password),
    blind: hex(loginRandom.blind),
    client_secret: hex(clientSecret),
    ke1: hex(ke1),
  };
  const finishInputs = {
    expected_client_mac: hex(answer.state.expectedClientMac),
    ...sessionKey,
  };

  const fake = fakeRecord(
    deriveDiffieHellmanKeyPair(fixed("fake key")).publicKey,
    fixed("fake", 64),
  );
  const dummy = generateKE2({ ...started, record: fake });

  const vectors = [
    state("registration-request", "CreateRegistrationRequest", NOTHING, {
      inputs: blind,
      outputs: { request: hex(request) },
    }),
    state("registration-response", "CreateRegistrationResponse", request, {
      inputs: { ...SERVER, ...named },
      intermediates: oprfKey,
      outputs: { response: hex(response) },
    }),
    state("registration-upload", "FinalizeRegistrationRequest", response, {
      inputs: { ...blind, envelope_nonce: hex(envelopeNonce) },
      intermediates: secrets,
      outputs: { record: hex(registered.record), export_key: hex(registered.exportKey) },
    }),
    state("ke1", "GenerateKE1", NOTHING, {
      inputs: {
        password: hex(password),
        blind: hex(loginRandom.blind),
        client_nonce: hex(loginRandom.clientNonce),
        client_keyshare_seed: hex(loginRandom.clientKeyshareSeed),
      },
      intermediates: { client_secret: hex(clientSecret) },
      outputs: { ke1: hex(ke1) },
    }),
    state("ke2", "GenerateKE2", ke1, {
      inputs: { ...ke2Inputs, record: hex(registered.record) },
      intermediates: {
        ...oprfKey,
        ...keySchedule(setup, registered.record, ke1, answer.ke2, serverRandom.serverKeyshareSeed),
      },
      outputs: { ke2: hex(answer.ke2), ...finishInputs },
    }),
    state("ke2-unknown-user", "GenerateKE2", ke1, {
      inputs: { ...ke2Inputs, record: hex(fake) },
      intermediates: oprfKey,
      outputs: { ke2: hex(dummy.ke2) },
      comment:
        "a fake record stands in: public key, masking key, 96 zero bytes (RFC 9807, 6.3.2.2)",
    }),
    state("ke3", "GenerateKE3", answer.ke2, {
      inputs: ke3Inputs,
      intermediates: secrets,
      outputs: {
        ke3: hex(proof.ke3),
        ...sessionKey,
        export_key: hex(proof.exportKey),
        server_public_key: hex(proof.serverPublicKey),
      },
    }),
    state("finish", "ServerFinish", proof.ke3, { inputs: finishInputs, outputs: sessionKey }),
  ];
  return {
    vectors,
    request,
    response,
    ke1,
    ke2: answer.ke2,
    ke3: proof.ke3,
    dummy: dummy.ke2,
    inputs: {
      registration: { ...SERVER, ...named },
      upload: { ...blind, envelope_nonce: hex(envelopeNonce) },
      ke2: { ...ke2Inputs, record: hex(registered.record) },
      ke3: ke3Inputs,
      finish: finishInputs,
    },
  };
}

const NOTHING = new Uint8Array(0);

/** startLogin copies the blind, because finishing a login wipes it. */
function startLogin(
  password: Uint8Array,
  random: { blind: Uint8Array; clientNonce: Uint8Array; clientKeyshareSeed: Uint8Array },
) {
  const { ke1, state } = generateKE1(password, { ...random, blind: random.blind.slice() });
  return { ke1, state, clientSecret: state.clientSecret };
}
