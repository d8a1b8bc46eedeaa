// Tokens in the body that are none: on a bound connection they must not fall back to its session
// (spec/sessions.md).

import { createHash } from "node:crypto";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { flipped, readInbox } from "../auth/steps.ts";
import { hex } from "../bytes.ts";
import { BOTH, recipient, TRAILER } from "./trailer-bytes.ts";

const { enqueue, fetch } = DeliveryService.method;

/** What is made of a valid token. */
const INVALID: readonly { id: string; what: string; spoil: (token: Uint8Array) => Uint8Array }[] = [
  {
    id: "unknown",
    what: "32 bytes that no login gave",
    spoil: (token) => token.map((byte) => byte ^ 0xff),
  },
  {
    id: "first-byte-changed",
    what: "a token with its first byte changed",
    spoil: (token) => flipped(token, 0),
  },
  {
    id: "last-byte-changed",
    what: "a token with its last byte changed",
    spoil: (token) => flipped(token, -1),
  },
  { id: "zeros", what: "32 zero bytes", spoil: () => new Uint8Array(32) },
  { id: "1-byte", what: "the first byte of a token", spoil: (token) => token.subarray(0, 1) },
  {
    id: "31-bytes",
    what: "the first 31 bytes of a token",
    spoil: (token) => token.subarray(0, 31),
  },
  {
    id: "33-bytes",
    what: "a token with a zero byte behind it",
    spoil: (token) => Buffer.concat([token, hex("00")]),
  },
  {
    id: "sha-256",
    what: "SHA-256 of a token",
    spoil: (token) => createHash("sha256").update(token).digest(),
  },
];

/** Ways to write an Auth without a token (I-12). */
const EMPTY = [
  { id: "no-field", what: "7a 00, an Auth without fields", bytes: hex("7a00") },
  { id: "empty-field", what: "7a 02 0a 00, an empty access_token", bytes: hex("7a020a00") },
] as const;

const tokenCase = (spec: CaseSpec): Case =>
  defineCase({
    features: ["auth", "delivery"],
    when: TRAILER,
    errata: ["C-20", "I-12"],
    ...spec,
  });

export const invalidTokenCases: readonly Case[] = [
  ...INVALID.map(({ id, what, spoil }) =>
    tokenCase({
      id: `sessions.invalid-token.${id}`,
      rules: ["sessions.unauthorized"],
      twin: "sessions.trailer.fresh-connection",
      sends: `a Fetch with ${what} on a connection without a login`,
      expects: "Unauthorized",
      async run(t) {
        const alice = await t.user();
        const peer = await t.peer();
        const answer = await readInbox(peer, alice.key, { token: spoil(alice.token) });
        t.refused(answer, Status.Unauthorized);
      },
    }),
  ),

  ...INVALID.map(({ id, what, spoil }) =>
    tokenCase({
      id: `sessions.invalid-token-bound.${id}`,
      rules: ["sessions.invalid-body-token"],
      twin: "sessions.trailer.own-connection",
      when: BOTH,
      sends: `a Fetch with ${what} on the connection of the login`,
      expects: "Unauthorized, never as the session of the connection; a call without it is Ok",
      checks: ["answer", "binding"],
      async run(t) {
        const alice = await t.user();
        const answer = await readInbox(alice.peer, alice.key, { token: spoil(alice.token) });
        t.refused(answer, Status.Unauthorized);
        const { status } = await readInbox(alice.peer, alice.key);
        t.check("binding", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      },
    }),
  ),

  tokenCase({
    id: "sessions.invalid-token-bound.nothing-is-done",
    rules: ["sessions.invalid-body-token"],
    twin: "delivery.enqueue.round-trip",
    when: BOTH,
    sends: "an Enqueue with an unknown token on a bound connection",
    expects: "Unauthorized, and nothing in the inbox",
    checks: ["answer", "inbox"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const message = { recipientKey: bob.key, payload: t.bytes(20) };
      const answer = await alice.peer.call(enqueue, message, { token: t.bytes(32) });
      t.refused(answer, Status.Unauthorized);
      const { payloads } = (await readInbox(bob, bob.key)).message();
      t.check("inbox", payloads.length === 0, {
        expected: "nothing",
        got: `${payloads.length} messages`,
      });
    },
  }),

  ...EMPTY.flatMap(({ id, what, bytes }) => [
    tokenCase({
      id: `sessions.empty-token.${id}`,
      rules: ["sessions.empty-token"],
      when: BOTH,
      sends: `a Fetch with ${what}, on the connection of the login`,
      expects: "Ok: the binding counts",
      async run(t) {
        const alice = await t.user();
        const payload = Buffer.concat([recipient(alice.key), bytes]);
        t.status(await alice.peer.callBytes(fetch, payload), Status.Ok);
      },
    }),
    tokenCase({
      id: `sessions.empty-token.${id}-unbound`,
      rules: ["sessions.empty-token", "sessions.unauthorized"],
      twin: "sessions.trailer.fresh-connection",
      sends: `a Fetch with ${what}, on a connection without a login`,
      expects: "Unauthorized",
      async run(t) {
        const alice = await t.user();
        const peer = await t.peer();
        const payload = Buffer.concat([recipient(alice.key), bytes]);
        t.refused(await peer.callBytes(fetch, payload), Status.Unauthorized);
      },
    }),
  ]),
];
