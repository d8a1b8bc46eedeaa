// The end of sessions: of a key, or of one of its devices. Spec: sessions.md; C-63, C-103.

import assert from "node:assert/strict";
import { test } from "node:test";
import { device, key, LATER, NO_DEVICE, NOW } from "../contract/harness.ts";
import { groupCommit } from "../drivers/group-commit.ts";
import { migrate } from "../drivers/migrate.ts";
import { openSqlJs } from "../drivers/sqljs.ts";
import { migrations } from "./migrations.ts";
import { createSession, endDeviceSessions, endSessions, findSession } from "./sessions.ts";
import type { Database, Operation } from "./statement.ts";

test("a key's sessions end together, and nobody else's", async () => {
  assert.deepEqual(await living(endSessions(key(1))), ["other key"]);
});

test("a device's sessions end alone", async () => {
  const left = await living(endDeviceSessions(key(1), device(1)));
  assert.deepEqual(left, ["no device", "other device", "other key"]);
});

/** living answers which of five sessions are left after an operation. */
async function living(end: Operation<void>): Promise<readonly string[]> {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database: Database = groupCommit(engine);
  const sessions = [
    ["no device", key(1), NO_DEVICE],
    ["device", key(1), device(1)],
    ["device again", key(1), device(1)],
    ["other device", key(1), device(2)],
    ["other key", key(2), device(1)],
  ] as const;
  for (const [index, [, identityKey, deviceId]] of sessions.entries()) {
    const session = { tokenHash: key(index), identityKey, deviceId, expiresAt: LATER };
    await database.write(createSession(session, NOW));
  }
  await database.write(end);
  const left: string[] = [];
  for (const [index, [name]] of sessions.entries()) {
    if (await database.read(findSession(key(index), NOW))) left.push(name);
  }
  await database.close();
  return left;
}
