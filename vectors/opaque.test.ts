// OPAQUE vectors. The generator made them with our own implementation, which the vectors of RFC 9807
// check; here the other backend logs in to the records, and every refusal is for the stated reason.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OpaqueError } from "../src/crypto/opaque/error.ts";
import { finalizeRegistrationRequest, generateKE3 } from "../src/crypto/opaque/noble/client.ts";
import {
  createRegistrationResponse,
  generateKE2,
  serverFinish,
} from "../src/crypto/opaque/noble/server.ts";
import { SERVER_SETUP_SIZE } from "../src/crypto/opaque/parameters.ts";
import { serenityClient } from "../src/crypto/opaque/serenity/client.ts";
import { opaqueServer } from "../src/crypto/opaque/serenity/server.ts";
import { type Bytes, materialise } from "./bytes.ts";
import type { OpaqueVector } from "./format.ts";
import { loadVectors } from "./load.ts";

const { vectors } = loadVectors("opaque/flow");
const ACCOUNTS = ["alice", "zoe"] as const;

describe("opaque/flow", () => {
  for (const name of ACCOUNTS) {
    it(`${name} logs in at the other backend with the stated record and password`, async () => {
      const upload = find(`opaque.${name}.registration-upload`);
      const start = find(`opaque.${name}.registration-response`);
      const username = text(input(start, "credential_identifier"));
      const { server } = otherBackend(start);
      assert.deepEqual(server.publicKey, input(start, "server_public_key"));
      const record = output(upload, "record");
      server.checkUpload(record);

      const login = serenityClient().startLogin(text(input(upload, "password")));
      const { ke2, state } = server.loginStart(username, record, login.ke1);
      const proof = await login.finish(ke2);
      assert.deepEqual(server.loginFinish(state, proof.finalization), proof.sessionKey);
      assert.deepEqual(proof.exportKey, output(upload, "export_key"));
    });

    it(`${name} gets the stated answer to the stated request from the other backend`, () => {
      const step = find(`opaque.${name}.registration-response`);
      const username = text(input(step, "credential_identifier"));
      const { server } = otherBackend(step);
      const response = server.registrationResponse(username, materialise(step.bytes));
      assert.deepEqual(response, output(step, "response"));
    });

    it(`${name}'s steps hand their outputs on`, () => {
      const message = (step: string) => materialise(find(`opaque.${name}.${step}`).bytes);
      const made = (step: string, value: string) => output(find(`opaque.${name}.${step}`), value);
      assert.deepEqual(message("registration-response"), made("registration-request", "request"));
      assert.deepEqual(message("registration-upload"), made("registration-response", "response"));
      assert.deepEqual(message("ke2"), made("ke1", "ke1"));
      assert.deepEqual(message("ke3"), made("ke2", "ke2"));
      assert.deepEqual(message("finish"), made("ke3", "ke3"));
      assert.deepEqual(made("finish", "session_key"), made("ke3", "session_key"));
      assert.deepEqual(made("ke2", "expected_client_mac"), made("ke3", "ke3"));
      const dummy = made("ke2-unknown-user", "ke2");
      assert.equal(dummy.length, made("ke2", "ke2").length);
      assert.deepEqual(dummy.subarray(0, 32), made("ke2", "ke2").subarray(0, 32));
    });
  }

  for (const vector of vectors.filter(({ expect }) => expect === "reject")) {
    it(`${vector.id}: ${vector.step} refuses with ${vector.stage}`, async () => {
      await assert.rejects(
        async () => take(vector),
        (error) => error instanceof OpaqueError && error.fault === vector.stage,
      );
    });
  }
});

/** take runs the step that receives the message. */
function take(vector: OpaqueVector): unknown {
  const message = materialise(vector.bytes);
  const value = (name: string) => input(vector, name);
  const setup = () => ({
    oprfSeed: value("oprf_seed"),
    serverPrivateKey: value("server_private_key"),
    serverPublicKey: value("server_public_key"),
  });
  switch (vector.step) {
    case "CreateRegistrationResponse":
      return createRegistrationResponse(setup(), message, value("credential_identifier"));
    case "FinalizeRegistrationRequest":
      return finalizeRegistrationRequest(value("password"), value("blind"), message);
    case "GenerateKE2":
      return generateKE2({
        setup: setup(),
        record: value("record"),
        credentialIdentifier: value("credential_identifier"),
        ke1: message,
      });
    case "GenerateKE3": {
      const [password, blind] = [value("password"), value("blind")];
      const state = { password, blind, clientSecret: value("client_secret"), ke1: value("ke1") };
      return generateKE3(state, message);
    }
    case "ServerFinish": {
      const expectedClientMac = value("expected_client_mac");
      return serverFinish({ expectedClientMac, sessionKey: value("session_key") }, message);
    }
    default:
      throw new Error(`${vector.step} receives no message`);
  }
}

/** otherBackend takes the stated secrets; any public key will do for its fake record. */
function otherBackend(vector: OpaqueVector) {
  const setup = new Uint8Array(SERVER_SETUP_SIZE);
  setup.set(input(vector, "oprf_seed"));
  setup.set(input(vector, "server_private_key"), 64);
  setup.set(input(vector, "server_public_key"), 96);
  return { server: opaqueServer(setup) };
}

function find(id: string): OpaqueVector {
  const found = vectors.find((vector) => vector.id === id);
  assert.ok(found, `there is no vector ${id}`);
  return found;
}

function input(vector: OpaqueVector, name: string): Uint8Array {
  return present(vector.inputs[name], `${vector.id} has no input ${name}`);
}

function output(vector: OpaqueVector, name: string): Uint8Array {
  return present(vector.decoded?.outputs[name], `${vector.id} has no output ${name}`);
}

function present(bytes: Bytes | undefined, otherwise: string): Uint8Array {
  assert.ok(bytes, otherwise);
  return materialise(bytes);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
