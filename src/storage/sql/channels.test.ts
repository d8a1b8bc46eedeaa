// Former members of a channel. Spec: services/channel.md; I-18.

import assert from "node:assert/strict";
import { test } from "node:test";
import { device, key, NOW } from "../contract/harness.ts";
import { groupCommit } from "../drivers/group-commit.ts";
import { migrate } from "../drivers/migrate.ts";
import { openSqlJs } from "../drivers/sqljs.ts";
import { createChannel, findChannel } from "./channels.ts";
import { migrations } from "./migrations.ts";
import { q } from "./statement.ts";

test("a member who left is a former member", async () => {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database = groupCommit(engine);
  await database.write(createChannel(device(1), [key(1), key(2), key(3)], NOW));
  engine.run(q("UPDATE channel_members SET left_at = ? WHERE identity_key = ?", NOW, key(2)));
  const channel = await database.read(findChannel(device(1)));
  assert.deepEqual(channel?.members, [key(1), key(3)]);
  assert.deepEqual(channel?.formerMembers, [key(2)]);
  await database.close();
});
