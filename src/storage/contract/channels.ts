// Contract of channels of two, and of what a key is to a channel.
// Spec: services/channel.md; C-55, C-56, I-18, I-19.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stores } from "../stores.ts";
import { type Backend, bytes, device, key, LATER, NOW, withStores } from "./harness.ts";

/** openPair asks for the channel of two numbered users, with a numbered ID for a new one. */
function openPair({ channels }: Stores, caller: number, peer: number, id: number) {
  return channels.openPair({ channelId: device(id), caller: key(caller), peer: key(peer) }, NOW);
}

async function register({ users }: Stores, ...numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const user = { username: `user-${number}`, record: bytes(192, 1), identityKey: key(number) };
    await users.register(user, key(90), NOW);
  }
}

export function channelsContract(backend: Backend): void {
  describe("channels", () => {
    test("a pair has one channel, whoever asks; another pair has another", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1, 2, 3);
        const first = { channelId: device(1), wasNew: true };
        assert.deepEqual(await openPair(stores, 1, 2, 1), first);
        assert.deepEqual(await openPair(stores, 1, 2, 2), { ...first, wasNew: false });
        assert.deepEqual(await openPair(stores, 2, 1, 3), { ...first, wasNew: false });
        assert.deepEqual(await openPair(stores, 1, 3, 4), { channelId: device(4), wasNew: true });
        assert.deepEqual(await openPair(stores, 3, 2, 5), { channelId: device(5), wasNew: true });
      }));

    test("of calls from both sides that arrive together one creates the channel", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1, 2);
        const calls = Array.from({ length: 50 }, (_, n) =>
          n % 2 === 0 ? openPair(stores, 1, 2, n) : openPair(stores, 2, 1, n),
        );
        const opened = await Promise.all(calls);
        assert.equal(opened.filter((one) => one?.wasNew).length, 1);
        for (const one of opened) assert.deepEqual(one?.channelId, device(0));
      }));

    test("a peer without an account opens nothing", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1);
        assert.equal(await openPair(stores, 1, 2, 1), undefined);
        assert.equal(await stores.channels.find(device(1)), undefined);
        await register(stores, 2);
        assert.equal((await openPair(stores, 1, 2, 2))?.wasNew, true);
      }));

    test("a channel knows its creator and its members", () =>
      withStores(backend, async (stores) => {
        await register(stores, 1, 2);
        await openPair(stores, 2, 1, 1);
        const channel = { channelId: device(1), creator: key(2) };
        assert.deepEqual(await stores.channels.find(device(1)), channel);
        const asked = [key(3), key(1), key(2), key(3)];
        const standings = ["stranger", "member", "member", "stranger"];
        assert.deepEqual(await stores.channels.standings(device(1), asked), standings);
        assert.deepEqual(await stores.channels.standings(device(1), []), []);
        assert.equal(await stores.channels.find(device(2)), undefined);
        assert.equal(await stores.channels.standings(device(2), asked), undefined);
      }));

    test("a creator who left a group is its creator no more", () =>
      withStores(backend, async ({ channels, groups }) => {
        const groupId = key(60);
        const call = { groupId, channelId: device(1), caller: key(1), memberKeys: [key(2)] };
        await groups.open(call, 10, NOW);
        assert.deepEqual((await channels.find(device(1)))?.creator, key(1));
        await groups.remove(groupId, key(1), LATER);
        assert.deepEqual(await channels.find(device(1)), {
          channelId: device(1),
          creator: undefined,
        });
      }));
  });
}
