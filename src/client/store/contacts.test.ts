// Contacts: by name and by key. Spec: client/client.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { key } from "../../storage/contract/harness.ts";
import {
  type Contact,
  changeContact,
  findContact,
  findContactByKey,
  isBlocked,
  isRevoked,
  listContacts,
  revokeKey,
  saveContact,
} from "./contacts.ts";
import { openClientStore } from "./open.ts";

const bob: Contact = {
  username: "bob",
  identityKey: key(1),
  trust: "pinned",
  revoked: false,
  blocked: false,
  resolvedAt: 1_000,
};
const alice: Contact = { ...bob, username: "alice@b.example", identityKey: key(2) };

test("a contact is found by name and by key, and replaced by the next save", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  assert.equal(await database.read(findContact("bob")), undefined);
  assert.equal(await database.read(findContactByKey(key(1))), undefined);
  for (const contact of [bob, alice]) await database.write(saveContact(contact));
  const revoked: Contact = { ...bob, identityKey: key(3), trust: "verified", revoked: true };
  await database.write(saveContact(revoked));
  assert.deepEqual(await database.read(findContact("bob")), revoked);
  assert.deepEqual(await database.read(findContactByKey(key(3))), revoked);
  assert.equal(await database.read(findContactByKey(key(1))), undefined);
  assert.deepEqual(await database.read(listContacts()), [alice, revoked]);
});

test("a key under several names is the one resolved last", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const renamed = { ...bob, username: "aaron", resolvedAt: 2_000 };
  const old = { ...bob, username: "zed", resolvedAt: 500 };
  for (const contact of [bob, renamed, old]) await database.write(saveContact(contact));
  assert.deepEqual(await database.read(findContactByKey(key(1))), renamed);
});

test("a verified name of a key goes before one that was resolved later", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const verified = { ...bob, trust: "verified" } as const;
  const renamed = { ...bob, username: "aaron", resolvedAt: 2_000 };
  for (const contact of [renamed, verified]) await database.write(saveContact(contact));
  assert.deepEqual(await database.read(findContactByKey(key(1))), verified);
});

test("a key is revoked under all of its names", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  const renamed = { ...bob, username: "aaron" };
  for (const contact of [bob, renamed, alice]) await database.write(saveContact(contact));
  assert.equal(await database.read(isRevoked(key(1))), false);
  await database.write(revokeKey(key(1)));
  const listed = await database.read(listContacts());
  assert.deepEqual(
    listed.map(({ username, revoked }) => [username, revoked]),
    [
      ["aaron", true],
      ["alice@b.example", false],
      ["bob", true],
    ],
  );
  assert.equal(await database.read(isRevoked(key(1))), true);
  assert.equal(await database.read(isRevoked(key(2))), false);
});

test("a key stays revoked when its name leads to another; a stranger's is not noted", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await database.write(saveContact(bob));
  await database.write(revokeKey(key(1)));
  await database.write(revokeKey(key(1)));
  await database.write(saveContact({ ...bob, identityKey: key(3) }));
  assert.equal(await database.read(isRevoked(key(1))), true);
  assert.equal(await database.read(isRevoked(key(3))), false);
  await database.write(revokeKey(key(2)));
  assert.equal(await database.read(isRevoked(key(2))), false);
});

test("a change touches the fields it names; a stranger is not added", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await database.write(saveContact(bob));
  const changed = { ...bob, trust: "verified", resolvedAt: 7 } as const;
  const change = { trust: "verified", resolvedAt: 7 } as const;
  assert.deepEqual(await database.write(changeContact("bob", change)), changed);
  assert.deepEqual(await database.read(listContacts()), [changed]);
  assert.equal(await database.write(changeContact("nobody", change)), undefined);
  assert.equal((await database.read(listContacts())).length, 1);
});

test("a key is blocked while any of its names is", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  for (const contact of [bob, { ...bob, username: "robert", resolvedAt: 2_000 }, alice]) {
    await database.write(saveContact(contact));
  }
  assert.equal(await database.read(isBlocked(key(1))), false);
  await database.write(changeContact("bob", { blocked: true }));
  assert.equal(await database.read(isBlocked(key(1))), true);
  assert.equal(await database.read(isBlocked(key(2))), false);
  await database.write(changeContact("bob", { blocked: false }));
  assert.equal(await database.read(isBlocked(key(1))), false);
});
