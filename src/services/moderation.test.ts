// Reports and bans, as a client meets them. Spec: services/moderation.md; C-62, C-63, C-113, I-07.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  ChannelService,
  DeliveryService,
  KeyService,
  ModerationService,
} from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type Host, type HostUser, openHost, refused } from "./contract/host.ts";
import { signUp } from "./contract/people.ts";

const { reportMessage, banUser, unbanUser, listReports, listBanned } = ModerationService.method;
const { enqueue, batchEnqueue, fetch, fetchWait } = DeliveryService.method;
const { uploadKeyPackage, fetchKeyPackage } = KeyService.method;

const PAYLOAD = Buffer.from("x");
const UNAUTHORIZED = [Status.Unauthorized, "sessions.unauthorized"] as const;
const NO_RIGHT = [Status.Forbidden, "moderation.ban-right"] as const;

test("a server-wide ban ends the sessions and waits of its key, and no others", async (t) => {
  const { host, admin, alice, bob } = await setup(t);
  const second = await host.user(1);
  const waiting = second.call(fetchWait, { recipientKey: alice.key, timeoutMs: 30_000n });
  assert.equal((await admin.call(banUser, { identityKey: alice.key })).success, true);
  await refused(waiting, ...UNAUTHORIZED);
  for (const one of [alice, second]) await refused(read(one), ...UNAUTHORIZED);
  await read(bob);
  await bob.call(enqueue, { recipientKey: alice.key, payload: PAYLOAD });
});

test("a ban lapses by itself, and its end is in the list", async (t) => {
  const { host, admin, alice } = await setup(t);
  const now = host.clock.now();
  await admin.call(banUser, { identityKey: alice.key, reason: "spam", durationSecs: 60n });
  const { banned } = await admin.call(listBanned, {});
  const [entry] = banned;
  assert.deepEqual([entry?.reason, entry?.channelId.length], ["spam", 0]);
  const lasts = (entry?.expiresAtMs ?? 0n) - (entry?.bannedAtMs ?? 0n);
  assert.deepEqual([lasts, (entry?.bannedAtMs ?? 0n) >= BigInt(now)], [60_000n, true]);
  host.clock.advance(60_000);
  assert.deepEqual((await admin.call(listBanned, {})).banned, []);
  assert.equal((await admin.call(unbanUser, { identityKey: alice.key })).success, false);
});

test("the longest duration is no end in the past", async (t) => {
  const { admin, alice } = await setup(t);
  await admin.call(banUser, { identityKey: alice.key, durationSecs: 2n ** 64n - 1n });
  const [entry] = (await admin.call(listBanned, {})).banned;
  assert.equal(entry?.expiresAtMs, BigInt(Number.MAX_SAFE_INTEGER));
});

test("packages of a banned key are kept back", async (t) => {
  const { admin, alice, bob } = await setup(t);
  await alice.call(uploadKeyPackage, { identityKey: alice.key, package: PAYLOAD });
  await admin.call(banUser, { identityKey: alice.key });
  const fetched = async () => (await bob.call(fetchKeyPackage, { identityKey: alice.key })).package;
  assert.equal((await fetched()).length, 0);
  assert.equal((await admin.call(unbanUser, { identityKey: alice.key })).success, true);
  assert.deepEqual(Buffer.from(await fetched()), PAYLOAD);
});

test("a channel ban stops what the banned member sends there, and nothing else", async (t) => {
  const { alice, bob, channelId } = await setup(t);
  await alice.call(banUser, { identityKey: bob.key, channelId });
  const refusal = [Status.Forbidden, "moderation.channel-ban"] as const;
  await refused(send(bob, alice, channelId), ...refusal);
  const batch = { recipientKeys: [alice.key, bob.key], payload: PAYLOAD, channelId };
  await refused(bob.call(batchEnqueue, batch), ...refusal);
  await send(bob, alice, new Uint8Array(0));
  await send(alice, bob, channelId);
  const { payloads } = await bob.call(fetch, { recipientKey: bob.key, channelId });
  assert.equal(payloads.length, 1);
  await alice.call(unbanUser, { identityKey: bob.key, channelId });
  await send(bob, alice, channelId);
});

interface Target {
  readonly identityKey: Uint8Array;
  readonly channelId?: Uint8Array;
}

/** Setting a ban and lifting it take the same right. */
const ASKS: readonly ((caller: Pick<HostUser, "call">, target: Target) => Promise<unknown>)[] = [
  (caller, target) => caller.call(banUser, target),
  (caller, target) => caller.call(unbanUser, target),
];

test("a server-wide ban needs an administrator, a channel ban the creator or one", async (t) => {
  const { host, admin, alice, bob, carol, channelId, operator } = await setup(t);
  await signUp(host, "user 4", 4);
  const serverWide = { identityKey: new Uint8Array(32).fill(4) };
  const onChannel = { identityKey: alice.key, channelId };
  const unknown = { identityKey: carol.key, channelId: new Uint8Array(16) };
  for (const ask of ASKS) {
    await refused(ask(alice, serverWide), ...NO_RIGHT);
    await refused(ask(bob, onChannel), ...NO_RIGHT);
    await refused(ask(carol, onChannel), ...NO_RIGHT);
    await refused(ask(alice, unknown), ...NO_RIGHT);
    await ask(alice, { identityKey: bob.key, channelId });
    await ask(admin, onChannel);
    await ask({ call: operator }, serverWide);
  }
});

