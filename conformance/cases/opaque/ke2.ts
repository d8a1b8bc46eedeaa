// What the server answers to KE1: its bytes, its freshness, and the answer for a name without a record
// (spec/crypto/opaque.md).

import { OpaqueError } from "../../../src/crypto/opaque/error.ts";
import { generateKE1, generateKE3 } from "../../../src/crypto/opaque/noble/client.ts";
import { readKE2, readRegistrationResponse } from "../../../src/crypto/opaque/noble/messages.ts";
import { deserializeElement } from "../../../src/crypto/opaque/noble/oprf.ts";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newUsername } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { GENERATOR, ke1Of, same, spell } from "../auth/steps.ts";

const { opaqueRegisterStart, opaqueLoginStart } = AuthService.method;

const opaqueCase = (spec: CaseSpec): Case => defineCase({ features: ["auth"], ...spec });

export const ke2Cases: readonly Case[] = [
  opaqueCase({
    id: "opaque.bytes.registration-response",
    rules: ["opaque.wire-sizes"],
    sends: "an element at 100",
    expects: "two raw ristretto255 elements: evaluated element and server public key",
    checks: ["answer", "elements"],
    errata: ["C-26"],
    async run(t) {
      const peer = await t.peer();
      const request = { username: newUsername(), request: GENERATOR };
      const answer = await peer.call(opaqueRegisterStart, request);
      t.status(answer, Status.Ok);
      const fields = () => readRegistrationResponse(answer.message().response);
      elements(t, () => Object.entries(fields()));
    },
  }),

  opaqueCase({
    id: "opaque.bytes.ke2",
    rules: ["opaque.wire-sizes"],
    sends: "a KE1 for a registered name",
    expects: "raw ristretto255 elements at byte 0 and byte 224 of 320",
    checks: ["answer", "elements"],
    errata: ["C-26"],
    async run(t) {
      const { account } = await t.user();
      await readable(t, account.username);
    },
  }),

  opaqueCase({
    id: "opaque.bytes.ke2-unknown-name",
    rules: ["opaque.dummy-record", "opaque.wire-sizes"],
    sends: "a KE1 for a name that nobody has",
    expects: "320 bytes with raw ristretto255 elements at byte 0 and byte 224",
    checks: ["answer", "elements"],
    run: (t) => readable(t, newUsername()),
  }),

  opaqueCase({
    id: "opaque.fresh.known-name",
    rules: ["opaque.fresh-response"],
    sends: "one KE1 twice for a registered name",
    expects: "other nonces and another server key share",
    checks: ["masking-nonce", "server-nonce", "key-share"],
    async run(t) {
      const { account } = await t.user();
      await fresh(t, account.username);
    },
  }),

  opaqueCase({
    id: "opaque.fresh.unknown-name",
    rules: ["opaque.fresh-response", "opaque.dummy-record"],
    sends: "one KE1 twice for a name that nobody has",
    expects: "other nonces and another server key share",
    checks: ["masking-nonce", "server-nonce", "key-share"],
    run: (t) => fresh(t, newUsername()),
  }),

  opaqueCase({
    id: "opaque.dummy.opens-to-nobody",
    rules: ["opaque.dummy-record"],
    sends: "logins with three passwords for a name that nobody has",
    expects: "no KE2 that a password opens",
    checks: ["answer", "empty", "word", "password"],
    async run(t) {
      const peer = await t.peer();
      const username = newUsername();
      for (const [id, password] of [
        ["empty", ""],
        ["word", "password"],
        ["password", username],
      ] as const) {
        const { ke1, state } = generateKE1(Buffer.from(password));
        const start = await peer.call(opaqueLoginStart, { username, request: ke1 });
        if (id === "empty") t.status(start, Status.Ok);
        const opened = generateKE3(state, start.message().response);
        const fault = await opened.then(() => undefined, faultOf);
        t.check(id, fault === "envelope", {
          expected: "an envelope that does not open",
          got: fault ?? "an envelope that opens",
        });
      }
    },
  }),
];

function faultOf(error: unknown): string {
  if (error instanceof OpaqueError) return error.fault;
  throw error;
}

async function readable(t: Trial, username: string): Promise<void> {
  const peer = await t.peer();
  const answer = await peer.call(opaqueLoginStart, { username, request: ke1Of(t) });
  t.status(answer, Status.Ok);
  elements(t, () => {
    const { evaluatedMessage, serverPublicKeyshare } = readKE2(answer.message().response);
    return Object.entries({ evaluatedMessage, serverPublicKeyshare });
  });
}

// A wrong length or an encoding that is no element is what the check is for.
function elements(t: Trial, read: () => readonly (readonly [string, Uint8Array])[]): void {
  let fault = "";
  try {
    for (const [name, bytes] of read()) deserializeElement(bytes, name);
  } catch (error) {
    if (!(error instanceof OpaqueError)) throw error;
    fault = error.message;
  }
  t.check("elements", fault === "", { expected: "elements of ristretto255", got: fault });
}

async function fresh(t: Trial, username: string): Promise<void> {
  const peer = await t.peer();
  const request = ke1Of(t);
  const ask = async () => {
    const answer = await peer.call(opaqueLoginStart, { username, request });
    return answer.message().response;
  };
  const [one, other] = [await ask(), await ask()];
  differs(t, "masking-nonce", one.subarray(32, 64), other.subarray(32, 64));
  differs(t, "server-nonce", one.subarray(192, 224), other.subarray(192, 224));
  differs(t, "key-share", one.subarray(224, 256), other.subarray(224, 256));
}

function differs(t: Trial, id: string, one: Uint8Array, other: Uint8Array): void {
  t.check(id, !same(one, other), { expected: "two values", got: `twice ${spell(one)}` });
}
