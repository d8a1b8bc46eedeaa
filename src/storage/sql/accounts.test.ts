// That nothing of a deleted account is forgotten: its key stands in no table but those that keep it.
// Spec: services/account.md; I-08.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createBlobStore } from "../blob-store.ts";
import { furnish } from "../contract/deletion.ts";
import { bytes, device, key, LATER, NOW } from "../contract/harness.ts";
import { temporaryFiles } from "../drivers/blob-files.ts";
import { groupCommit } from "../drivers/group-commit.ts";
import { migrate } from "../drivers/migrate.ts";
import { openSqlJs } from "../drivers/sqljs.ts";
import { createStores } from "./create-stores.ts";
import { migrations } from "./migrations.ts";
import { type Database, integer, type Operation, q, text } from "./statement.ts";

/** What may still name the key: its revocation, bans on it, and reports about it. */
const KEPT = ["banned_users.identity_key", "reports.reported_key", "revocations.identity_key"];

test("no column of any table holds the key of a deleted account, but those that keep it", async (t) => {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database = groupCommit(engine);
  const stores = createStores(database, createBlobStore(database, temporaryFiles()));
  t.after(() => stores.close());
  await furnish(stores);
  await furnishFurther(stores);
  const before = await columnsHolding(database, key(1));
  const left = { identityKey: key(1), leafHash: key(98), nameHeldUntil: LATER };
  assert.notEqual(await stores.accounts.delete(left, NOW), undefined);
  assert.deepEqual(await columnsHolding(database, key(1)), KEPT);
  // Otherwise the emptiness would prove nothing: every column that can name an account did.
  assert.deepEqual(before, [
    "banned_users.identity_key",
    "blob_owners.identity_key",
    "blob_uploads.identity_key",
    "channel_members.identity_key",
    "channels.creator",
    "channels.first_key",
    "devices.identity_key",
    "endpoints.identity_key",
    "hybrid_keys.identity_key",
    "inboxes.recipient",
    "key_package_fingerprints.identity_key",
    "key_packages.identity_key",
    "recovery_bundles.identity_key",
    "remote_addresses.identity_key",
    "reports.reported_key",
    "reports.reporter_key",
    "sessions.identity_key",
    "users.identity_key",
  ]);
});

async function furnishFurther(stores: ReturnType<typeof createStores>): Promise<void> {
  const bounds = { quota: 1_000_000, leastCost: 1, lifetime: 1000 };
  const chunk = { identityKey: key(1), totalSize: 10, offset: 0, mimeType: "" };
  const content = bytes(10, 1);
  const blobId = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  await stores.blobs.upload({ ...chunk, blobId, bytes: content }, bounds, NOW);
  const begun = { ...chunk, blobId: key(8), bytes: bytes(5, 2) };
  await stores.blobs.upload(begun, bounds, NOW);
  const quota = { most: 10, since: 0 };
  const report = { encryptedReport: bytes(9, 3), channelId: device(50), messageId: device(2) };
  const by = { ...report, seq: 1n, reporterKey: key(1), reportedKey: key(2) };
  await stores.moderation.report(by, quota, NOW);
  await stores.moderation.report({ ...by, reporterKey: key(2), reportedKey: key(1) }, quota, NOW);
  const ban = { identityKey: key(1), channelId: device(50), reason: "", bannedAt: NOW };
  await stores.moderation.ban({ ...ban, expiresAt: undefined });
}

async function columnsHolding(database: Database, value: Uint8Array): Promise<readonly string[]> {
  return database.read(
    (function* (): Operation<readonly string[]> {
      const columns = yield q(
        `SELECT tables.name AS table_name, columns.name AS column_name
         FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND columns.type = 'BLOB' ORDER BY 1, 2`,
      );
      const holding: string[] = [];
      for (const row of columns) {
        const [table, column] = [text(row, "table_name"), text(row, "column_name")];
        const sql = `SELECT COUNT(*) AS rows FROM ${table} WHERE ${column} = ?`;
        const [found] = yield q(sql, value);
        if (found && integer(found, "rows") > 0n) holding.push(`${table}.${column}`);
      }
      return holding;
    })(),
  );
}
