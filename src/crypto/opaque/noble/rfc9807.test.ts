// The official vectors of RFC 9807 Appendix C for ristretto255-SHA512: two real ones, one fake.
// They are not part of the project: QPC_EXTERNAL_VECTORS names the folder that holds opaque/vectors.json.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { identityKsf } from "../ksf.ts";
import {
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKE1,
  generateKE3,
} from "./client.ts";
import { deriveEnvelopeKeys, deriveMaskingKey, deriveRandomizedPassword } from "./envelope.ts";
import { deriveKeys, preamble } from "./key-schedule.ts";
import { readKE2, readRecord } from "./messages.ts";
import { deriveDiffieHellmanKeyPair, deriveOprfKey, diffieHellman, publicKeyOf } from "./oprf.ts";
import { concat } from "./primitives.ts";
import { createRegistrationResponse, fakeRecord, generateKE2, serverFinish } from "./server.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const FOLDER = resolve(ROOT, process.env.QPC_EXTERNAL_VECTORS ?? "../shared/external-vectors");
const FILE = resolve(FOLDER, "opaque/vectors.json");
const SHA256 = "d87a1d0e770e24b14050e6c19c4ac463a6eee576fbd263f5cf20da4d6acb05be";

type Section = Readonly<Record<string, string>>;
interface Vector {
  readonly config: Section;
  readonly inputs: Section;
  readonly intermediates: Section;
  readonly outputs: Section;
}

const absent = existsSync(FILE) ? false : `no vectors at ${FILE}; set QPC_EXTERNAL_VECTORS`;

describe("RFC 9807 Appendix C, ristretto255-SHA512", () => {
  const text = absent ? "[]" : readFileSync(FILE, "utf8");
  const all: Vector[] = JSON.parse(text);
  const ours = all.filter(({ config }) => config.OPRF === "ristretto255-SHA512");
  const chosen = ours.filter(({ config }) => config.Group === "ristretto255");

  it("reads the file that was published", { skip: absent }, () => {
    assert.equal(createHash("sha256").update(text).digest("hex"), SHA256);
    assert.deepEqual(
      chosen.map(({ config }) => config.Fake),
      ["False", "False", "True"],
    );
  });

  chosen.forEach((vector, index) => {
    const fake = vector.config.Fake === "True";
    const run = fake ? checkFake : checkReal;
    it(`${fake ? "fake" : "real"} vector ${index + 1}`, () => run(vector));
  });
});

/** checkReal compares every intermediate and output value of a registration and a login. */
async function checkReal({ config, inputs, intermediates, outputs }: Vector): Promise<void> {
  const input = (name: string) => bytes(inputs, name);
  const [password, credentialIdentifier] = [input("password"), input("credential_identifier")];
  const { identities, context, setup } = parties(config, inputs);
  const options = { identities, context, ksf: identityKsf };
  const seen: Record<string, Uint8Array> = {};

  const blind = input("blind_registration");
  const started = createRegistrationRequest(password, { blind });
  seen.registration_request = started.request;
  seen.registration_response = createRegistrationResponse(
    setup,
    started.request,
    credentialIdentifier,
  );
  const registered = await finalizeRegistrationRequest(
    password,
    blind,
    seen.registration_response,
    { ...options, envelopeNonce: input("envelope_nonce") },
  );
  seen.registration_upload = registered.record;
  seen.export_key = registered.exportKey;

  const { ke1, state } = generateKE1(password, {
    blind: input("blind_login"),
    clientNonce: input("client_nonce"),
    clientKeyshareSeed: input("client_keyshare_seed"),
  });
  seen.KE1 = ke1;
  const answer = generateKE2({
    setup,
    record: registered.record,
    credentialIdentifier,
    ke1,
    identities,
    context,
    maskingNonce: input("masking_nonce"),
    serverNonce: input("server_nonce"),
    serverKeyshareSeed: input("server_keyshare_seed"),
  });
  seen.KE2 = answer.ke2;
  const proof = await generateKE3(state, answer.ke2, options);
  seen.KE3 = proof.ke3;
  seen.session_key = proof.sessionKey;
  assert.deepEqual(proof.exportKey, registered.exportKey);
  assert.deepEqual(serverFinish(answer.state, proof.ke3), proof.sessionKey);
  assert.deepEqual(hexOf(seen), outputs);

  // What happens between the messages.
  const randomizedPassword = await deriveRandomizedPassword(
    password,
    input("blind_registration"),
    seen.registration_response.subarray(0, 32),
    identityKsf,
  );
  const keys = deriveEnvelopeKeys(randomizedPassword, input("envelope_nonce"));
  const { clientPublicKey, envelope } = readRecord(registered.record);
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
  const between = {
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
  assert.deepEqual(hexOf(between), intermediates);
}

/** checkFake compares KE2 for a user that does not exist. */
async function checkFake({ config, inputs, outputs }: Vector): Promise<void> {
  const input = (name: string) => bytes(inputs, name);
  const { identities, context, setup } = parties(config, inputs);
  const { ke2 } = generateKE2({
    setup,
    record: fakeRecord(input("client_public_key"), input("masking_key")),
    credentialIdentifier: input("credential_identifier"),
    ke1: input("KE1"),
    identities,
    context,
    maskingNonce: input("masking_nonce"),
    serverNonce: input("server_nonce"),
    serverKeyshareSeed: input("server_keyshare_seed"),
  });
  assert.deepEqual(hexOf({ KE2: ke2 }), outputs);
  assert.deepEqual(publicKeyOf(input("client_private_key")), input("client_public_key"));
}

function parties(config: Section, inputs: Section) {
  const identity = (name: string) => (inputs[name] ? bytes(inputs, name) : undefined);
  const serverPrivateKey = bytes(inputs, "server_private_key");
  const serverPublicKey = bytes(inputs, "server_public_key");
  assert.deepEqual(publicKeyOf(serverPrivateKey), serverPublicKey);
  return {
    identities: { client: identity("client_identity"), server: identity("server_identity") },
    context: bytes(config, "Context"),
    setup: { oprfSeed: bytes(inputs, "oprf_seed"), serverPrivateKey, serverPublicKey },
  };
}

function bytes(section: Section, name: string): Uint8Array {
  const hex = section[name];
  assert.ok(hex !== undefined, `the vector has no ${name}`);
  return new Uint8Array(Buffer.from(hex, "hex"));
}

function hexOf(values: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
  );
}
