// The vectors of RFC 9807 appendix C for ristretto255-SHA512, two real ones and one fake, on
// src/crypto/opaque/noble. A value is a case: the file states eight outputs of a registration and a
// login, which both sides reach, and nine values on the way.

import { identityKsf } from "../../src/crypto/opaque/ksf.ts";
import {
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKE1,
  generateKE3,
} from "../../src/crypto/opaque/noble/client.ts";
import {
  deriveEnvelopeKeys,
  deriveMaskingKey,
  deriveRandomizedPassword,
} from "../../src/crypto/opaque/noble/envelope.ts";
import { deriveKeys, preamble } from "../../src/crypto/opaque/noble/key-schedule.ts";
import { readKE2, readRecord } from "../../src/crypto/opaque/noble/messages.ts";
import {
  deriveDiffieHellmanKeyPair,
  deriveOprfKey,
  diffieHellman,
  publicKeyOf,
} from "../../src/crypto/opaque/noble/oprf.ts";
import { concat } from "../../src/crypto/opaque/noble/primitives.ts";
import {
  createRegistrationResponse,
  fakeRecord,
  generateKE2,
  serverFinish,
} from "../../src/crypto/opaque/noble/server.ts";
import { type Case, type CasesOf, equal, hex, textOf } from "./case.ts";

type Texts = Readonly<Record<string, string>>;

interface Vector {
  readonly config: Texts;
  readonly inputs: Texts;
  readonly intermediates: Texts;
  readonly outputs: Texts;
}

/** Value is what the file says, and what we get once the flow has run. */
interface Value {
  readonly name: string;
  readonly expected: string | undefined;
  actual(flow: Flow): Uint8Array;
}

type Flow = Awaited<ReturnType<typeof runFlow>>;

export const messageCases: CasesOf = (files) =>
  vectorsOf(files, (vector) => {
    const { outputs } = vector;
    if (vector.config.Fake === "True") return [fakeCase(vector)];
    const values: Value[] = Object.entries(outputs).map(([name, expected]) => ({
      name,
      expected,
      actual: (flow) => flow.outputs[name] ?? new Uint8Array(0),
    }));
    return flowCases(vector, [
      ...values,
      {
        name: "session_key of the server",
        expected: outputs.session_key,
        actual: (flow) => flow.sessionKeyOfServer,
      },
      {
        name: "export_key of the login",
        expected: outputs.export_key,
        actual: (flow) => flow.exportKeyOfLogin,
      },
    ]);
  });

export const intermediateCases: CasesOf = (files) =>
  vectorsOf(files, (vector) => {
    const values = Object.entries(vector.intermediates).map(([name, expected]) => ({
      name,
      expected,
      actual: (flow: Flow) => flow.intermediates[name] ?? new Uint8Array(0),
    }));
    return flowCases(vector, values);
  });

function vectorsOf(
  files: Parameters<CasesOf>[0],
  cases: (vector: Vector) => readonly Case[],
): readonly Case[] {
  return files.flatMap((file) => {
    const vectors: readonly Vector[] = JSON.parse(textOf(file));
    const ours = vectors.filter(({ config }) => config.Group === "ristretto255");
    return ours.flatMap((vector, index) =>
      cases(vector).map((one) => ({ ...one, name: `vector ${index + 1}, ${one.name}` })),
    );
  });
}

function flowCases(vector: Vector, values: readonly Value[]): readonly Case[] {
  let flow: Promise<Flow> | undefined;
  return values.map(({ name, expected, actual }) => ({
    name,
    async check() {
      flow ??= runFlow(vector);
      equal(actual(await flow), given(expected, name), name);
    },
  }));
}

