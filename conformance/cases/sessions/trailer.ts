// A token in the body that is valid: where it may stand, and what it decides (spec/sessions.md).

import { AuthService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { readInbox } from "../auth/steps.ts";
import { hex } from "../bytes.ts";
import { accessToken, auth, BOTH, recipient, TRAILER, trailer } from "./trailer-bytes.ts";

const { fetch } = DeliveryService.method;

const LIMIT = hex("1801"); // field 3 of FetchRequest, limit: 1

/** Encodings of one Fetch with one trailer, or two that are one when they are merged. */
const ENCODINGS: readonly {
  id: string;
  what: string;
  payload: (key: Uint8Array, token: Uint8Array) => readonly Uint8Array[];
}[] = [
  {
    id: "before-the-fields",
    what: "the trailer before recipient_key",
    payload: (key, token) => [trailer(token), recipient(key)],
  },
  {
    id: "between-the-fields",
    what: "the trailer between recipient_key and limit",
    payload: (key, token) => [recipient(key), trailer(token), LIMIT],
  },
  {
    id: "empty-one-first",
    what: "an empty Auth, then the trailer",
    payload: (key, token) => [recipient(key), auth(), trailer(token)],
  },
  {
    id: "empty-one-last",
    what: "the trailer, then an empty Auth",
    payload: (key, token) => [recipient(key), trailer(token), auth()],
  },
  {
    id: "around-the-fields",
    what: "the trailer before the fields, an empty Auth after them",
    payload: (key, token) => [trailer(token), recipient(key), auth()],
  },
  {
    id: "last-token-wins",
    what: "a trailer with a token that nobody has, then the right one",
    payload: (key, token) => [recipient(key), trailer(other(token)), trailer(token)],
  },
  {
    id: "last-token-wins-within",
    what: "one Auth with two access_tokens, the right one last",
    payload: (key, token) => [recipient(key), auth(accessToken(other(token)), accessToken(token))],
  },
  {
    id: "unknown-field-within",
    what: "an Auth with an unknown field 99 before the access_token",
    payload: (key, token) => [recipient(key), auth(hex("980601"), accessToken(token))],
  },
  {
    id: "empty-device-id",
    what: "an Auth with an empty device_id",
    payload: (key, token) => [recipient(key), auth(accessToken(token), hex("1200"))],
  },
];

function other(token: Uint8Array): Uint8Array {
  return token.map((byte) => byte ^ 0xff);
}

const trailerCase = (spec: CaseSpec): Case =>
  defineCase({
    features: ["auth", "delivery"],
    when: TRAILER,
    errata: ["C-20", "I-13"],
    ...spec,
  });

export const trailerCases: readonly Case[] = [
  trailerCase({
    id: "sessions.trailer.fresh-connection",
    rules: ["sessions.trailer"],
    sends: "a Fetch with 7a 22 0a 20 and the token behind it, on a connection without a login",
    expects: "Ok",
    tier: "smoke",
    async run(t) {
      const alice = await t.user();
      const peer = await t.peer();
      const payload = Buffer.concat([recipient(alice.key), hex("7a220a20"), alice.token]);
      t.status(await peer.callBytes(fetch, payload), Status.Ok);
    },
  }),

  trailerCase({
    id: "sessions.trailer.own-connection",
    rules: ["sessions.trailer"],
    sends: "a Fetch with the token of the login on the connection of the login",
    expects: "Ok",
    async run(t) {
      const alice = await t.user();
      t.status(await readInbox(alice.peer, alice.key, { token: alice.token }), Status.Ok);
    },
  }),

  ...ENCODINGS.map(({ id, what, payload }) =>
    trailerCase({
      id: `sessions.trailer.${id}`,
      rules: ["sessions.trailer-merge"],
      sends: `a Fetch with ${what}, on a connection without a login`,
      expects: "Ok",
      async run(t) {
        const alice = await t.user();
        const peer = await t.peer();
        const bytes = Buffer.concat(payload(alice.key, alice.token));
        t.status(await peer.callBytes(fetch, bytes), Status.Ok);
      },
    }),
  ),

  trailerCase({
    id: "sessions.trailer.last-token-wrong",
    rules: ["sessions.trailer-merge", "sessions.unauthorized"],
    twin: "sessions.trailer.last-token-wins",
    sends: "a Fetch with the right trailer, then one with a token that nobody has",
    expects: "Unauthorized: the last one counts",
    async run(t) {
      const alice = await t.user();
      const peer = await t.peer();
      const parts = [recipient(alice.key), trailer(alice.token), trailer(other(alice.token))];
      t.refused(await peer.callBytes(fetch, Buffer.concat(parts)), Status.Unauthorized);
    },
  }),

  trailerCase({
    id: "sessions.trailer.wins-over-binding",
    rules: ["sessions.body-wins"],
    when: BOTH,
    errata: ["C-20", "I-12"],
    sends: "a Fetch of B's inbox with B's token on A's connection",
    expects: "Ok",
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      t.status(await readInbox(a.peer, b.key, { token: b.token }), Status.Ok);
    },
  }),

  trailerCase({
    id: "sessions.trailer.not-the-binding",
    rules: ["sessions.body-wins", "sessions.own-identity"],
    twin: "sessions.trailer.wins-over-binding",
    when: BOTH,
    errata: ["C-20", "I-12"],
    sends: "a Fetch of A's inbox with B's token on A's connection",
    expects: "Forbidden (or Unauthorized): the call is B's",
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const answer = await readInbox(a.peer, a.key, { token: b.token });
      t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
    },
  }),

  trailerCase({
    id: "sessions.trailer.sides-by-side",
    rules: ["sessions.body-wins"],
    errata: ["C-20", "I-12"],
    sends: "20 Fetches at once on one connection, with the tokens of A and B in turn",
    expects: "Ok for each, whoever else is calling",
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const callers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b));
      const answers = await Promise.all(
        callers.map(({ key, token }) => readInbox(peer, key, { token })),
      );
      const good = answers.filter(({ status }) => status === Status.Ok).length;
      t.check("answer", good === 20, { expected: "20 times Ok", got: `${good} times Ok` });
    },
  }),

  trailerCase({
    id: "sessions.trailer.at-login-finish",
    rules: ["sessions.open-methods-ignore", "sessions.binding"],
    when: BOTH,
    errata: ["I-13"],
    sends: "A's OpaqueLoginFinish with B's token in the body, then a Fetch of A without a token",
    expects: "Ok for both: the session is A's",
    checks: ["login", "answer"],
    async run(t) {
      const [a, b] = [await t.user(), await t.user()];
      const peer = await t.peer();
      const finish = await beginLogin(peer, a.account);
      const { opaqueLoginFinish } = AuthService.method;
      const { status } = await peer.call(opaqueLoginFinish, finish, { token: b.token });
      t.demand("login", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      t.status(await readInbox(peer, a.key), Status.Ok);
    },
  }),
];
