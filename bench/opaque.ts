// The steps of OPAQUE (spec/crypto/opaque.md) on both sides, with noble and with serenity.

import type { OpaqueClient } from "../src/crypto/opaque/exchange.ts";
import { nobleClient } from "../src/crypto/opaque/noble/exchange.ts";
import {
  createRegistrationResponse,
  generateKE2,
  readServerSetup,
  serverFinish,
} from "../src/crypto/opaque/noble/server.ts";
import { serenityClient } from "../src/crypto/opaque/serenity/client.ts";
import { createSetup, opaqueServer } from "../src/crypto/opaque/serenity/server.ts";
import { type Call, duel } from "./measure.ts";
import type { Outcome, Row } from "./outcome.ts";

const NAME = "alice";
const PASSWORD = "correct horse battery staple";

/** benchOpaque answers microseconds per call; the two libraries take turns. */
export async function benchOpaque(): Promise<Outcome> {
  const setup = createSetup();
  const answers = serenityServer(setup);
  const noble = await steps(nobleClient(), nobleServer(setup), answers);
  const serenity = await steps(serenityClient(), serenityServer(setup), answers);
  const rows: Row[] = [];
  for (const [name, call] of Object.entries(noble)) {
    const other = serenity[name];
    if (other === undefined) throw new Error(`serenity has no ${name}`);
    const slice = { ms: name.startsWith("client") ? 200 : 60 };
    const { first, second, ratio } = await duel(call, other, slice);
    rows.push([name, first / 1000, second / 1000, ratio]);
  }
  return {
    columns: ["µs per call", "noble", "serenity", "noble : serenity"],
    rows,
    findings: [
      "Medians of interleaved rounds. A client's time is mostly Argon2id, on a thread of the pool with",
      "noble and in the calling thread with serenity; it includes the answers of a server on serenity.",
    ],
    passed: true,
  };
}

/** Server has the three steps in which a server calculates. */
interface Server {
  register(request: Uint8Array): Uint8Array;
  start(
    record: Uint8Array,
    ke1: Uint8Array,
  ): { readonly ke2: Uint8Array; finish(ke3: Uint8Array): unknown };
}

function nobleServer(setupBytes: Uint8Array): Server {
  const setup = readServerSetup(setupBytes);
  const credentialIdentifier = new TextEncoder().encode(NAME);
  return {
    register: (request) => createRegistrationResponse(setup, request, credentialIdentifier),
    start(record, ke1) {
      const { ke2, state } = generateKE2({ setup, record, credentialIdentifier, ke1 });
      return { ke2, finish: (ke3) => serverFinish(state, ke3) };
    },
  };
}

function serenityServer(setup: Uint8Array): Server {
  const server = opaqueServer(setup);
  return {
    register: (request) => server.registrationResponse(NAME, request),
    start(record, ke1) {
      const { ke2, state } = server.loginStart(NAME, record, ke1);
      return { ke2, finish: (ke3) => server.loginFinish(state, ke3) };
    },
  };
}

/** steps: `answers` is the server that a client is measured with. */
async function steps(
  client: OpaqueClient,
  server: Server,
  answers: Server,
): Promise<Readonly<Record<string, Call>>> {
  const registration = client.startRegistration(PASSWORD);
  const response = server.register(registration.request);
  const { upload } = await registration.finish(response);
  const login = client.startLogin(PASSWORD);
  const started = server.start(upload, login.ke1);
  const { finalization } = await login.finish(started.ke2);
  if (started.finish(finalization) === undefined) throw new Error("the login fails");

  return {
    "server, registration response": () => server.register(registration.request),
    "server, login start": () => server.start(upload, login.ke1),
    "server, login finish": () => started.finish(finalization),
    // An exchange ends once, so a client's second step is measured with its first.
    "client, registration": async () => {
      const own = client.startRegistration(PASSWORD);
      await own.finish(answers.register(own.request));
    },
    "client, login": async () => {
      const own = client.startLogin(PASSWORD);
      await own.finish(answers.start(upload, own.ke1).ke2);
    },
  };
}
