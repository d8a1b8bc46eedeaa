// The operator token: no identity, and good for administration alone (spec/sessions.md; C-22, I-22).
// What it opens and what it does not is a case per method, made from the method table.

import { HealthService, ModerationService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { flipped, readInbox } from "../auth/steps.ts";
import { BOTH, TRAILER } from "./trailer-bytes.ts";

const { listBanned } = ModerationService.method;

const operatorCase = (spec: CaseSpec): Case =>
  defineCase({
    twin: "moderation.list-banned.operator-token",
    errata: ["C-22", "I-22"],
    ...spec,
    features: ["auth", "moderation", ...(spec.features ?? [])],
    when: { ...TRAILER, reconstructed: ["draft"], moderation: ["on"], ...spec.when },
  });

/** Tokens that differ a little from the operator's. */
const WRONG = [
  ["last-byte-changed", (token: Uint8Array) => flipped(token, -1)],
  ["first-byte-changed", (token: Uint8Array) => flipped(token, 0)],
  ["one-byte-less", (token: Uint8Array) => token.subarray(0, -1)],
  ["one-byte-more", (token: Uint8Array) => Buffer.concat([token, Uint8Array.of(0)])],
] as const;

export const operatorCases: readonly Case[] = [
  ...WRONG.map(([slug, spoil]) =>
    operatorCase({
      id: `sessions.operator-token.${slug}`,
      rules: ["sessions.operator-token", "sessions.unauthorized"],
      sends: `ListBanned with the operator token, ${slug.replaceAll("-", " ")}`,
      expects: "Unauthorized",
      async run(t) {
        const token = spoil(t.operatorToken());
        const answer = await (await t.peer()).call(listBanned, {}, { token });
        t.refused(answer, Status.Unauthorized);
      },
    }),
  ),

  operatorCase({
    id: "sessions.operator-token.never-binds",
    rules: ["sessions.operator-token", "sessions.body-never-binds"],
    sends: "ListBanned with the operator token, then without it on the same connection",
    expects: "Ok, then Unauthorized",
    checks: ["with", "answer"],
    async run(t) {
      const [peer, token] = [await t.peer(), t.operatorToken()];
      const { status } = await peer.call(listBanned, {}, { token });
      t.check("with", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      t.refused(await peer.call(listBanned, {}), Status.Unauthorized);
    },
  }),

  operatorCase({
    id: "sessions.operator-token.leaves-the-binding",
    rules: ["sessions.operator-token", "sessions.body-never-binds", "moderation.admin-only"],
    features: ["delivery"],
    when: BOTH,
    sends: "on a bound connection: ListBanned with the operator token, then without; a Fetch",
    expects: "Ok, Forbidden for the user is no administrator, Ok",
    checks: ["with", "answer", "binding"],
    async run(t) {
      const [alice, token] = [await t.user(), t.operatorToken()];
      const { status } = await alice.peer.call(listBanned, {}, { token });
      t.check("with", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      t.refused(await alice.peer.call(listBanned, {}), Status.Forbidden);
      const bound = await readInbox(alice.peer, alice.key);
      t.check("binding", bound.status === Status.Ok, {
        expected: "Ok",
        got: statusName(bound.status),
      });
    },
  }),

  operatorCase({
    id: "sessions.operator-token.health",
    rules: ["sessions.operator-token", "sessions.open-methods-ignore"],
    features: ["health"],
    sends: "Health with the operator token",
    expects: "Ok",
    async run(t) {
      const token = t.operatorToken();
      t.status(await (await t.peer()).call(HealthService.method.health, {}, { token }), Status.Ok);
    },
  }),
];
