// What stands beside a refusal: nothing of anybody, and the same for everybody (spec/status.md).

import { AuthService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { Reaction } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { ke1Of, uploadOf } from "../auth/steps.ts";
import { frame, promptly } from "../frames.ts";
import { TRAILER } from "../sessions/trailer-bytes.ts";
import { REFUSALS } from "../status/refusals.ts";
import { alike, isPrivate, secretsOf } from "./steps.ts";

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;
const { enqueue, fetch } = DeliveryService.method;

const NOTHING = new Uint8Array(0);

export const errorCases: readonly Case[] = [
  defineCase({
    id: "privacy.errors.of-a-user",
    rules: ["status.detail-private"],
    features: ["auth", "delivery", "health"],
    sends: "a stream of each kind that is refused, by a user; and requests that name a foreign key",
    expects: "payloads without key, token, name, path or trace",
    checks: ["refused", "private"],
    errata: ["C-11"],
    async run(t) {
      const [user, other] = [await t.user(), await t.user()];
      const streams = [
        ...REFUSALS.map(({ bytes }) => bytes(t, user)),
        user.frame(fetch, { recipientKey: other.key }),
        user.frame(fetch, { recipientKey: user.key, channelId: t.bytes(16) }),
        user.frame(enqueue, { recipientKey: Buffer.concat([other.key, other.key]) }),
        user.frame(enqueue, { recipientKey: other.key, channelId: other.key.subarray(1) }),
      ];
      const got = await Promise.all(streams.map((bytes) => promptly(user.peer, bytes)));
      const payloads = got.flatMap((one) => (isRefusal(one) ? [one.payload] : []));
      t.check("refused", payloads.length >= 8, {
        expected: "at least 8 refusals with a status",
        got: `${payloads.length}`,
      });
      isPrivate(t, "private", payloads, [...secretsOf(user), ...secretsOf(other)]);
    },
  }),

  defineCase({
    id: "privacy.errors.of-a-login",
    rules: ["status.detail-private"],
    features: ["auth"],
    sends: "registrations and logins with the name and the key of an account that go wrong",
    expects: "payloads without the key and the name",
    checks: ["refused", "private"],
    errata: ["C-11", "C-28"],
    async run(t) {
      const user = await t.user();
      const { username } = user.account;
      const identityKey = user.key;
      const peer = await t.peer();
      const start = { username, request: ke1Of(t) };
      const answers = [
        await peer.call(opaqueRegisterStart, { username, request: user.key.subarray(1) }),
        await peer.call(opaqueRegisterFinish, { username, identityKey, upload: user.token }),
        await peer.call(opaqueRegisterFinish, { username, identityKey: user.key.subarray(1) }),
        await peer.call(opaqueLoginStart, { username, request: user.key }),
        await peer.call(opaqueLoginStart, start),
        await peer.call(opaqueLoginFinish, { username, identityKey, finalization: t.bytes(64) }),
        await peer.call(opaqueLoginFinish, { username, identityKey, finalization: user.token }),
        await peer.call(opaqueRegisterFinish, { username, identityKey, upload: uploadOf(t) }),
      ];
      const refused = answers.filter(({ status }) => status !== Status.Ok);
      t.check("refused", refused.length >= 5, {
        expected: "at least 5 refusals",
        got: `${refused.length}`,
      });
      const payloads = answers.map(({ payload }) => payload);
      isPrivate(t, "private", payloads, secretsOf(user));
    },
  }),

  defineCase({
    id: "privacy.errors.of-a-token",
    rules: ["status.detail-private", "sessions.unauthorized"],
    twin: "methods.table.201-fetch",
    features: ["auth", "delivery"],
    when: TRAILER,
    sends: "a Fetch with a token that nobody has, and one with a token and a byte more",
    expects: "Unauthorized, and payloads without token and key",
    checks: ["answer", "private"],
    errata: ["C-11"],
    async run(t) {
      const user = await t.user();
      const peer = await t.peer();
      const unknown = t.bytes(32, "token");
      const tokens = [unknown, Buffer.concat([user.token, Uint8Array.of(0)])];
      const answers = await Promise.all(
        tokens.map((token) => peer.call(fetch, { recipientKey: user.key }, { token })),
      );
      const strange = answers.find(({ status }) => status !== Status.Unauthorized);
      t.refused(strange ?? answers[0] ?? (await peer.call(fetch, {})), Status.Unauthorized);
      const secrets = [...secretsOf(user), { what: "the token sent", bytes: unknown }];
      isPrivate(
        t,
        "private",
        answers.map(({ payload }) => payload),
        secrets,
      );
    },
  }),

  defineCase({
    id: "privacy.errors.two-users",
    rules: ["status.detail-alike"],
    features: ["auth", "delivery", "health"],
    sends: "a stream of each kind that is refused, by two users",
    expects: "the same status and the same payload to both",
    errata: ["C-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [ofAlice, ofBob] = [await refusalsOf(t, alice), await refusalsOf(t, bob)];
      t.check("answer", ofAlice.join() === ofBob.join(), {
        expected: ofAlice.join("; "),
        got: ofBob.join("; "),
      });
    },
  }),

  defineCase({
    id: "privacy.errors.unknown-method",
    rules: ["status.detail-alike", "status.unknown-method"],
    features: ["auth", "health"],
    when: { "unknown-method": ["status"] },
    sends: "method 65535, by a user and on a fresh connection; and with the user's key as payload",
    expects: "the same status and the same payload each time",
    errata: ["C-10", "C-11"],
    async run(t) {
      const user = await t.user();
      const ask = (peer: Peer, payload: Uint8Array) => peer.send(frame(0xffff, 1, payload));
      const got = [
        await ask(user.peer, NOTHING),
        await ask(await t.peer(), NOTHING),
        await ask(user.peer, user.key),
      ].map(spellReaction);
      t.check("answer", new Set(got).size === 1, {
        expected: got[0] ?? "",
        got: got.join("; "),
      });
    },
  }),

  defineCase({
    id: "privacy.errors.no-session",
    rules: ["sessions.unauthorized", "status.detail-alike"],
    features: ["auth", "delivery"],
    sends: "without a session a Fetch of an inbox that somebody owns, and of one that nobody does",
    expects: "the same status and the same payload",
    errata: ["C-29"],
    async run(t) {
      const { key } = await t.user();
      const peer = await t.peer();
      const owned = await peer.call(fetch, { recipientKey: key });
      alike(t, owned, await peer.call(fetch, { recipientKey: newIdentityKey() }));
    },
  }),
];

async function refusalsOf(t: Trial, user: User): Promise<readonly string[]> {
  const streams = REFUSALS.map(({ bytes }) => bytes(t, user));
  const got = await Promise.all(streams.map((bytes) => promptly(user.peer, bytes)));
  return got.map(spellReaction);
}

function spellReaction(got: Reaction): string {
  if (got.kind !== "response") return got.kind;
  return `status ${got.status}, ${Buffer.from(got.payload).toString("hex") || "no payload"}`;
}

function isRefusal(got: Reaction): got is Extract<Reaction, { kind: "response" }> {
  return got.kind === "response" && got.status !== Status.Ok;
}
