// Contract of reports and bans: what is stored, what a ban ends with it, and how lists are cut.
// Spec: services/moderation.md; C-63, C-113, I-07.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Ban, Report } from "../stores/moderation.ts";
import type { Stores } from "../stores.ts";
import { type Backend, bytes, device, key, LATER, NO_DEVICE, NOW, withStores } from "./harness.ts";

const SERVER_WIDE = new Uint8Array(0);
const FROM_THE_START = new Uint8Array(0);
const WIDE = { limit: 1000, maxBytes: 4_194_304 };
const QUOTA = { most: 10, since: NOW - 100 };

export function moderationContract(backend: Backend): void {
  reports(backend);
  bans(backend);
  effects(backend);
  lists(backend);
}

const REPORT = {
  encryptedReport: bytes(50, 9),
  reporterKey: key(1),
  reportedKey: key(2),
  channelId: device(3),
  messageId: device(4),
  seq: 2n ** 64n - 1n,
};

function reports(backend: Backend): void {
  describe("reports", () => {
    test("a report comes back as it was filed, under ascending ids", () =>
      withStores(backend, async ({ moderation }) => {
        const bare = { ...REPORT, channelId: SERVER_WIDE, messageId: SERVER_WIDE, seq: 0n };
        const first = await moderation.report(REPORT, QUOTA, NOW);
        const second = await moderation.report(bare, QUOTA, NOW + 1);
        assert.ok(first !== undefined && second !== undefined && first < second);
        assert.deepEqual(await moderation.listReports(0n, WIDE), [
          { ...REPORT, reportId: first, createdAt: NOW },
          { ...bare, reportId: second, createdAt: NOW + 1 },
        ]);
        const after = await moderation.listReports(first, WIDE);
        assert.deepEqual(ids(after), [second]);
        for (const end of [second, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
          assert.deepEqual(await moderation.listReports(end, WIDE), []);
        }
      }));

    test("a quota counts the reports of one reporter since a time", () =>
      withStores(backend, async ({ moderation }) => {
        const quota = { most: 2, since: NOW };
        await moderation.report(REPORT, quota, NOW);
        assert.notEqual(await moderation.report(REPORT, quota, NOW + 1), undefined);
        assert.notEqual(await moderation.report(REPORT, quota, NOW + 2), undefined);
        assert.equal(await moderation.report(REPORT, quota, NOW + 3), undefined);
        const other = { ...REPORT, reporterKey: key(5) };
        assert.notEqual(await moderation.report(other, quota, NOW + 3), undefined);
        const later = { most: 2, since: NOW + 1 };
        assert.notEqual(await moderation.report(REPORT, later, NOW + 4), undefined);
        assert.equal((await moderation.listReports(0n, WIDE)).length, 5);
      }));

    test("reports that arrive together share the quota", () =>
      withStores(backend, async ({ moderation }) => {
        const calls = Array.from({ length: 30 }, () => moderation.report(REPORT, QUOTA, NOW));
        const stored = (await Promise.all(calls)).filter((id) => id !== undefined);
        assert.equal(stored.length, QUOTA.most);
        assert.equal(new Set(stored).size, QUOTA.most);
      }));

    test("a page is cut by number and by bytes, and has one entry at least", () =>
      withStores(backend, async ({ moderation }) => {
        for (const size of [1000, 10, 1000, 5000]) {
          const report = { ...REPORT, encryptedReport: bytes(size, size) };
          await moderation.report(report, QUOTA, NOW);
        }
        const sizes = async (after: bigint, bounds: Partial<typeof WIDE>) => {
          const page = await moderation.listReports(after, { ...WIDE, ...bounds });
          return page.map(({ encryptedReport }) => encryptedReport.length);
        };
        assert.deepEqual(await sizes(0n, { limit: 3 }), [1000, 10, 1000]);
        assert.deepEqual(
          await sizes(0n, { limit: Number.POSITIVE_INFINITY }),
          [1000, 10, 1000, 5000],
        );
        assert.deepEqual(await sizes(0n, { maxBytes: 1400 }), [1000, 10]);
        assert.deepEqual(await sizes(0n, { maxBytes: 1200 }), [1000]);
        assert.deepEqual(await sizes(3n, { maxBytes: 1200 }), [5000]);
      }));
  });
}

function bans(backend: Backend): void {
  describe("bans", () => {
    test("a ban is in force on its channel, for its key, until it lapses or is lifted", () =>
      withStores(backend, async (stores) => {
        const { moderation } = stores;
        const channelId = await furnish(stores);
        assert.equal(await moderation.ban(ban(1, { expiresAt: NOW + 10 })), "banned");
        assert.equal(await moderation.ban(ban(2, { channelId })), "banned");
        const isBanned = (number: number, channel: Uint8Array, now = NOW) =>
          moderation.isBanned(key(number), channel, now);
        assert.equal(await isBanned(1, SERVER_WIDE, NOW + 9), true);
        assert.equal(await isBanned(1, SERVER_WIDE, NOW + 10), false);
        assert.equal(await isBanned(1, channelId), false);
        assert.equal(await isBanned(2, channelId, LATER), true);
        assert.equal(await isBanned(2, SERVER_WIDE), false);

        assert.equal(await moderation.unban(key(2), SERVER_WIDE, NOW), false);
        assert.equal(await moderation.unban(key(2), channelId, NOW), true);
        assert.equal(await moderation.unban(key(2), channelId, NOW), false);
        assert.equal(await isBanned(2, channelId), false);
        assert.equal(await moderation.unban(key(1), SERVER_WIDE, NOW + 10), false, "it had lapsed");
      }));

    test("a second ban replaces the first", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await stores.moderation.ban(ban(1, { expiresAt: NOW + 10, reason: "once" }));
        const second = ban(1, { reason: "\ufefftwice\0\u{1f4a9}", bannedAt: NOW + 1 });
        await stores.moderation.ban(second);
        assert.deepEqual(await serverWide(stores), [second]);
        await stores.moderation.ban(ban(1, { expiresAt: NOW + 5 }));
        assert.equal(await stores.moderation.isBanned(key(1), SERVER_WIDE, NOW + 5), false);
      }));

    test("neither an unknown key nor an unknown channel is banned", () =>
      withStores(backend, async (stores) => {
        const channelId = await furnish(stores);
        const { moderation } = stores;
        assert.equal(await moderation.ban(ban(9)), "no-account");
        assert.equal(await moderation.ban(ban(9, { channelId })), "no-account");
        assert.equal(await moderation.ban(ban(1, { channelId: device(7) })), "no-channel");
        assert.deepEqual(await serverWide(stores), []);
        assert.deepEqual(await listed(stores, channelId), []);
        assert.deepEqual(await listed(stores, device(7)), []);
      }));

    test("a lapsed ban is swept, no other", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        const { moderation } = stores;
        await moderation.ban(ban(1, { expiresAt: NOW + 10 }));
        await moderation.ban(ban(2));
        assert.equal(await stores.sweep(NOW + 9, 10), 0);
        assert.equal(await stores.sweep(NOW + 10, 10), 1);
        assert.deepEqual(
          (await serverWide(stores)).map(({ identityKey }) => identityKey),
          [key(2)],
        );
      }));
  });
}

