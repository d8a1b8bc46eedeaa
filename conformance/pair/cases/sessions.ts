// Who a call is made by, and refusals that come through (spec/sessions.md, spec/status.md).

import { DeliveryService, UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { definePairCase, type PairCase } from "../case.ts";

const { peek, enqueue } = DeliveryService.method;
const { resolveUser } = UserService.method;

export const sessionCases: readonly PairCase[] = [
  definePairCase({
    id: "pair-sessions.trailer.own-inbox",
    rules: ["sessions.trailer"],
    features: ["auth", "delivery"],
    sends: "Peek with a token of the inbox's owner in the body",
    expects: "Ok",
    async run(t) {
      const user = await t.user();
      const on = await t.open();
      const { key: recipientKey, token } = user;
      t.answered(await t.call(on, peek, { recipientKey }, { token }), Status.Ok);
    },
  }),

  definePairCase({
    id: "pair-sessions.trailer.two-users",
    rules: ["sessions.body-wins"],
    features: ["auth", "delivery"],
    sends: "Peek for two users on one connection at once, each with its own token",
    expects: "Ok for both",
    checks: ["one", "other"],
    async run(t) {
      const users = [await t.user(), await t.user()];
      const on = await t.open();
      const calls = users.map(({ key: recipientKey, token }) =>
        t.call(on, peek, { recipientKey }, { token }),
      );
      const [one, other] = await Promise.all(calls);
      if (one) t.answered(one, Status.Ok, undefined, "one");
      if (other) t.answered(other, Status.Ok, undefined, "other");
    },
  }),

  definePairCase({
    id: "pair-sessions.none.unauthorized",
    rules: ["sessions.unauthorized"],
    features: ["auth", "delivery"],
    sends: "Peek without a token",
    expects: "Unauthorized",
    async run(t) {
      const { key: recipientKey } = await t.user();
      t.answered(await t.call(await t.open(), peek, { recipientKey }), Status.Unauthorized);
    },
  }),

  definePairCase({
    id: "pair-sessions.trailer.unknown-token",
    rules: ["sessions.invalid-body-token"],
    features: ["auth", "delivery"],
    sends: "Peek with 32 bytes that are no token",
    expects: "Unauthorized",
    async run(t) {
      const { key: recipientKey } = await t.user();
      const token = t.bytes(32);
      const on = await t.open();
      t.answered(await t.call(on, peek, { recipientKey }, { token }), Status.Unauthorized);
    },
  }),

  definePairCase({
    id: "pair-sessions.refusal.foreign-inbox",
    rules: ["sessions.own-identity"],
    features: ["auth", "delivery"],
    sends: "Peek on the inbox of somebody else",
    expects: "Forbidden, or Unauthorized",
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      const reply = await t.call(on, peek, { recipientKey: bob.key }, { token: alice.token });
      const status = "ok" in reply ? reply.ok.status : undefined;
      const isRefused = status === Status.Forbidden || status === Status.Unauthorized;
      t.check("answer", isRefused, { expected: "Forbidden", got: JSON.stringify(reply) });
    },
  }),

  definePairCase({
    id: "pair-sessions.refusal.bad-request",
    rules: ["status.bad-request"],
    features: ["auth", "delivery"],
    sends: "Enqueue for a key of 31 bytes, and one whose bytes are no message",
    expects: "BadRequest both times",
    checks: ["short", "undecodable"],
    async run(t) {
      const { token } = await t.user();
      const on = await t.open();
      const request = { recipientKey: t.bytes(31), payload: t.bytes(5) };
      const short = await t.call(on, enqueue, request, { token });
      t.answered(short, Status.BadRequest, undefined, "short");
      const undecodable = await on.call(methodOf(enqueue).id, Uint8Array.of(0x0a, 0x20, 1));
      t.answered(undecodable, Status.BadRequest, undefined, "undecodable");
    },
  }),

  definePairCase({
    id: "pair-sessions.refusal.not-found",
    rules: ["status.not-found"],
    features: ["auth", "user"],
    sends: "ResolveUser for a name that nobody has",
    expects: "NotFound",
    async run(t) {
      const { token } = await t.user();
      const username = `nobody-${Buffer.from(t.bytes(6)).toString("hex")}`;
      const on = await t.open();
      t.answered(await t.call(on, resolveUser, { username }, { token }), Status.NotFound);
    },
  }),
];
