// Closing and opening again: everything that counts lies in the SQLCipher file (spec/client/client.md,
// Local state).

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Cast } from "../contract/cast.ts";
import { assertAgreed, startCast, syncAll, texts } from "../contract/cast.ts";
import { openMessenger } from "../messenger.ts";
import { type ClientStore, openClientStore } from "../store/open.ts";

test("a client goes on from its file: identity, groups, history, outbox and session", async (t) => {
  const cast = await startCast(t);
  const path = await temporaryFile(t);
  const bob = await cast.join("bob");
  let isDown = false;
  const open = async () => {
    const store = await openClientStore({ kind: "file", path, passphrase: "open sesame" });
    const logins: string[] = [];
    const messenger = await openMessenger({
      ...{ store, username: "alice", password: "secret" },
      connect: async () => {
        if (isDown) throw new Error("the network is down");
        return { caller: await cast.reference.connect(), close: async () => {} };
      },
      trace: ({ kind }) => kind === "logged-in" && logins.push(kind),
    });
    return { store, messenger, logins };
  };
  const close = async ({ messenger, store }: { messenger: Closing; store: ClientStore }) => {
    await messenger.close();
    await store.close();
  };

  let alice = await open();
  await alice.messenger.register();
  await alice.messenger.publishKeys();
  const { identityKey } = alice.messenger.account;
  const { id } = await alice.messenger.startDirect("bob");
  const group = await alice.messenger.createGroup("two", ["bob"]);
  await alice.messenger.sendText(id, "first life");
  await bob.messenger.sync();
  await bob.messenger.sendText(id, "heard");
  await alice.messenger.sync();
  await close(alice);

  isDown = true;
  alice = await open();
  assert.deepEqual(alice.messenger.account.identityKey, identityKey);
  assert.equal((await alice.messenger.sendText(id, "second life, offline")).status, "queued");
  assert.equal(await alice.messenger.rotateKeys(group.id), "queued");
  await close(alice);

  isDown = false;
  alice = await open();
  const { faults, waiting } = await alice.messenger.sync();
  assert.deepEqual([faults, waiting, alice.logins], [[], 0, []]);
  await bob.messenger.sync();
  const player = { ...bob, store: alice.store, messenger: alice.messenger };
  const spoken = ["alice: first life", "bob: heard", "alice: second life, offline"];
  assert.deepEqual(await texts(player, id), spoken);
  assert.deepEqual(await texts(bob, id), spoken);
  await syncAll([bob]);
  await assertAgreed([player, bob], group.id, 2);
  await close(alice);

  const file = await readFile(path);
  for (const secret of ["second life", "first life", "alice"]) {
    assert.equal(file.indexOf(secret), -1);
  }
});

test("a store is one account's", async (t) => {
  const cast = await startCast(t);
  const alice = await cast.join("alice");
  await assert.rejects(openMessenger({ ...optionsOf(cast, alice.store), username: "bob" }), {
    fault: "other-account",
  });
});

test("without an account there is nothing to be had, and registering twice is one account", async (t) => {
  const cast = await startCast(t);
  const store = await openClientStore({ kind: "memory" });
  t.after(() => store.close());
  const messenger = await openMessenger(optionsOf(cast, store));
  assert.throws(() => messenger.account, { fault: "no-account" });
  await assert.rejects(messenger.sync(), { fault: "no-account" });
  await messenger.register();
  const { identityKey } = messenger.account;
  // As after an answer that was lost.
  await messenger.register();
  assert.deepEqual(messenger.account.identityKey, identityKey);
  await messenger.sync();

  const another = await openClientStore({ kind: "memory" });
  t.after(() => another.close());
  const other = await openMessenger({ ...optionsOf(cast, another), password: "guessed" });
  await assert.rejects(other.register(), { name: "AuthError", fault: "taken" });
});

type Closing = Pick<Awaited<ReturnType<typeof openMessenger>>, "close">;

function optionsOf(cast: Cast, store: ClientStore) {
  const connect = async () => ({ caller: await cast.reference.connect(), close: async () => {} });
  return { store, connect, username: "alice", password: "secret" };
}

async function temporaryFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "qpc-messenger-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "client.db");
}
