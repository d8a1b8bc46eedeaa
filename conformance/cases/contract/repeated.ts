// Every method called twice with the same request, and fifty times at once (spec/methods.md; the
// column "idempotent" of the table, C-37, I-01).

import { isDeepStrictEqual } from "node:util";
import type { Method } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { tableCaseOf } from "../methods/table.ts";
import type { Request } from "../requests/request.ts";
import { callMethod, featuresOf, kebab, validRequest, whenOf } from "../requests.ts";

const AT_ONCE = 50;

/** Fields of idempotent answers that may differ: they tell the first call, the time, or what others did. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  Enqueue: ["duplicate"],
  CreateChannel: ["wasNew"],
  RemoveMember: ["removed"],
  UpdateGroupMetadata: ["revision"],
  UnbanUser: ["success"],
  ListReports: ["reports"],
  ListBanned: ["banned"],
  ResolveUser: ["inclusionProof"],
  AuditKeyTransparency: ["entries", "treeSize", "root"],
  DeleteRecoveryBundle: ["success"],
  Health: ["uptimeSecs"],
  RelayEnqueue: ["seq", "duplicate"],
  RelayBatchEnqueue: ["seqs"],
  ProxyResolveUser: ["inclusionProof"],
};

/** What a repeated call may find changed by the first one. */
const SPENT: Readonly<Record<string, readonly Status[]>> = {
  OpaqueLoginFinish: [Status.Unauthorized],
  RevokeKey: [Status.Unauthorized],
  RevokeDevice: [Status.NotFound, Status.Unauthorized],
  DeleteAccount: [Status.Unauthorized],
};

/** repeatedCases are the two cases of a method. */
export function repeatedCases(method: Method): readonly Case[] {
  const allowed = [Status.Ok, ...(SPENT[method.name] ?? [])];
  const words = allowed.map(statusName).join(" or ");
  return [
    defineCase({
      ...common(method, "repeated"),
      sends: `the same valid ${method.name} twice`,
      expects: method.idempotent ? `Ok, then ${words} with the same answer` : `Ok, then ${words}`,
      checks: ["answer", "again", "alike"],
      async run(t) {
        const request = repeatable(await validRequest(t, method), method, t.bytes(16));
        const call = () => callMethod(request.caller, method, request.fields);
        const [first, second] = [await call(), await call()];
        t.status(first, Status.Ok);
        t.check("again", allowed.includes(second.status as Status), {
          expected: words,
          got: statusName(second.status),
        });
        t.check("alike", areAlike(t, method, first, second), {
          expected: "the answer to the first call",
          got: "another one",
        });
      },
    }),

    defineCase({
      ...common(method, "parallel"),
      sends: `the same valid ${method.name} ${AT_ONCE} times at once, then another valid one`,
      expects: `${words} to each, or RateLimited; Ok to one at least unless all are limited; Ok to the last`,
      checks: ["answers", "one-ok", "connection-lives", "answer"],
      async run(t) {
        // So many reports a day are nobody's whom another case needs.
        const maker = method.name === "ReportMessage" ? { ...t, user: t.newUser } : t;
        const request = repeatable(await validRequest(maker, method), method, t.bytes(16));
        const peer = await t.peer();
        const calls = Array.from({ length: AT_ONCE }, () =>
          callMethod(request.caller, method, request.fields, { paced: false }),
        );
        const statuses = (await Promise.all(calls)).map(({ status }) => status as Status);
        const strange = statuses.filter(
          (status) => !allowed.includes(status) && status !== Status.RateLimited,
        );
        t.check("answers", strange.length === 0, {
          expected: `${words}, or RateLimited`,
          got: `${strange.length} others: ${[...new Set(strange)].map(statusName).join(", ")}`,
        });
        const isLimited = statuses.every((status) => status === Status.RateLimited);
        const evidence = { expected: "Ok once", got: "never" };
        t.check("one-ok", statuses.includes(Status.Ok) || isLimited, evidence);
        await t.connectionLives(peer);
        const next = await validRequest(t, method);
        t.status(await callMethod(next.caller, method, next.fields), Status.Ok);
      },
    }),
  ];
}

function common(method: Method, topic: string) {
  return {
    id: `methods.${topic}.${method.id}-${kebab(method.name)}`,
    rules: ["methods.table"],
    features: [...new Set([...featuresOf(method), "health" as const])],
    when: whenOf(method),
    twin: tableCaseOf(method),
    errata: method.idempotent ? ["I-01"] : [],
  } satisfies Partial<CaseSpec>;
}

// A post is idempotent under its message_id only (C-37).
function repeatable(request: Request, method: Method, messageId: Uint8Array): Request {
  const isPost = method.input.fields.some(({ name }) => name === "message_id");
  const isReport = method.family === "moderation";
  if (!isPost || isReport) return request;
  return { ...request, fields: { ...request.fields, messageId } };
}

function areAlike(t: Trial, method: Method, first: Answer, second: Answer): boolean {
  const isRead = method.provenance === "documented" || t.profile.reconstructed === "draft";
  if (!method.idempotent || !isRead || second.status !== Status.Ok) return true;
  return isDeepStrictEqual(steady(method, first), steady(method, second));
}

function steady({ name }: Method, answer: Answer): object {
  const volatile = VOLATILE[name] ?? [];
  const fields = Object.entries(answer.message());
  return Object.fromEntries(fields.filter(([field]) => !volatile.includes(field)));
}
