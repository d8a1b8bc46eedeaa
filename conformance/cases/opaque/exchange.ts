// The exchange itself, with the parameters of the spec: spec/crypto/opaque.md.

import { ristretto255 } from "@noble/curves/ed25519.js";
import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk, newAccount, newUsername, opened } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { GENERATOR, ke1Of, same, spell } from "../auth/steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;

const opaqueCase = (spec: CaseSpec): Case => defineCase({ features: ["auth"], ...spec });

export const exchangeCases: readonly Case[] = [
  opaqueCase({
    id: "opaque.exchange.both-rounds",
    rules: ["opaque.parameters", "opaque.setup-persisted"],
    sends: "a registration and a login, run with the parameters of the spec",
    expects: "Ok; both give the client the same export key and the same server public key",
    checks: ["answer", "export-key", "server-key"],
    tier: "smoke",
    errata: ["C-25", "C-26"],
    async run(t) {
      const peer = await t.peer();
      const { username, password, identityKey, opaque } = newAccount();
      const registration = opaque.startRegistration(password);
      const response = await element(peer, username, registration.request);
      const sealed = await opened("OpaqueRegisterStart", registration.finish(response));
      const { upload } = sealed;
      const stored = await peer.call(opaqueRegisterFinish, { username, upload, identityKey });
      demandOk(stored, "OpaqueRegisterFinish");
      const exchange = opaque.startLogin(password);
      const answered = await ke2(peer, username, exchange.ke1);
      const proved = await opened("OpaqueLoginStart", exchange.finish(answered));
      const { finalization } = proved;
      const answer = await peer.call(opaqueLoginFinish, { username, finalization, identityKey });
      t.status(answer, Status.Ok);
      equal(t, "export-key", sealed.exportKey, proved.exportKey);
      equal(t, "server-key", sealed.serverPublicKey, proved.serverPublicKey);
    },
  }),

  opaqueCase({
    id: "opaque.exchange.evaluation-is-a-multiplication",
    rules: ["opaque.parameters"],
    sends: "an element G, and 2G, for one name",
    expects: "an element E, and 2E: the bare OPRF evaluation of RFC 9497",
    errata: ["C-26"],
    async run(t) {
      const peer = await t.peer();
      const username = newUsername();
      const one = (await element(peer, username, GENERATOR)).subarray(0, 32);
      const two = (await element(peer, username, twice(GENERATOR))).subarray(0, 32);
      equal(t, "answer", twice(one), two);
    },
  }),

  opaqueCase({
    id: "opaque.oprf-key.same-at-login",
    rules: ["opaque.oprf-key"],
    sends: "one element for one name, at 100 and within a KE1 at 102",
    expects: "the same evaluated element",
    errata: ["C-26", "C-109"],
    async run(t) {
      const { account } = await t.user();
      const { username } = account;
      const peer = await t.peer();
      const registered = (await element(peer, username, GENERATOR)).subarray(0, 32);
      equal(t, "answer", registered, (await ke2(peer, username, ke1Of(t))).subarray(0, 32));
    },
  }),

  opaqueCase({
    id: "opaque.oprf-key.other-name-at-login",
    rules: ["opaque.oprf-key"],
    sends: "one KE1 for two registered names",
    expects: "two evaluated elements",
    errata: ["C-26"],
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const request = ke1Of(t);
      const [one, other] = [
        await ke2(peer, a.account.username, request),
        await ke2(peer, b.account.username, request),
      ].map((response) => response.subarray(0, 32)) as [Uint8Array, Uint8Array];
      t.check("answer", !same(one, other), {
        expected: "elements that differ",
        got: spell(one),
      });
    },
  }),

  opaqueCase({
    id: "opaque.oprf-key.other-name-unknown",
    rules: ["opaque.oprf-key", "opaque.dummy-record"],
    sends: "one KE1 for two names that nobody has",
    expects: "two evaluated elements, as for registered names",
    errata: ["C-26"],
    async run(t) {
      const peer = await t.peer();
      const request = ke1Of(t);
      const one = (await ke2(peer, newUsername(), request)).subarray(0, 32);
      const other = (await ke2(peer, newUsername(), request)).subarray(0, 32);
      t.check("answer", !same(one, other), {
        expected: "elements that differ",
        got: spell(one),
      });
    },
  }),

  opaqueCase({
    id: "opaque.setup.one-server-key",
    rules: ["opaque.setup-persisted"],
    sends: "elements for three names on three connections",
    expects: "one server public key in all answers",
    async run(t) {
      const keys: Uint8Array[] = [];
      for (let i = 0; i < 3; i++) {
        const response = await element(await t.peer(), newUsername(), GENERATOR);
        keys.push(response.subarray(32));
      }
      const [first, ...others] = keys.map(spell);
      const got = others.join(", ");
      const one = others.every((key) => key === first);
      t.check("answer", one, { expected: first ?? "a key", got });
    },
  }),

  opaqueCase({
    id: "opaque.setup.survives-restart",
    rules: ["opaque.setup-persisted"],
    hooks: ["restart"],
    sends: "one element for one name, before a restart of the server and after",
    expects: "the same evaluated element and the same server public key",
    errata: ["I-25"],
    async run(t) {
      const username = newUsername();
      const before = await element(await t.peer(), username, GENERATOR);
      await t.hook("restart");
      equal(t, "answer", before, await element(await t.peer(), username, GENERATOR));
    },
  }),
];

async function element(peer: Peer, username: string, request: Uint8Array): Promise<Uint8Array> {
  const start = await peer.call(opaqueRegisterStart, { username, request });
  demandOk(start, "OpaqueRegisterStart");
  return start.message().response;
}

async function ke2(peer: Peer, username: string, request: Uint8Array): Promise<Uint8Array> {
  const start = await peer.call(opaqueLoginStart, { username, request });
  demandOk(start, "OpaqueLoginStart");
  return start.message().response;
}

// Nothing, when it is no element.
function twice(encoded: Uint8Array): Uint8Array {
  try {
    return ristretto255.Point.fromBytes(encoded).double().toBytes();
  } catch {
    return new Uint8Array(0);
  }
}

function equal(t: Trial, id: string, expected: Uint8Array, got: Uint8Array): void {
  t.check(id, same(expected, got), { expected: spell(expected), got: spell(got) });
}
