// OPAQUE on noble, both sides: what must fail, fails, and with the fault it deserves.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ristretto255 } from "@noble/curves/ed25519.js";
import { randomBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { OpaqueError, type OpaqueFault } from "../error.ts";
import { identityKsf } from "../ksf.ts";
import { SERVER_SETUP_SIZE, WIRE } from "../parameters.ts";
import {
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKE1,
  generateKE3,
} from "./client.ts";
import { diffieHellman, publicKeyOf, randomScalar } from "./oprf.ts";
import {
  createRegistrationResponse,
  fakeRecord,
  generateKE2,
  readServerSetup,
  type ServerSetup,
  serverFinish,
} from "./server.ts";

const ALICE = new TextEncoder().encode("alice");
const PASSWORD = new TextEncoder().encode("correct horse");
const OPTIONS = { ksf: identityKsf };
// Not below the field prime, so no canonical encoding (RFC 9496 section 4.3.1).
const NOT_AN_ELEMENT = new Uint8Array(32).fill(0xff);
const IDENTITY = new Uint8Array(32);

describe("OPAQUE on noble", () => {
  let setup: ServerSetup;
  let record: Uint8Array;

  before(async () => {
    setup = readServerSetup(newSetup());
    record = (await register(setup, PASSWORD)).record;
  });

  const answer = (ke1: Uint8Array, stored = record) =>
    generateKE2({ setup, record: stored, credentialIdentifier: ALICE, ke1 });

  it("gives both sides one session key, and the client its export key again", async () => {
    const registered = await register(setup, PASSWORD);
    const { ke1, state } = generateKE1(PASSWORD);
    const { ke2, state: serverState } = answer(ke1, registered.record);
    const proof = await generateKE3(state, ke2, OPTIONS);
    assert.deepEqual(serverFinish(serverState, proof.ke3), proof.sessionKey);
    assert.deepEqual(proof.exportKey, registered.exportKey);
    assert.deepEqual(proof.serverPublicKey, setup.serverPublicKey);
    const sizes = [ke1, ke2, proof.ke3, registered.record].map(({ length }) => length);
    assert.deepEqual(sizes, [WIRE.ke1, WIRE.ke2, WIRE.ke3, WIRE.registrationUpload]);
  });

  it("makes no two sessions alike", async () => {
    const keys = new Set<string>();
    for (let run = 0; run < 3; run++) {
      const { ke1, state } = generateKE1(PASSWORD);
      const { sessionKey } = await generateKE3(state, answer(ke1).ke2, OPTIONS);
      keys.add(Buffer.from(sessionKey).toString("hex"));
    }
    assert.equal(keys.size, 3);
  });

  it("refuses every other password", async () => {
    const other = fc.uint8Array({ maxLength: 40 }).filter((bytes) => !same(bytes, PASSWORD));
    const property = fc.asyncProperty(other, async (password) => {
      const { ke1, state } = generateKE1(password);
      await refused("envelope", generateKE3(state, answer(ke1).ke2, OPTIONS));
    });
    await fc.assert(property, { numRuns: 20 });
  });

  it("refuses another user's name, a fake record and another server", async () => {
    const attempts = [
      { setup, record, credentialIdentifier: new TextEncoder().encode("alicf") },
      { setup, record: fakeRecord(setup.fakePublicKey), credentialIdentifier: ALICE },
      { setup: readServerSetup(newSetup()), record, credentialIdentifier: ALICE },
    ];
    for (const attempt of attempts) {
      const { ke1, state } = generateKE1(PASSWORD);
      const { ke2 } = generateKE2({ ...attempt, ke1 });
      await refused("envelope", generateKE3(state, ke2, OPTIONS));
    }
  });

  it("refuses a server that knows the record but not the private key", async () => {
    const { ke1, state } = generateKE1(PASSWORD);
    const serverPrivateKey = randomScalar();
    const impostor = { ...setup, serverPrivateKey };
    const { ke2 } = generateKE2({ setup: impostor, record, credentialIdentifier: ALICE, ke1 });
    await refused("server-mac", generateKE3(state, ke2, OPTIONS));
  });

  it("refuses a KE2 with any byte changed", async () => {
    const property = fc.asyncProperty(
      fc.nat(WIRE.ke2 - 1),
      fc.integer({ min: 1, max: 255 }),
      async (position, change) => {
        const { ke1, state } = generateKE1(PASSWORD);
        const { ke2 } = answer(ke1);
        const outcome = generateKE3(state, flip(ke2, position, change), OPTIONS);
        await refused(["element", "envelope", "server-mac"], outcome);
      },
    );
    await fc.assert(property, {
      numRuns: 60,
      examples: [
        [0, 1],
        [319, 1],
        [191, 1],
        [192, 1],
      ],
    });
  });

  it("refuses a KE3 with any byte changed", async () => {
    const { ke1, state } = generateKE1(PASSWORD);
    const started = answer(ke1);
    const { ke3 } = await generateKE3(state, started.ke2, OPTIONS);
    for (let position = 0; position < WIRE.ke3; position++) {
      for (const change of [1, 128, 255]) {
        const changed = flip(ke3, position, change);
        throws("client-mac", () => serverFinish(started.state, changed));
      }
    }
    assert.ok(serverFinish(started.state, ke3));
  });

  it("refuses messages one byte short, one byte long, and empty", async () => {
    const { ke1 } = generateKE1(PASSWORD);
    const { request, blind } = createRegistrationRequest(PASSWORD);
    const response = createRegistrationResponse(setup, request, ALICE);
    const started = answer(ke1);
    for (const resize of [short, long, () => new Uint8Array(0)]) {
      throws("length", () => createRegistrationResponse(setup, resize(request), ALICE));
      throws("length", () => answer(resize(ke1)));
      throws("length", () => answer(ke1, resize(record)));
      throws("length", () => serverFinish(started.state, resize(new Uint8Array(WIRE.ke3))));
      throws("length", () => readServerSetup(resize(new Uint8Array(SERVER_SETUP_SIZE))));
      await refused(
        "length",
        finalizeRegistrationRequest(PASSWORD, blind, resize(response), OPTIONS),
      );
      const { state } = generateKE1(PASSWORD);
      await refused("length", generateKE3(state, resize(started.ke2), OPTIONS));
    }
  });

  for (const [name, element] of [
    ["the identity", IDENTITY],
    ["a malformed element", NOT_AN_ELEMENT],
  ] as const) {
    it(`refuses ${name} wherever an element travels`, async () => {
      const { ke1 } = generateKE1(PASSWORD);
      const { blind, request } = createRegistrationRequest(PASSWORD);
      const response = createRegistrationResponse(setup, request, ALICE);
      throws("element", () => createRegistrationResponse(setup, element, ALICE));
      throws("element", () => answer(put(ke1, 0, element)));
      throws("element", () => answer(put(ke1, 64, element)));
      throws("element", () => answer(ke1, put(record, 0, element)));
      for (const offset of [0, 32]) {
        const outcome = finalizeRegistrationRequest(
          PASSWORD,
          blind,
          put(response, offset, element),
          OPTIONS,
        );
        await refused("element", outcome);
      }
      for (const offset of [0, 224]) {
        const login = generateKE1(PASSWORD);
        const ke2 = put(answer(login.ke1).ke2, offset, element);
        await refused("element", generateKE3(login.state, ke2, OPTIONS));
      }
    });
  }

  it("refuses scalars that are zero or not below the group order", () => {
    const { ORDER } = ristretto255.Point.Fn;
    const order = Buffer.from(ORDER.toString(16).padStart(64, "0"), "hex").reverse();
    for (const scalar of [new Uint8Array(32), new Uint8Array(order), NOT_AN_ELEMENT]) {
      throws("scalar", () => createRegistrationRequest(PASSWORD, { blind: scalar }));
      throws("scalar", () => diffieHellman(scalar, setup.serverPublicKey, "key"));
      throws("scalar", () => publicKeyOf(scalar));
    }
    throws("length", () => publicKeyOf(new Uint8Array(31)));
  });

  it("refuses a password over 65535 bytes, and takes an empty one", async () => {
    throws("length", () => generateKE1(new Uint8Array(65_536)));
    const { record: empty } = await register(setup, new Uint8Array(0));
    const { ke1, state } = generateKE1(new Uint8Array(0));
    assert.ok(await generateKE3(state, answer(ke1, empty).ke2, OPTIONS));
  });

  it("leaves its inputs alone and wipes its secrets, whether the login succeeds or not", async () => {
    for (const succeeds of [true, false]) {
      const password = PASSWORD.slice();
      const { ke1, state } = generateKE1(password);
      const { ke2 } = answer(ke1);
      const sent = succeeds ? ke2 : flip(ke2, 200, 1);
      const before = sent.slice();
      await generateKE3(state, sent, OPTIONS).catch(() => undefined);
      assert.deepEqual(password, PASSWORD);
      assert.deepEqual(sent, before);
      for (const secret of [state.password, state.blind, state.clientSecret]) {
        assert.ok(secret.every((byte) => byte === 0));
      }
      await refused("scalar", generateKE3(state, ke2, OPTIONS));
    }
  });
});

function newSetup(): Uint8Array {
  return Buffer.concat([randomBytes(64), randomScalar(), publicKeyOf(randomScalar())]);
}

async function register(setup: ServerSetup, password: Uint8Array) {
  const { request, blind } = createRegistrationRequest(password);
  const response = createRegistrationResponse(setup, request, ALICE);
  return finalizeRegistrationRequest(password, blind, response, OPTIONS);
}

function throws(fault: OpaqueFault, call: () => unknown): void {
  assert.throws(call, (error) => error instanceof OpaqueError && error.fault === fault);
}

async function refused(faults: OpaqueFault | OpaqueFault[], outcome: Promise<unknown>) {
  const accepted: readonly OpaqueFault[] = [faults].flat();
  await assert.rejects(
    outcome,
    (error) => error instanceof OpaqueError && accepted.includes(error.fault),
  );
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function flip(bytes: Uint8Array, position: number, change: number): Uint8Array {
  return bytes.map((byte, index) => (index === position ? byte ^ change : byte));
}

function put(bytes: Uint8Array, offset: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part, offset);
  return copy;
}

const short = (bytes: Uint8Array) => bytes.slice(1);
const long = (bytes: Uint8Array) => Buffer.concat([bytes, Uint8Array.of(0)]);
