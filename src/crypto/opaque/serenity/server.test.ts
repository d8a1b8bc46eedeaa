// The server's wrapper: sizes, typed refusals, and the answer for a user who does not exist.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { OpaqueError, type OpaqueFault } from "../error.ts";
import { identityKsf } from "../ksf.ts";
import { createRegistrationRequest, generateKE1, generateKE3 } from "../noble/client.ts";
import { readKE2 } from "../noble/messages.ts";
import { publicKeyOf, randomScalar } from "../noble/oprf.ts";
import { expand, xor } from "../noble/primitives.ts";
import { readServerSetup } from "../noble/server.ts";
import { SERVER_SETUP_SIZE, SIZES, WIRE } from "../parameters.ts";
import { createSetup, opaqueServer } from "./server.ts";

const SETUP = createSetup();
const server = opaqueServer(SETUP);
const PASSWORD = new TextEncoder().encode("correct horse");
const IDENTITY = new Uint8Array(32);
const MALFORMED = new Uint8Array(32).fill(0xff);

describe("OPAQUE server on serenity", () => {
  it("makes setups of 128 bytes: oprf_seed, private key, public key of the fake record", () => {
    assert.equal(SETUP.length, SERVER_SETUP_SIZE);
    const { serverPublicKey } = readServerSetup(SETUP);
    assert.deepEqual(server.publicKey, serverPublicKey);
    assert.notDeepEqual(createSetup(), SETUP);
  });

  it("refuses a setup that it did not make", () => {
    const setups = [
      SETUP.subarray(1),
      Buffer.concat([SETUP, IDENTITY]),
      new Uint8Array(SERVER_SETUP_SIZE),
      put(SETUP, 64, IDENTITY),
      put(SETUP, 96, IDENTITY),
    ];
    for (const setup of setups) throws("backend", () => opaqueServer(setup));
  });

  it("refuses messages of a wrong length", () => {
    const { ke1 } = generateKE1(PASSWORD);
    const { state } = server.loginStart("alice", null, ke1);
    for (const off of [-1, 1]) {
      const sized = (length: number) => new Uint8Array(length + off);
      throws("length", () => server.registrationResponse("alice", sized(WIRE.registrationRequest)));
      throws("length", () => server.checkUpload(sized(WIRE.registrationUpload)));
      throws("length", () => server.loginStart("alice", null, sized(WIRE.ke1)));
      throws("length", () => server.loginFinish(state, sized(WIRE.ke3)));
    }
    for (const empty of [new Uint8Array(0)]) {
      throws("length", () => server.registrationResponse("alice", empty));
      throws("length", () => server.loginStart("alice", null, empty));
    }
  });

  it("refuses the identity and malformed elements wherever one travels", () => {
    const { ke1 } = generateKE1(PASSWORD);
    const upload = someRecord();
    server.checkUpload(upload);
    for (const element of [IDENTITY, MALFORMED]) {
      throws("element", () => server.registrationResponse("alice", element));
      throws("element", () => server.checkUpload(put(upload, 0, element)));
      throws("element", () => server.loginStart("alice", null, put(ke1, 0, element)));
      throws("element", () => server.loginStart("alice", upload, put(ke1, 64, element)));
    }
  });

  it("says that a damaged stored record is not the client's fault", () => {
    const { ke1 } = generateKE1(PASSWORD);
    throws("backend", () => server.loginStart("alice", put(someRecord(), 0, IDENTITY), ke1));
    throws("backend", () => server.loginStart("alice", someRecord().subarray(1), ke1));
  });

  it("answers arbitrary bytes with OpaqueError or a message, never with anything else", () => {
    const { ke1 } = generateKE1(PASSWORD);
    const upTo = (length: number) =>
      fc.oneof(
        fc.uint8Array({ maxLength: length + 40 }),
        fc.uint8Array({ minLength: length, maxLength: length }),
      );
    const calls: [number, (bytes: Uint8Array) => unknown][] = [
      [WIRE.registrationRequest, (bytes) => server.registrationResponse("alice", bytes)],
      [WIRE.registrationUpload, (bytes) => server.checkUpload(bytes)],
      [WIRE.ke1, (bytes) => server.loginStart("alice", null, bytes)],
      [WIRE.ke3, (bytes) => server.loginFinish(server.loginStart("a", null, ke1).state, bytes)],
    ];
    for (const [length, call] of calls) {
      const property = fc.property(upTo(length), (bytes) => {
        try {
          call(bytes);
        } catch (error) {
          assert.ok(error instanceof OpaqueError);
          assert.notEqual(error.fault, "backend");
        }
      });
      fc.assert(property, { numRuns: 200 });
    }
  });

  it("takes any username, the empty one and one of 64 KiB too", () => {
    const { request } = createRegistrationRequest(PASSWORD);
    for (const name of ["", "a".repeat(65_536), "\u0000", "ä@💥"]) {
      assert.equal(server.registrationResponse(name, request).length, WIRE.registrationResponse);
    }
  });

  it("answers for an unknown user: evaluated element stable per name, the rest random", async () => {
    const { ke1, state } = generateKE1(PASSWORD);
    const first = server.loginStart("ghost", null, ke1).ke2;
    const second = server.loginStart("ghost", undefined, ke1).ke2;
    const other = server.loginStart("spook", null, ke1).ke2;
    const known = server.loginStart("ghost", someRecord(), ke1).ke2;
    assert.equal(first.length, WIRE.ke2);
    assert.deepEqual(first.subarray(0, 32), second.subarray(0, 32));
    assert.deepEqual(first.subarray(0, 32), known.subarray(0, 32));
    assert.notDeepEqual(first.subarray(0, 32), other.subarray(0, 32));
    for (const [from, to] of [
      [32, 64],
      [64, 96],
      [96, 192],
      [192, 224],
      [224, 256],
      [256, 320],
    ]) {
      assert.notDeepEqual(first.subarray(from, to), second.subarray(from, to));
    }
    await assert.rejects(generateKE3(state, first, { ksf: identityKsf }), { fault: "envelope" });
  });

  it("hides the dummy answer under a masking key that nobody can guess", () => {
    const { ke1 } = generateKE1(PASSWORD);
    const { maskingNonce, maskedResponse } = readKE2(server.loginStart("ghost", null, ke1).ke2);
    const guess = new Uint8Array(SIZES.Nh);
    const pad = expand(guess, [maskingNonce, "CredentialResponsePad"], maskedResponse.length);
    assert.notDeepEqual(xor(pad, maskedResponse).subarray(0, SIZES.Npk), server.publicKey);
  });

  it("finds no proof in a KE3 for a dummy answer, nor in one of another login", () => {
    const { ke1 } = generateKE1(PASSWORD);
    const { state } = server.loginStart("ghost", null, ke1);
    assert.equal(server.loginFinish(state, new Uint8Array(WIRE.ke3)), undefined);
    assert.equal(server.loginFinish(state, new Uint8Array(WIRE.ke3).fill(0xa5)), undefined);
  });
});

/** someRecord is a well-formed record that no password opens. */
function someRecord(): Uint8Array {
  return put(new Uint8Array(WIRE.registrationUpload).fill(7), 0, publicKeyOf(randomScalar()));
}

function throws(fault: OpaqueFault, call: () => unknown): void {
  assert.throws(call, (error) => error instanceof OpaqueError && error.fault === fault);
}

function put(bytes: Uint8Array, offset: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part, offset);
  return copy;
}
