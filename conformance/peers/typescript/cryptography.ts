// The hybrid envelope (spec/crypto/hybrid-envelope.md) and OPAQUE (spec/crypto/opaque.md).

import { openEnvelope, sealEnvelope } from "../../../src/crypto/hybrid/envelope.ts";
import { checkHybridPublicKey, hybridPublicKey } from "../../../src/crypto/hybrid/keys.ts";
import {
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKE1,
  generateKE3,
} from "../../../src/crypto/opaque/noble/client.ts";
import {
  createRegistrationResponse,
  generateKE2,
  serverFinish,
} from "../../../src/crypto/opaque/noble/server.ts";
import { bytesOf, type Operations, type Request, toBytes } from "./operations.ts";

export const cryptography: Operations = {
  "hybrid.public-key": (request) => ({
    public_key: toBytes(hybridPublicKey(bytesOf(request, "private_key"))),
  }),
  "hybrid.check-key": (request) => {
    checkHybridPublicKey(bytesOf(request, "public_key"));
    return {};
  },
  "hybrid.seal": (request) => {
    const options = { aad: bytesOf(request, "aad") };
    const publicKey = bytesOf(request, "public_key");
    return { envelope: toBytes(sealEnvelope(publicKey, bytesOf(request, "plaintext"), options)) };
  },
  "hybrid.open": (request) => {
    const options = { aad: bytesOf(request, "aad") };
    const privateKey = bytesOf(request, "private_key");
    return { plaintext: toBytes(openEnvelope(privateKey, bytesOf(request, "envelope"), options)) };
  },
  "opaque.client": clientStep,
  "opaque.server": serverStep,
};

async function clientStep(request: Request): Promise<object> {
  const message = bytesOf(request, "message");
  const value = (name: string) => bytesOf(request.inputs as Request, name);
  switch (request.step) {
    case "CreateRegistrationRequest": {
      const random = { blind: value("blind") };
      const { request: made } = createRegistrationRequest(value("password"), random);
      return { request: toBytes(made) };
    }
    case "FinalizeRegistrationRequest": {
      const options = { envelopeNonce: value("envelope_nonce") };
      const [password, blind] = [value("password"), value("blind")];
      const made = await finalizeRegistrationRequest(password, blind, message, options);
      return { record: toBytes(made.record), export_key: toBytes(made.exportKey) };
    }
    case "GenerateKE1": {
      const { ke1, state } = generateKE1(value("password"), {
        blind: value("blind"),
        clientNonce: value("client_nonce"),
        clientKeyshareSeed: value("client_keyshare_seed"),
      });
      return { ke1: toBytes(ke1), client_secret: toBytes(state.clientSecret) };
    }
    case "GenerateKE3": {
      const [password, blind] = [value("password"), value("blind")];
      const state = { password, blind, clientSecret: value("client_secret"), ke1: value("ke1") };
      const made = await generateKE3(state, message);
      return {
        ke3: toBytes(made.ke3),
        session_key: toBytes(made.sessionKey),
        export_key: toBytes(made.exportKey),
        server_public_key: toBytes(made.serverPublicKey),
      };
    }
    default:
      throw new TypeError(`no step ${request.step}`);
  }
}

function serverStep(request: Request): object {
  const message = bytesOf(request, "message");
  const value = (name: string) => bytesOf(request.inputs as Request, name);
  const setup = () => ({
    oprfSeed: value("oprf_seed"),
    serverPrivateKey: value("server_private_key"),
    serverPublicKey: value("server_public_key"),
  });
  switch (request.step) {
    case "CreateRegistrationResponse": {
      const identifier = value("credential_identifier");
      return { response: toBytes(createRegistrationResponse(setup(), message, identifier)) };
    }
    case "GenerateKE2": {
      const { ke2, state } = generateKE2({
        setup: setup(),
        record: value("record"),
        credentialIdentifier: value("credential_identifier"),
        ke1: message,
        maskingNonce: value("masking_nonce"),
        serverNonce: value("server_nonce"),
        serverKeyshareSeed: value("server_keyshare_seed"),
      });
      return {
        ke2: toBytes(ke2),
        expected_client_mac: toBytes(state.expectedClientMac),
        session_key: toBytes(state.sessionKey),
      };
    }
    case "ServerFinish": {
      const expectedClientMac = value("expected_client_mac");
      const state = { expectedClientMac, sessionKey: value("session_key") };
      return { session_key: toBytes(serverFinish(state, message)) };
    }
    default:
      throw new TypeError(`no step ${request.step}`);
  }
}
