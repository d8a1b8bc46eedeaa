// Conversations and their MLS groups. Spec: client/client.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, device, key } from "../../storage/contract/harness.ts";
import {
  type Conversation,
  findByGroupRecord,
  findByPeer,
  findConversation,
  listConversations,
  saveConversation,
} from "./conversations.ts";
import { deleteGroup, findGroup, groupsOf, type StoredGroup, saveGroup } from "./groups.ts";
import { held, hold } from "./held.ts";
import { openClientStore } from "./open.ts";

const direct: Conversation = {
  id: device(9),
  kind: "direct",
  peerKey: key(1),
  name: "bob",
  expireSecs: 0,
  left: false,
};
const group: Conversation = {
  id: device(1),
  kind: "group",
  groupRecordId: key(2),
  name: "fri\0ends ü",
  expireSecs: 4_294_967_295,
  left: true,
};

test("conversations are found in every way and listed as they came", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  for (const each of [direct, group]) await database.write(saveConversation(each));
  const renamed = { ...direct, name: "", expireSecs: 60 };
  await database.write(saveConversation(renamed));
  assert.deepEqual(await database.read(listConversations()), [renamed, group]);
  assert.deepEqual(await database.read(findConversation(device(1))), group);
  assert.deepEqual(await database.read(findByPeer(key(1))), renamed);
  assert.deepEqual(await database.read(findByGroupRecord(key(2))), group);
  assert.equal(await database.read(findConversation(device(2))), undefined);
  assert.equal(await database.read(findByPeer(key(2))), undefined);
  assert.equal(await database.read(findByGroupRecord(key(1))), undefined);
});

test("of two conversations with one peer the newest counts", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const newer = { ...direct, id: device(3) };
  for (const each of [direct, newer, direct]) await database.write(saveConversation(each));
  assert.deepEqual(await database.read(findByPeer(key(1))), newer);
});

const stored = (n: number, epoch: bigint): StoredGroup => ({
  groupId: bytes(20, n),
  conversationId: direct.id,
  creator: key(1),
  state: bytes(5_000, n),
  epoch,
});

test("groups keep any epoch, and their pending commit until they are saved without", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await database.write(saveConversation(direct));
  const pending = { ...stored(2, 2n ** 64n - 1n), pending: bytes(99, 1), pendingHash: key(5) };
  for (const each of [pending, stored(1, 0n)]) await database.write(saveGroup(each));
  assert.deepEqual(await database.read(findGroup(bytes(20, 2))), pending);
  assert.deepEqual(await database.read(groupsOf(direct.id)), [stored(1, 0n), pending]);
  await database.write(saveGroup(stored(2, 3n)));
  assert.deepEqual(await database.read(findGroup(bytes(20, 2))), stored(2, 3n));
  assert.deepEqual(await database.read(groupsOf(device(1))), []);
});

test("a group needs its conversation, and goes with what is held for it", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await assert.rejects(database.write(saveGroup(stored(1, 0n))), /FOREIGN KEY/);
  await database.write(saveConversation(direct));
  for (const n of [1, 2]) {
    await database.write(saveGroup(stored(n, 0n)));
    await database.write(hold({ groupId: bytes(20, n), epoch: 1n, payload: bytes(9, n) }));
  }
  await database.write(deleteGroup(bytes(20, 1)));
  assert.equal(await database.read(findGroup(bytes(20, 1))), undefined);
  assert.deepEqual(await database.read(held(bytes(20, 1))), []);
  assert.equal((await database.read(held(bytes(20, 2)))).length, 1);
});