/** runFlow is a registration and a login with the randomness of the vector. */
async function runFlow({ config, inputs }: Vector) {
  const input = (name: string) => hex(given(inputs[name], name));
  const [password, credentialIdentifier] = [input("password"), input("credential_identifier")];
  const { identities, context, setup } = partiesOf(config, inputs);
  const options = { identities, context, ksf: identityKsf };

  const blind = input("blind_registration");
  const { request } = createRegistrationRequest(password, { blind });
  const response = createRegistrationResponse(setup, request, credentialIdentifier);
  const envelopeNonce = input("envelope_nonce");
  const { record, exportKey } = await finalizeRegistrationRequest(password, blind, response, {
    ...options,
    envelopeNonce,
  });

  const { ke1, state } = generateKE1(password, {
    blind: input("blind_login"),
    clientNonce: input("client_nonce"),
    clientKeyshareSeed: input("client_keyshare_seed"),
  });
  const answer = generateKE2({ ...serverInputs({ config, inputs }), record, ke1 });
  const proof = await generateKE3(state, answer.ke2, options);

  const randomizedPassword = await deriveRandomizedPassword(
    password,
    blind,
    response.subarray(0, 32),
    identityKsf,
  );
  const keys = deriveEnvelopeKeys(randomizedPassword, envelopeNonce);
  const { clientPublicKey, envelope } = readRecord(record);
  const server = deriveDiffieHellmanKeyPair(input("server_keyshare_seed"));
  const client = deriveDiffieHellmanKeyPair(input("client_keyshare_seed"));
  const ikm = concat(
    diffieHellman(server.privateKey, client.publicKey, "keyshare"),
    diffieHellman(setup.serverPrivateKey, client.publicKey, "keyshare"),
    diffieHellman(server.privateKey, clientPublicKey, "client key"),
  );
  const transcript = preamble({
    context,
    ke1,
    clientIdentity: identities.client ?? clientPublicKey,
    serverIdentity: identities.server ?? setup.serverPublicKey,
    ...readKE2(answer.ke2),
  });
  const schedule = deriveKeys(ikm, transcript);
  const outputs: Readonly<Record<string, Uint8Array>> = {
    registration_request: request,
    registration_response: response,
    registration_upload: record,
    export_key: exportKey,
    KE1: ke1,
    KE2: answer.ke2,
    KE3: proof.ke3,
    session_key: proof.sessionKey,
  };
  const intermediates: Readonly<Record<string, Uint8Array>> = {
    auth_key: keys.authKey,
    client_mac_key: schedule.km3,
    client_public_key: keys.clientPublicKey,
    envelope,
    handshake_secret: schedule.handshakeSecret,
    masking_key: deriveMaskingKey(randomizedPassword),
    oprf_key: deriveOprfKey(setup.oprfSeed, credentialIdentifier),
    randomized_password: randomizedPassword,
    server_mac_key: schedule.km2,
  };
  return {
    outputs,
    intermediates,
    sessionKeyOfServer: serverFinish(answer.state, proof.ke3),
    exportKeyOfLogin: proof.exportKey,
  };
}

/** fakeCase is KE2 for a user that does not exist. */
function fakeCase(vector: Vector): Case {
  const { inputs, outputs } = vector;
  const input = (name: string) => hex(given(inputs[name], name));
  return {
    name: "KE2 for an unknown user",
    check() {
      const { ke2 } = generateKE2({
        ...serverInputs(vector),
        record: fakeRecord(input("client_public_key"), input("masking_key")),
        ke1: input("KE1"),
      });
      equal(ke2, given(outputs.KE2, "KE2"), "KE2");
      const publicKey = publicKeyOf(input("client_private_key"));
      equal(publicKey, given(inputs.client_public_key, "client_public_key"), "client_public_key");
    },
  };
}

function serverInputs({ config, inputs }: Pick<Vector, "config" | "inputs">) {
  const input = (name: string) => hex(given(inputs[name], name));
  return {
    ...partiesOf(config, inputs),
    credentialIdentifier: input("credential_identifier"),
    maskingNonce: input("masking_nonce"),
    serverNonce: input("server_nonce"),
    serverKeyshareSeed: input("server_keyshare_seed"),
  };
}

function partiesOf(config: Texts, inputs: Texts) {
  const identity = (name: string) => (inputs[name] ? hex(inputs[name]) : undefined);
  const input = (name: string) => hex(given(inputs[name], name));
  const serverPrivateKey = input("server_private_key");
  const serverPublicKey = publicKeyOf(serverPrivateKey);
  equal(serverPublicKey, given(inputs.server_public_key, "server_public_key"), "server key");
  return {
    identities: { client: identity("client_identity"), server: identity("server_identity") },
    context: hex(given(config.Context, "Context")),
    setup: { oprfSeed: input("oprf_seed"), serverPrivateKey, serverPublicKey },
  };
}

function given(text: string | undefined, name: string): string {
  if (text === undefined) throw new Error(`the vector has no ${name}`);
  return text;
}