function effects(backend: Backend): void {
  describe("what a ban ends", () => {
    test("a server-wide ban ends every session of its key and no other; a channel ban none", () =>
      withStores(backend, async (stores) => {
        const channelId = await furnish(stores);
        for (const [token, owner] of [
          [1, 1],
          [2, 1],
          [3, 2],
        ] as const) {
          assert.equal(await open(stores, token, owner), true);
        }
        await stores.moderation.ban(ban(1, { channelId }));
        assert.deepEqual(await living(stores), [1, 2, 3]);
        await stores.moderation.ban(ban(1));
        assert.deepEqual(await living(stores), [3]);
      }));

    test("no session begins while the ban is in force", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await stores.moderation.ban(ban(1, { expiresAt: NOW + 10 }));
        assert.equal(await open(stores, 1, 1, NOW + 9), false);
        assert.equal(await open(stores, 2, 2, NOW + 9), true);
        assert.deepEqual(await living(stores), [2]);
        assert.equal(await open(stores, 1, 1, NOW + 10), true);
        assert.deepEqual(await living(stores), [1, 2]);
      }));

    test("of a login and a ban that arrive together, none leaves a session", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        await Promise.all([
          open(stores, 1, 1),
          stores.moderation.ban(ban(1)),
          open(stores, 2, 1),
          open(stores, 3, 1),
        ]);
        assert.deepEqual(await living(stores), []);
      }));

    test("packages of a banned key stay in their queue until the ban ends", () =>
      withStores(backend, async (stores) => {
        const channelId = await furnish(stores);
        for (const number of [1, 2]) {
          const entry = { identityKey: key(1), package: key(number), fingerprint: key(number) };
          await stores.keyPackages.upload({ ...entry, expiresAt: LATER }, 10, NOW);
        }
        const pop = (now: number) => stores.keyPackages.pop(key(1), now);
        await stores.moderation.ban(ban(1, { channelId }));
        assert.deepEqual(await pop(NOW), key(1));
        await stores.moderation.ban(ban(1, { expiresAt: NOW + 10 }));
        assert.equal(await pop(NOW + 9), undefined);
        assert.deepEqual(await pop(NOW + 10), key(2));
      }));
  });
}