test("nobody is banned who cannot be", async (t) => {
  const { admin, alice, bob, channelId, operator } = await setup(t);
  const notSelf = [Status.BadRequest, "moderation.not-self"] as const;
  await refused(admin.call(banUser, { identityKey: admin.key }), ...notSelf);
  await refused(alice.call(banUser, { identityKey: alice.key, channelId }), ...notSelf);
  const unknown = [Status.NotFound, "moderation.unknown"] as const;
  const nobody = new Uint8Array(32).fill(9);
  await refused(operator(banUser, { identityKey: nobody }), ...unknown);
  await refused(alice.call(banUser, { identityKey: nobody, channelId }), ...unknown);
  const nowhere = { identityKey: bob.key, channelId: new Uint8Array(16) };
  await refused(admin.call(banUser, nowhere), ...unknown);
  const longest = { identityKey: bob.key, channelId, reason: "é".repeat(512) };
  const tooLong = { ...longest, reason: `${longest.reason}x` };
  const rule = [Status.BadRequest, "moderation.reason-length"] as const;
  await refused(alice.call(banUser, tooLong), ...rule);
  await alice.call(banUser, longest);
  await read(bob);
});

test("a report reaches the administrators unchanged, and nobody else", async (t) => {
  const { admin, alice, bob, channelId, operator } = await setup(t);
  const messageId = new Uint8Array(16).fill(7);
  const report = {
    encryptedReport: Uint8Array.of(1, 2, 3),
    reportedKey: bob.key,
    channelId,
    messageId,
    seq: 2n ** 64n - 1n,
  };
  const { reportId } = await alice.call(reportMessage, report);
  const { reports } = await admin.call(listReports, {});
  const [{ $typeName, createdAtMs, ...found }] = reports as unknown as [(typeof reports)[number]];
  assert.equal($typeName, "qpc.v1.Report");
  assert.ok(createdAtMs > 0n);
  assert.deepEqual(found, { reportId, ...report, reporterKey: alice.key });
  assert.equal((await operator(listReports, { afterId: reportId })).reports.length, 0);
  await refused(alice.call(listReports, {}), Status.Forbidden, "moderation.admin-only");
  await refused(operator(reportMessage, report), Status.Forbidden, "sessions.operator-token");
});

test("the largest report fits a list by itself; a larger one is refused", async (t) => {
  const { admin, alice, bob, channelId } = await setup(t);
  const encryptedReport = new Uint8Array(LIMITS.report.value).fill(7);
  const messageId = new Uint8Array(16).fill(7);
  const rest = { reportedKey: bob.key, channelId, messageId, seq: 2n ** 64n - 1n };
  for (let filed = 0; filed < 2; filed += 1) {
    await alice.call(reportMessage, { ...rest, encryptedReport });
  }
  const { reports } = await admin.call(listReports, {});
  assert.equal(reports.length, 1);
  assert.deepEqual(reports[0]?.encryptedReport, encryptedReport);
  const larger = { ...rest, encryptedReport: new Uint8Array(LIMITS.report.value + 1) };
  const rule = [Status.BadRequest, "moderation.report-size"] as const;
  await refused(alice.call(reportMessage, larger), ...rule);
});

test("a reporter's quota is that of a day", async (t) => {
  const { host, admin, alice, bob } = await setup(t);
  const report = { encryptedReport: PAYLOAD, reportedKey: bob.key };
  for (let filed = 0; filed < LIMITS.reportsPerDay.value; filed += 1) {
    await alice.call(reportMessage, report);
  }
  const over = [Status.RateLimited, "moderation.report-quota"] as const;
  await refused(alice.call(reportMessage, report), ...over);
  await bob.call(reportMessage, report);
  const page = await admin.call(listReports, { limit: 3 });
  assert.deepEqual(
    page.reports.map(({ reportId }) => reportId),
    [1n, 2n, 3n],
  );
  host.clock.advance(86_400_000);
  const again = await host.user(1);
  await again.call(reportMessage, report);
});

async function setup(t: TestContext) {
  const operatorToken = "0123456789abcdef";
  const host: Host = await openHost(t, { admins: [7], operatorToken });
  const join = async (number: number) => {
    await signUp(host, `user ${number}`, number);
    return host.user(number);
  };
  const [admin, alice] = [await join(7), await join(1)];
  const [bob, carol] = [await join(2), await join(3)];
  const { createChannel } = ChannelService.method;
  const { channelId } = await alice.call(createChannel, { peerKey: bob.key });
  const token = Buffer.from(operatorToken);
  const trailer = Buffer.concat([Buffer.from([0x7a, token.length + 2, 0x0a, token.length]), token]);
  const nobody = host.connect();
  const operator: typeof nobody.call = (method, request) =>
    nobody.call(method, request, undefined, trailer);
  return { host, admin, alice, bob, carol, channelId, operator };
}

async function read(user: HostUser): Promise<void> {
  await user.call(fetch, { recipientKey: user.key });
}

function send(from: HostUser, to: HostUser, channelId: Uint8Array) {
  return from.call(enqueue, { recipientKey: to.key, channelId, payload: PAYLOAD });
}
