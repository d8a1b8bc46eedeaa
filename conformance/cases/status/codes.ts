// Each status once, by its simplest cause (spec/status.md). What else leads to a status stands in the
// chapters of the methods.

import { AuthService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newUsername } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { BLINDED } from "../opaque-literals.ts";
import { expectUnknownMethod, UNKNOWN_METHOD_CHECKS } from "../unknown-method.ts";

const { opaqueRegisterStart } = AuthService.method;
const { fetch } = DeliveryService.method;

/** Numbers outside every category: the ends, the push events, and one whose bytes are swapped. */
const UNASSIGNED = [0, 1, 1000, 1001, 1002, 1003, 1004, 8707, 32768, 65535];

const BURST = 200;

export const codeCases: readonly Case[] = [
  defineCase({
    id: "status.ok.register-start",
    rules: ["status.ok"],
    features: ["auth"],
    sends: "a valid OpaqueRegisterStart",
    expects: "status 0 and OpaqueRegisterStartResponse with its 64 bytes",
    checks: ["answer", "message"],
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      const request = { username: newUsername(), request: BLINDED };
      const answer = await peer.call(opaqueRegisterStart, request);
      t.status(answer, Status.Ok);
      const { length } = answer.message().response;
      t.check("message", length === 64, { expected: "64 bytes", got: `${length} bytes` });
    },
  }),

  defineCase({
    id: "status.bad-request.empty-request",
    rules: ["status.bad-request", "auth.username", "auth.request-length"],
    features: ["auth"],
    twin: "status.ok.register-start",
    sends: "an OpaqueRegisterStart without any field",
    expects: "status 1",
    async run(t) {
      const peer = await t.peer();
      t.refused(await peer.call(opaqueRegisterStart, {}), Status.BadRequest);
    },
  }),

  defineCase({
    id: "status.unauthorized.no-session",
    rules: ["status.unauthorized", "sessions.unauthorized"],
    features: ["auth", "delivery"],
    twin: "methods.table.201-fetch",
    sends: "a Fetch without a session",
    expects: "status 2",
    async run(t) {
      const peer = await t.peer();
      t.refused(await peer.call(fetch, { recipientKey: t.bytes(32) }), Status.Unauthorized);
    },
  }),

  defineCase({
    id: "status.forbidden.foreign-inbox",
    rules: ["status.forbidden", "delivery.own-inbox"],
    features: ["auth", "delivery"],
    twin: "methods.table.201-fetch",
    sends: "a Fetch of an inbox of somebody else",
    expects: "status 3; 2 is accepted",
    errata: ["C-42"],
    async run(t) {
      const user = await t.user();
      const answer = await user.call(fetch, { recipientKey: t.bytes(32) });
      t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
    },
  }),

  defineCase({
    id: "status.not-found.unknown-channel",
    rules: ["status.not-found", "delivery.channel-unknown"],
    features: ["auth", "delivery"],
    twin: "methods.table.201-fetch",
    when: { channels: ["enforced"] },
    sends: "a Fetch of the own inbox on a channel that nobody has",
    expects: "status 4",
    errata: ["C-58"],
    async run(t) {
      const user = await t.user();
      const request = { recipientKey: user.key, channelId: t.bytes(16) };
      t.refused(await user.call(fetch, request), Status.NotFound);
    },
  }),

  defineCase({
    id: "status.not-found.not-for-an-empty-queue",
    rules: ["status.not-found", "delivery.empty-queue"],
    features: ["auth", "delivery"],
    sends: "a Fetch of the own inbox, which is empty",
    expects: "status 0",
    errata: ["C-44"],
    async run(t) {
      const user = await t.user();
      t.status(await user.call(fetch, { recipientKey: user.key }), Status.Ok);
    },
  }),

  defineCase({
    id: "status.rate-limited.burst",
    rules: ["status.rate-limited"],
    features: ["auth", "health"],
    twin: "status.ok.register-start",
    when: { "rate-limit": ["on"] },
    server: { limits: { rate_per_s: 5 } },
    sends: `up to ${BURST} calls of OpaqueRegisterStart at once, where five a second are allowed`,
    expects: "Ok for some, status 5 for others, and the connection lives on",
    checks: ["answer", "statuses", "connection-lives"],
    errata: ["C-86"],
    async run(t) {
      const peer = await t.peer();
      const request = { username: newUsername(), request: BLINDED };
      const call = () => peer.call(opaqueRegisterStart, request, { paced: false });
      const statuses = (await Promise.all(Array.from({ length: 20 }, call))).map(
        ({ status }) => status,
      );
      const limited = statuses.filter((status) => status === Status.RateLimited).length;
      t.check("answer", limited > 0, { expected: "at least one RateLimited", got: "none" });
      const ok = statuses.filter((status) => status === Status.Ok).length;
      t.check("statuses", ok > 0 && ok + limited === statuses.length, {
        expected: "Ok and RateLimited, nothing else",
        got: statuses.join(", "),
      });
      await t.connectionLives(peer);
    },
  }),

  ...UNASSIGNED.map((id) =>
    defineCase({
      id: `status.unknown-method.${id}`,
      rules: ["status.unknown-method", "methods.reserved"],
      twin: "methods.table.802-health",
      reading: "unknown-method",
      features: ["health"],
      sends: `an empty request with method_id ${id}`,
      expects: "status 11",
      checks: UNKNOWN_METHOD_CHECKS,
      errata: ["C-10"],
      run: (t) => expectUnknownMethod(t, id),
    }),
  ),
];