function lists(backend: Backend): void {
  describe("lists of bans", () => {
    test("bans of one channel come by ascending key, after a key, those in force alone", () =>
      withStores(backend, async (stores) => {
        const channelId = await furnish(stores);
        for (const number of [3, 1, 4, 2]) {
          await stores.moderation.ban(ban(number, { channelId, reason: `${number}` }));
        }
        await stores.moderation.ban(ban(4, { channelId, expiresAt: NOW + 10 }));
        await stores.moderation.ban(ban(5));
        const numbers = async (after: Uint8Array, limit: number, now = NOW) => {
          const page = { ...WIDE, limit, now };
          const list = await stores.moderation.listBanned(channelId, after, page);
          return list.map(({ identityKey }) => identityKey[0]);
        };
        assert.deepEqual(await numbers(FROM_THE_START, 10), [1, 2, 3, 4]);
        assert.deepEqual(await numbers(FROM_THE_START, 2), [1, 2]);
        assert.deepEqual(await numbers(key(2), 2), [3, 4]);
        assert.deepEqual(await numbers(key(4), 2), []);
        assert.deepEqual(await numbers(FROM_THE_START, 10, NOW + 10), [1, 2, 3]);
      }));

    test("a page is cut by bytes, and has one entry at least", () =>
      withStores(backend, async (stores) => {
        await furnish(stores);
        for (const number of [1, 2, 3]) {
          await stores.moderation.ban(ban(number, { reason: "r".repeat(1000) }));
        }
        const count = async (maxBytes: number) => {
          const page = { limit: 10, maxBytes, now: NOW };
          return (await stores.moderation.listBanned(SERVER_WIDE, FROM_THE_START, page)).length;
        };
        assert.deepEqual([await count(10_000), await count(2500), await count(500)], [3, 2, 1]);
      }));
  });
}

/** furnish registers the accounts 1 to 5 and answers the channel of the first two. */
async function furnish(stores: Stores): Promise<Uint8Array> {
  for (const number of [1, 2, 3, 4, 5]) {
    const user = { username: `user ${number}`, record: bytes(192, 1), identityKey: key(number) };
    await stores.users.register(user, key(100 + number), NOW);
  }
  await stores.channels.openPair({ channelId: device(1), caller: key(1), peer: key(2) }, NOW);
  return device(1);
}

function ban(number: number, terms: Partial<Ban> = {}): Ban {
  const base = { channelId: SERVER_WIDE, reason: "", bannedAt: NOW, expiresAt: undefined };
  return { identityKey: key(number), ...base, ...terms };
}

function open(stores: Stores, token: number, owner: number, now = NOW): Promise<boolean> {
  const session = { tokenHash: key(token), identityKey: key(owner), deviceId: NO_DEVICE };
  return stores.sessions.create({ ...session, expiresAt: LATER }, now);
}

/** living answers which of the tokens 1 to 3 are good for a session. */
async function living(stores: Stores): Promise<readonly number[]> {
  const found = await Promise.all([1, 2, 3].map((n) => stores.sessions.find(key(n), NOW)));
  return [1, 2, 3].filter((_, at) => found[at] !== undefined);
}

function listed(stores: Stores, channelId: Uint8Array): Promise<readonly Ban[]> {
  return stores.moderation.listBanned(channelId, FROM_THE_START, { ...WIDE, now: NOW });
}

function serverWide(stores: Stores): Promise<readonly Ban[]> {
  return listed(stores, SERVER_WIDE);
}

function ids(list: readonly Report[]): readonly bigint[] {
  return list.map(({ reportId }) => reportId);
}
