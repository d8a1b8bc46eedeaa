// Contract of group records: members, metadata, and the end of a record.
// Spec: services/group.md; C-59, C-61, C-113, I-18.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import { type Backend, bytes, device, key, LATER, NOW, withStores } from "./harness.ts";

const GROUP = key(60);
const MOST = 4;

/** open makes the call of CreateChannel for GROUP, with a numbered ID for a new channel. */
function open({ groups }: Stores, caller: number, members: readonly number[], id = 1) {
  const memberKeys = members.map(key);
  const call = { groupId: GROUP, channelId: device(id), caller: key(caller), memberKeys };
  return groups.open(call, MOST, NOW);
}

/** list answers the members of GROUP by their numbers. */
async function list({ groups }: Stores, after: Uint8Array = new Uint8Array(0), limit = 100) {
  const members = await groups.members(GROUP, after, limit);
  return members.map(({ identityKey }) => identityKey[0]);
}

export function groupsContract(backend: Backend): void {
  describe("group records", () => {
    registration(backend);
    removal(backend);
    metadata(backend);
    listing(backend);
  });
}

function registration(backend: Backend): void {
  test("a new record has the caller and the keys named, each once", () =>
    withStores(backend, async (stores) => {
      assert.deepEqual(await open(stores, 2, [3, 1, 3, 2]), {
        channelId: device(1),
        wasNew: true,
        members: [key(1), key(2), key(3)],
        added: [key(3), key(1)],
      });
      const standings = ["member", "member", "member", "stranger"];
      const asked = [1, 2, 3, 4].map(key);
      assert.deepEqual(await stores.channels.standings(device(1), asked), standings);
      assert.equal(await stores.groups.isMember(GROUP, key(3)), true);
      assert.equal(await stores.groups.isMember(GROUP, key(4)), false);
      assert.equal(await stores.groups.isMember(key(61), key(3)), undefined);
    }));

  test("a member adds keys, and without any finds the channel; a stranger adds nobody", () =>
    withStores(backend, async (stores) => {
      await open(stores, 1, [2]);
      const opened = { channelId: device(1), wasNew: false };
      const three = [key(1), key(2), key(3)];
      const added = { ...opened, members: three, added: [key(3)] };
      assert.deepEqual(await open(stores, 2, [1, 3], 2), added);
      assert.deepEqual(await open(stores, 3, [], 3), { ...opened, members: three, added: [] });
      assert.equal(await open(stores, 4, [4, 1]), "stranger");
      assert.deepEqual(await list(stores), [1, 2, 3]);
      assert.equal(await stores.channels.find(device(2)), undefined);
    }));

  test("a call that would make too many members adds nobody and registers nothing", () =>
    withStores(backend, async (stores) => {
      assert.equal(await open(stores, 1, [2, 3, 4, 5]), "full");
      assert.equal(await stores.groups.isMember(GROUP, key(1)), undefined);
      await open(stores, 1, [2, 3]);
      assert.equal(await open(stores, 1, [3, 4, 5]), "full");
      assert.deepEqual(await list(stores), [1, 2, 3]);
      await open(stores, 1, [4]);
      await stores.groups.remove(GROUP, key(2), NOW);
      await open(stores, 1, [5]);
      assert.deepEqual(await list(stores), [1, 3, 4, 5], "who left takes no place");
    }));

  test("of registrations that arrive together one is new", () =>
    withStores(backend, async (stores) => {
      const calls = [1, 2, 3].map((id) => open(stores, 1, [id + 1], id));
      const opened = await Promise.all(calls);
      const seen = opened.map((one) => typeof one === "object" && [one.channelId[0], one.wasNew]);
      assert.deepEqual(seen, [
        [1, true],
        [1, false],
        [1, false],
      ]);
      assert.deepEqual(await list(stores), [1, 2, 3, 4]);
    }));
}

