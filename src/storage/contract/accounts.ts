// Contract of the small families: users, sessions, hybrid keys, server state.
// Spec: services/auth.md, sessions.md, services/keys.md; C-27, C-112.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Backend, bytes, device, key, LATER, NO_DEVICE, NOW, withStores } from "./harness.ts";

const LEAF = key(99);

export function accountsContract(backend: Backend): void {
  users(backend);
  sessions(backend);
  hybridKeys(backend);
  serverState(backend);
}

function users(backend: Backend): void {
  const alice = { username: "alice", record: bytes(192, 1), identityKey: key(1) };
  const registered = { ...alice, registeredAt: NOW, leafIndex: 0 };

  describe("users", () => {
    test("a registered user is found, an unknown one is not", () =>
      withStores(backend, async ({ users }) => {
        assert.equal(await users.register(alice, LEAF, NOW), true);
        assert.deepEqual(await users.find("alice"), registered);
        assert.equal(await users.find("Alice"), undefined);
        assert.deepEqual(await users.findByKey(key(1)), registered);
        assert.equal(await users.findByKey(key(2)), undefined);
      }));

    test("a taken username or identity key is refused and nothing is overwritten", () =>
      withStores(backend, async ({ users }) => {
        await users.register(alice, LEAF, NOW);
        const record = bytes(192, 2);
        const sameName = { ...alice, record, identityKey: key(2) };
        assert.equal(await users.register(sameName, LEAF, LATER), false);
        const sameKey = { ...alice, record, username: "bob" };
        assert.equal(await users.register(sameKey, LEAF, LATER), false);
        assert.deepEqual(await users.find("alice"), registered);
        assert.equal(await users.find("bob"), undefined);
        assert.equal(await users.register({ ...sameName, username: "bob" }, LEAF, NOW), true);
      }));

    test("of registrations that arrive together one wins", () =>
      withStores(backend, async ({ users }) => {
        const tries = [1, 2, 3].map((n) =>
          users.register({ ...alice, identityKey: key(n) }, LEAF, NOW),
        );
        assert.deepEqual(await Promise.all(tries), [true, false, false]);
      }));
  });
}

function sessions(backend: Backend): void {
  describe("sessions", () => {
    test("a session is found until it expires", () =>
      withStores(backend, async ({ sessions }) => {
        const session = {
          tokenHash: key(1),
          identityKey: key(2),
          deviceId: NO_DEVICE,
          expiresAt: NOW + 10,
        };
        await sessions.create(session, NOW);
        await sessions.create({ ...session, tokenHash: key(3), deviceId: device(1) }, NOW);
        assert.deepEqual(await sessions.find(key(1), NOW + 9), session);
        assert.deepEqual((await sessions.find(key(3), NOW))?.deviceId, device(1));
        assert.equal(await sessions.find(key(1), NOW + 10), undefined);
        assert.equal(await sessions.find(key(4), NOW), undefined);
      }));
  });
}

function hybridKeys(backend: Backend): void {
  describe("hybrid keys", () => {
    test("the last upload counts, and answers keep the order of the question", () =>
      withStores(backend, async ({ hybridKeys }) => {
        await hybridKeys.put(key(1), bytes(1216, 1), NOW);
        await hybridKeys.put(key(2), bytes(1216, 2), NOW);
        await hybridKeys.put(key(1), bytes(1216, 3), NOW);
        assert.deepEqual(await hybridKeys.getMany([key(2), key(9), key(1), key(2)]), [
          bytes(1216, 2),
          undefined,
          bytes(1216, 3),
          bytes(1216, 2),
        ]);
        assert.deepEqual(await hybridKeys.getMany([]), []);
      }));
  });
}

function serverState(backend: Backend): void {
  describe("server state", () => {
    test("a secret is made once", () =>
      withStores(backend, async ({ serverState }) => {
        let made = 0;
        const make = () => {
          made += 1;
          return key(made);
        };
        const together = [serverState.getOrCreate("a", make), serverState.getOrCreate("a", make)];
        assert.deepEqual(await Promise.all(together), [key(1), key(1)]);
        assert.deepEqual(await serverState.getOrCreate("b", make), key(2));
        assert.deepEqual(await serverState.getOrCreate("a", make), key(1));
      }));

    test("values come back as copies that the caller may change", () =>
      withStores(backend, async ({ serverState }) => {
        const first = await serverState.getOrCreate("a", () => key(1));
        first.fill(0);
        const second = await serverState.getOrCreate("a", () => key(2));
        assert.deepEqual(second, key(1));
        assert.equal(second.constructor, Uint8Array);
        assert.equal(second.buffer.byteLength, 32);
      }));

    test("nothing is stored when the secret cannot be made", () =>
      withStores(backend, async ({ serverState, users }) => {
        const cause = new Error("no randomness");
        const failing = serverState.getOrCreate("a", () => {
          throw cause;
        });
        const user = { username: "alice", record: bytes(192, 1), identityKey: key(1) };
        const neighbour = users.register(user, LEAF, LATER);
        await assert.rejects(failing, cause);
        assert.equal(await neighbour, true);
        assert.deepEqual(await serverState.getOrCreate("a", () => key(5)), key(5));
      }));
  });
}
