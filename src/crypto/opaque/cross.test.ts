// Two independent implementations must agree: noble against @serenity-kit/opaque, both directions,
// with the parameters of the spec [opaque.parameters].

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Login, OpaqueClient, Registration } from "./exchange.ts";
import { nobleClient } from "./noble/exchange.ts";
import {
  createRegistrationResponse,
  generateKE2,
  readServerSetup,
  serverFinish,
} from "./noble/server.ts";
import { credentialIdentifier, WIRE } from "./parameters.ts";
import { serenityClient } from "./serenity/client.ts";
import { createSetup, opaqueServer } from "./serenity/server.ts";

interface Peer {
  respond(username: string, request: Uint8Array): Uint8Array;
  /** begin answers KE1; the function it returns with KE2 turns KE3 into a session key. */
  begin(
    username: string,
    record: Uint8Array,
    ke1: Uint8Array,
  ): { ke2: Uint8Array; end(ke3: Uint8Array): Uint8Array | undefined };
}

const SETUP = createSetup();
const CLIENTS: Record<string, OpaqueClient> = {
  noble: nobleClient(),
  serenity: serenityClient(),
};
const SERVERS: Record<string, Peer> = { noble: nobleServer(), serenity: serenityServer() };

describe("noble and serenity", () => {
  for (const [clientName, client] of Object.entries(CLIENTS)) {
    for (const [serverName, server] of Object.entries(SERVERS)) {
      it(`${clientName} client registers and logs in at a ${serverName} server`, async () => {
        const { upload, exportKey } = await register(client, server, "älice", "pässwörd");
        assert.equal(upload.length, WIRE.registrationUpload);
        const login = client.startLogin("pässwörd");
        const { ke2, end } = server.begin("älice", upload, login.ke1);
        const result = await login.finish(ke2);
        assert.deepEqual(end(result.finalization), result.sessionKey);
        assert.deepEqual(result.exportKey, exportKey);
        assert.deepEqual(result.serverPublicKey, readServerSetup(SETUP).serverPublicKey);
      });

      it(`${clientName} client with a wrong password is refused by itself`, async () => {
        const { upload } = await register(client, server, "bob", "right");
        const login = client.startLogin("wrong");
        const { ke2 } = server.begin("bob", upload, login.ke1);
        await assert.rejects(login.finish(ke2), { name: "OpaqueError" });
      });
    }
  }

  it("log in with each other's records", async () => {
    const [noble, serenity] = [nobleClient(), serenityClient()];
    const server = serenityServer();
    for (const [first, second] of [
      [noble, serenity],
      [serenity, noble],
    ] as const) {
      const { upload, exportKey } = await register(first, server, "carol", "secret");
      const login = second.startLogin("secret");
      const { ke2, end } = server.begin("carol", upload, login.ke1);
      const result = await login.finish(ke2);
      assert.deepEqual(end(result.finalization), result.sessionKey);
      assert.deepEqual(result.exportKey, exportKey);
    }
  });
});

for (const [name, client] of Object.entries(CLIENTS)) {
  describe(`${name} client`, () => {
    it("refuses answers of a wrong length and malformed elements", async () => {
      const registrations: [number, number, string][] = [
        [WIRE.registrationResponse - 1, 0, "length"],
        [WIRE.registrationResponse + 1, 0, "length"],
        [WIRE.registrationResponse, 0, "element"],
        [WIRE.registrationResponse, 0xff, "element"],
      ];
      for (const [length, byte, fault] of registrations) {
        const exchange: Registration = client.startRegistration("x");
        const answer = new Uint8Array(length).fill(byte);
        await assert.rejects(exchange.finish(answer), { name: "OpaqueError", fault });
      }
      const logins: [number, number, string][] = [
        [WIRE.ke2 - 1, 0, "length"],
        [WIRE.ke2 + 1, 0, "length"],
        [WIRE.ke2, 0, "element"],
        [WIRE.ke2, 0xff, "element"],
      ];
      for (const [length, byte, fault] of logins) {
        const exchange: Login = client.startLogin("x");
        const answer = new Uint8Array(length).fill(byte);
        await assert.rejects(exchange.finish(answer), { name: "OpaqueError", fault });
      }
    });
  });
}

async function register(client: OpaqueClient, server: Peer, username: string, password: string) {
  const exchange = client.startRegistration(password);
  assert.equal(exchange.request.length, WIRE.registrationRequest);
  return exchange.finish(server.respond(username, exchange.request));
}

function nobleServer(): Peer {
  const setup = readServerSetup(SETUP);
  return {
    respond: (username, request) =>
      createRegistrationResponse(setup, request, credentialIdentifier(username)),
    begin(username, record, ke1) {
      const name = credentialIdentifier(username);
      const { ke2, state } = generateKE2({ setup, record, credentialIdentifier: name, ke1 });
      return { ke2, end: (ke3) => serverFinish(state, ke3) };
    },
  };
}

function serenityServer(): Peer {
  const server = opaqueServer(SETUP);
  return {
    respond: server.registrationResponse,
    begin(username, record, ke1) {
      server.checkUpload(record);
      const { ke2, state } = server.loginStart(username, record, ke1);
      return { ke2, end: (ke3) => server.loginFinish(state, ke3) };
    },
  };
}