function removal(backend: Backend): void {
  test("a member who is removed is a former one, and may be added again", () =>
    withStores(backend, async (stores) => {
      const { groups, channels } = stores;
      await open(stores, 1, [2, 3]);
      const left = { removed: true, members: [key(1), key(3)] };
      assert.deepEqual(await groups.remove(GROUP, key(2), NOW), left);
      assert.deepEqual(await groups.remove(GROUP, key(2), NOW), { ...left, removed: false });
      assert.deepEqual(await groups.remove(GROUP, key(9), NOW), { ...left, removed: false });
      assert.equal(await groups.isMember(GROUP, key(2)), false);
      assert.deepEqual(await channels.standings(device(1), [key(2)]), ["former"]);
      assert.equal(await open(stores, 2, [2]), "stranger");
      const call = { groupId: GROUP, channelId: device(2), caller: key(3), memberKeys: [key(2)] };
      await groups.open(call, MOST, LATER);
      assert.deepEqual(await channels.standings(device(1), [key(2)]), ["member"]);
      const [, again] = await groups.members(GROUP, new Uint8Array(0), 10);
      assert.equal(again?.joinedAt, LATER);
    }));

  test("the record goes with its last member; the channel stays for who may still read", () =>
    withStores(backend, async (stores) => {
      const { groups, channels } = stores;
      await open(stores, 1, [2]);
      await groups.remove(GROUP, key(2), NOW);
      assert.deepEqual(await groups.remove(GROUP, key(1), NOW), { removed: true, members: [] });
      assert.equal(await groups.remove(GROUP, key(1), NOW), undefined);
      assert.equal(await groups.isMember(GROUP, key(1)), undefined);
      assert.deepEqual(await channels.standings(device(1), [key(1), key(2)]), ["former", "former"]);
      const again = await open(stores, 9, [], 2);
      assert.deepEqual(again, {
        channelId: device(2),
        wasNew: true,
        members: [key(9)],
        added: [],
      });
    }));
}

function metadata(backend: Backend): void {
  test("the revision grows when a field changes, and an absent field stays", () =>
    withStores(backend, async (stores) => {
      await open(stores, 1, []);
      const describe = (change: object) => stores.groups.describe(GROUP, change);
      assert.equal(await describe({}), 0n);
      assert.equal(await describe({ name: "a", settings: key(1) }), 1n);
      assert.equal(await describe({ description: "b\0c" }), 2n);
      assert.equal(await describe({ name: "a", description: "b\0c", settings: key(1) }), 2n);
      assert.equal(await describe({ settings: new Uint8Array(0) }), 3n);
      assert.equal(await describe({ name: "" }), 4n);
      assert.equal(await describe({ name: "", settings: new Uint8Array(0) }), 4n);
      assert.equal(await describe({ description: "b\0d" }), 5n);
      assert.equal(await stores.groups.describe(key(61), { name: "a" }), undefined);
    }));
}

function listing(backend: Backend): void {
  test("members come in ascending order, in pages, with the names that are known", () =>
    withStores(backend, async (stores) => {
      const user = { username: "bob", record: bytes(192, 1), identityKey: key(2) };
      await stores.users.register(user, key(90), NOW);
      await open(stores, 3, [2, 4, 1]);
      await stores.groups.remove(GROUP, key(4), NOW);
      assert.deepEqual(await stores.groups.members(GROUP, new Uint8Array(0), 2), [
        { identityKey: key(1), username: "", joinedAt: NOW },
        { identityKey: key(2), username: "bob", joinedAt: NOW },
      ]);
      assert.deepEqual(await list(stores, key(2), 2), [3]);
      assert.deepEqual(await list(stores, key(3), 2), []);
      await stores.groups.remove(GROUP, key(2), NOW);
      assert.deepEqual(await list(stores, key(2), 2), [3], "the cursor may have left");
      assert.deepEqual(await stores.groups.members(key(61), new Uint8Array(0), 2), []);
    }));
}
