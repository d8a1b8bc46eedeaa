// What a deleted account leaves of its channels. Spec: services/channel.md; I-08.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { device, key, LATER, NOW } from "../contract/harness.ts";
import { groupCommit } from "../drivers/group-commit.ts";
import { migrate } from "../drivers/migrate.ts";
import { openSqlJs } from "../drivers/sqljs.ts";
import { findChannel, findStandings } from "./channels.ts";
import { isMember, leaveChannels, openGroup, removeMember } from "./groups.ts";
import { migrations } from "./migrations.ts";
import { q } from "./statement.ts";

const GROUP = key(60);

test("a deleted account leaves no membership; the channel goes with the last one", async (t) => {
  const { database, engine } = await openRecord(t);
  await database.write(removeMember(GROUP, key(3), NOW));
  engine.run(
    q(
      `INSERT INTO banned_users (channel_id, identity_key, reason, banned_at)
       VALUES (?, ?, ?, ?)`,
      device(1),
      key(9),
      new Uint8Array(0),
      NOW,
    ),
  );
  const left = [{ groupId: GROUP, members: [key(2)] }];
  assert.deepEqual(await database.write(leaveChannels(key(1))), left);
  assert.deepEqual(await database.read(findStandings(device(1), [key(1)])), ["stranger"]);
  assert.deepEqual(await database.write(leaveChannels(key(3))), [], "it had left before");

  assert.deepEqual(await database.write(leaveChannels(key(2))), [{ groupId: GROUP, members: [] }]);
  assert.equal(await database.read(isMember(GROUP, key(2))), undefined);
  assert.equal(await database.read(findChannel(device(1))), undefined);
  assert.deepEqual(engine.run(q("SELECT channel_id FROM banned_users")), []);
});

test("a record without members goes, while its channel stays for a former one", async (t) => {
  const { database } = await openRecord(t);
  for (const number of [2, 3]) await database.write(removeMember(GROUP, key(number), LATER));
  await database.write(leaveChannels(key(1)));
  assert.equal(await database.read(isMember(GROUP, key(1))), undefined);
  const asked = [key(1), key(2)];
  assert.deepEqual(await database.read(findStandings(device(1), asked)), ["stranger", "former"]);
});

/** openRecord registers a group of the keys 1, 2 and 3. */
async function openRecord(t: TestContext) {
  const engine = await openSqlJs();
  migrate(engine, migrations);
  const database = groupCommit(engine);
  t.after(() => database.close());
  const call = { groupId: GROUP, channelId: device(1), caller: key(1) };
  await database.write(openGroup({ ...call, memberKeys: [key(2), key(3)] }, 10, NOW));
  return { database, engine };
}
