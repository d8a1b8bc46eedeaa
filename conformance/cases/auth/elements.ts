// Group elements that are none, in the three places where a client sends one: spec/services/auth.md.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey, newUsername } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { hex } from "../bytes.ts";
import { GENERATOR, isRegistered, ke1Of, spellRegistration, uploadOf } from "./steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart } = AuthService.method;

/** Encodings that ristretto255 refuses (RFC 9496 section 4.3.1), and the identity (RFC 9807, 10.7). */
const NO_ELEMENT = [
  { id: "identity", what: "the identity, 32 zero bytes", bytes: hex("00".repeat(32)) },
  {
    id: "field-prime",
    what: "the field prime 2^255 - 19, a second zero",
    bytes: hex("ed", "ff".repeat(30), "7f"),
  },
  {
    id: "high-bit",
    what: "the generator with bit 255 set",
    bytes: hex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6"),
  },
  { id: "negative", what: "1, a negative field element", bytes: hex("01", "00".repeat(31)) },
  { id: "not-square", what: "2, which is on no point", bytes: hex("02", "00".repeat(31)) },
] as const;

interface Place {
  /** Second segment of the case ids. */
  readonly method: string;
  readonly part: string;
  readonly where: string;
  readonly rule: RuleSlug;
  readonly send: (t: Trial, peer: Peer, element: Uint8Array) => ReturnType<Peer["call"]>;
}

const STARTS: readonly Place[] = [
  {
    method: "register-start",
    part: "element",
    where: "the request of 100",
    rule: "auth.request-malformed",
    send: (_, peer, request) =>
      peer.call(opaqueRegisterStart, { username: newUsername(), request }),
  },
  {
    method: "login-start",
    part: "element",
    where: "the blinded element of KE1",
    rule: "auth.request-malformed",
    send: (t, peer, element) =>
      peer.call(opaqueLoginStart, { username: newUsername(), request: ke1Of(t, element) }),
  },
  {
    method: "login-start",
    part: "key-share",
    where: "the client key share of KE1",
    rule: "opaque.parameters",
    send: (t, peer, keyShare) => {
      const request = Buffer.concat([ke1Of(t).subarray(0, 64), keyShare]);
      return peer.call(opaqueLoginStart, { username: newUsername(), request });
    },
  },
];

export const elementCases: readonly Case[] = [
  ...STARTS.flatMap(({ method, part, where, rule, send }) => [
    defineCase({
      id: `auth.${method}.${part}-generator`,
      rules: [rule],
      features: ["auth"],
      sends: `the generator of ristretto255 as ${where}`,
      expects: "Ok",
      errata: ["C-26"],
      async run(t) {
        t.status(await send(t, await t.peer(), GENERATOR), Status.Ok);
      },
    }),
    // RFC 9807 section 10.7 speaks of every element; which status a bad key share gets, no rule says.
    ...NO_ELEMENT.map(({ id, what, bytes }) =>
      defineCase({
        id: `auth.${method}.${part}-${id}`,
        rules: part === "element" ? [rule] : [rule, "auth.request-malformed"],
        twin: `auth.${method}.${part}-generator`,
        features: ["auth"],
        sends: `${what}, as ${where}`,
        expects: part === "element" ? "BadRequest" : "BadRequest or Unauthorized",
        errata: ["C-26"],
        async run(t) {
          const accepted = [
            Status.BadRequest,
            ...(part === "element" ? [] : [Status.Unauthorized]),
          ];
          t.refused(await send(t, await t.peer(), bytes), accepted);
        },
      }),
    ),
  ]),

  defineCase({
    id: "auth.register-finish.client-key-generator",
    rules: ["auth.upload-malformed"],
    features: ["auth"],
    sends: "an upload whose client public key is the generator of ristretto255",
    expects: "Ok with success = true",
    errata: ["C-26"],
    async run(t) {
      const answer = await finish(await t.peer(), newUsername(), uploadOf(t));
      t.check("answer", isRegistered(answer), {
        expected: "success = true",
        got: spellRegistration(answer),
      });
    },
  }),
  ...NO_ELEMENT.map(({ id, what, bytes }) =>
    defineCase({
      id: `auth.register-finish.client-key-${id}`,
      rules: ["auth.upload-malformed"],
      twin: "auth.register-finish.client-key-generator",
      features: ["auth"],
      sends: `an upload whose client public key is ${what}; then a good one for the same name`,
      expects: "BadRequest and nothing stored, then success = true",
      checks: ["answer", "name-free"],
      errata: ["C-26"],
      async run(t) {
        const peer = await t.peer();
        const username = newUsername();
        t.refused(await finish(peer, username, uploadOf(t, bytes)), Status.BadRequest);
        const answer = await finish(peer, username, uploadOf(t));
        t.check("name-free", isRegistered(answer), {
          expected: "success = true",
          got: spellRegistration(answer),
        });
      },
    }),
  ),
];

async function finish(peer: Peer, username: string, upload: Uint8Array) {
  await peer.call(opaqueRegisterStart, { username, request: GENERATOR });
  return peer.call(opaqueRegisterFinish, { username, upload, identityKey: newIdentityKey() });
}
