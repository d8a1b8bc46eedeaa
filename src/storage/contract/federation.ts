// Contract of peers and remote addresses. Spec: services/federation.md; C-71, I-19.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Backend, bytes, key, LATER, NOW, withStores } from "./harness.ts";

const B = { domain: "b.test", address: "192.0.2.2:7001" };
const C = { domain: "c.test", address: "[2001:db8::3]:7001" };

export function federationContract(backend: Backend): void {
  describe("federation", () => {
    test("the peers set last are the known ones, in order of their domains", () =>
      withStores(backend, async ({ federation }) => {
        assert.deepEqual(await federation.peers(), []);
        await federation.setPeers([C, B], NOW);
        assert.deepEqual(await federation.peers(), [B, C]);
        const moved = { ...C, address: "192.0.2.3:7001" };
        await federation.setPeers([moved], LATER);
        assert.deepEqual(await federation.peers(), [moved]);
        await federation.setPeers([], LATER);
        assert.deepEqual(await federation.peers(), []);
      }));

    test("a key is where it was resolved last; answers keep the order of the question", () =>
      withStores(backend, async ({ federation }) => {
        await federation.learn(key(1), "b.test", NOW);
        await federation.learn(key(2), "b.test", NOW);
        await federation.learn(key(2), "c.test", LATER);
        assert.deepEqual(await federation.domainsOf([key(2), key(9), key(1), key(2)]), [
          "c.test",
          undefined,
          "b.test",
          "c.test",
        ]);
        assert.deepEqual(await federation.domainsOf([]), []);
      }));

    test("a key with an account is local, whatever was learned about it", () =>
      withStores(backend, async ({ federation, users }) => {
        await federation.learn(key(1), "b.test", NOW);
        await users.register(
          { username: "alice", record: bytes(192, 1), identityKey: key(1) },
          key(9),
          NOW,
        );
        await federation.learn(key(1), "c.test", LATER);
        assert.deepEqual(await federation.domainsOf([key(1)]), [undefined]);
        assert.equal(await federation.haveAccounts([key(1)]), true);
        assert.equal(await federation.haveAccounts([key(1), key(2)]), false);
        assert.equal(await federation.haveAccounts([]), true);
      }));

    if (backend.persistent) {
      test("peers and addresses are there when the stores are opened again", async () => {
        const place = backend.place();
        try {
          const before = await place.open();
          await before.federation.setPeers([B], NOW);
          await before.federation.learn(key(1), "b.test", NOW);
          await before.close();
          const after = await place.open();
          assert.deepEqual(await after.federation.peers(), [B]);
          assert.deepEqual(await after.federation.domainsOf([key(1)]), ["b.test"]);
          await after.close();
        } finally {
          place.remove();
        }
      });
    }
  });
}
