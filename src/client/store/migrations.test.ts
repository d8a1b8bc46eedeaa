// The schema of the local state: versions in order, and what one operation may hold together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, device, key } from "../../storage/contract/harness.ts";
import { groupCommit } from "../../storage/drivers/group-commit.ts";
import { migrate } from "../../storage/drivers/migrate.ts";
import { openSqlJs } from "../../storage/drivers/sqljs.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { isRevoked, saveContact } from "./contacts.ts";
import { saveConversation } from "./conversations.ts";
import { findGroup, saveGroup } from "./groups.ts";
import { cursor, setCursor } from "./inboxes.ts";
import { insertMessage } from "./messages.ts";
import { clientMigrations } from "./migrations.ts";
import { openClientStore } from "./open.ts";

test("versions go up by one, names follow them", () => {
  for (const [n, { version, name }] of clientMigrations.entries()) {
    assert.equal(version, n + 1);
    assert.match(name, new RegExp(`^00${version}_[a-z_]+$`));
  }
});

test("what was revoked before there was a table of it stays revoked", async () => {
  const engine = await openSqlJs();
  migrate(engine, clientMigrations.slice(0, 4));
  const database = groupCommit(engine);
  const bob = { username: "bob", identityKey: key(1), revoked: true };
  const carol = { username: "carol", identityKey: key(2), revoked: false };
  const state = { trust: "pinned", blocked: false, resolvedAt: 0 } as const;
  for (const contact of [bob, { ...bob, username: "robert" }, carol]) {
    await database.write(saveContact({ ...contact, ...state }));
  }
  migrate(engine, clientMigrations);
  assert.equal(await database.read(isRevoked(key(1))), true);
  assert.equal(await database.read(isRevoked(key(2))), false);
  await database.close();
});

test("of an envelope whose last step fails nothing is stored", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const id = device(1);
  await database.write(
    saveConversation({ id, kind: "direct", name: "", expireSecs: 0, left: false }),
  );
  const group = {
    groupId: bytes(20, 1),
    conversationId: id,
    creator: key(1),
    state: bytes(9, 1),
    epoch: 0n,
  };
  const message = {
    conversationId: id,
    contentId: device(1),
    senderKey: key(1),
    content: bytes(9, 1),
    sentAt: 0,
    receivedAt: 0,
    status: "received",
  } as const;
  function* envelope(seq: bigint): Operation<boolean> {
    yield* saveGroup(group);
    const isNew = yield* insertMessage(message);
    yield* setCursor(id, seq);
    return isNew;
  }
  await assert.rejects(database.write(envelope(-1n)), RangeError);
  assert.equal(await database.read(findGroup(group.groupId)), undefined);
  assert.equal(await database.write(envelope(1n)), true);
  assert.equal(await database.write(envelope(2n)), false);
  assert.equal(await database.read(cursor(id)), 2n);
});
