// Users of other servers: a log that cannot be audited still must not shrink or fork.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leafHash, nodeHash } from "../crypto/kt/hash.ts";
import { UserService } from "../gen/qpc/v1/methods_pb.ts";
import type { ResolveUserResponse } from "../gen/qpc/v1/user_pb.ts";
import { addressOf, checkBinding } from "./binding.ts";
import { createClient } from "./client.ts";
import {
  appendBinding,
  assertFault,
  directoryOf,
  proofOf,
  resolving,
  stateOf,
  strangeLog,
  treeOf,
} from "./contract/logs.ts";
import { type Person, startReference } from "./contract/reference.ts";
import type { DirectoryOptions } from "./directory.ts";
import { newIdentity } from "./identity.ts";
import { remoteRoot } from "./store/log.ts";

const ERIN = newIdentity().publicKey;

test("an address is a name, or a name and a domain in lower case", () => {
  assert.deepEqual(addressOf("alice"), { username: "alice", domain: undefined });
  assert.deepEqual(addressOf("Erin@B.Test"), { username: "Erin", domain: "b.test" });
  assert.deepEqual(addressOf("a@b@c"), { username: "a", domain: "b@c" });
});

test("the log of another server has the name without the domain, and its root is remembered", async (t) => {
  const { bob, log, index } = await world(t);
  const { proof, contact } = await asking(bob, proofOf(log, ERIN, index)).resolve("erin@B.test");
  assert.deepEqual([proof, contact.username], ["remote-log", "erin@B.test"]);
  assert.deepEqual(await rootOf(bob), { size: 3, root: log.root() });
  assert.deepEqual((await stateOf(bob)).held, []);
  await assertFault(asking(bob, proofOf(log, ERIN, index)), "frank@b.test", "log-proof");
  const whole = appendBinding(log, "frank@b.test", ERIN);
  await assertFault(asking(bob, whole), "frank@b.test", "log-proof");
});

test("a user of a true second server is verified against its log, as it grows", async (t) => {
  const { bob } = await world(t);
  const there = await startReference(t);
  const { publicKey } = await there.enrol("erin");
  const { resolveUser } = createClient(UserService, (await there.signUp("frank")).caller);
  // What its server does for bob: it asks the other one, and passes the answer on.
  const ask = async () => asking(bob, await resolveUser({ username: "erin" }));
  const { contact, proof } = await (await ask()).resolve("erin@b.test");
  assert.deepEqual([proof, contact.identityKey], ["remote-log", Uint8Array.from(publicKey)]);
  await there.enrol("grace");
  await (await ask()).resolve("erin@b.test");
  assert.equal((await rootOf(bob))?.size, 3);
});

test("a log of another server that shrank or forked is refused, and nothing is stored", async (t) => {
  const { bob, log, index } = await world(t);
  const early = proofOf(log, ERIN, index);
  log.append(leafHash(Uint8Array.of(9)));
  const now = proofOf(log, ERIN, index);
  await asking(bob, now).resolve("erin@b.test");
  const before = [await stateOf(bob), await rootOf(bob)];

  await assertFault(asking(bob, early), "erin@B.TEST", "log-shrunk");
  const forked = treeOf([0, 1, 2].map((n) => log.leaf(n)));
  forked.append(leafHash(Uint8Array.of(10)));
  await assertFault(asking(bob, proofOf(forked, ERIN, index)), "erin@b.test", "log-forked");
  const unproven = { identityKey: ERIN };
  await assertFault(asking(bob, unproven), "erin@b.test", "log-proof");
  await assertFault(asking(bob, unproven, { allowUnlogged: true }), "erin@b.test", "log-proof");
  await assertFault(asking(bob, hugeLog(now)), "erin@b.test", "log-proof");
  assert.deepEqual([await stateOf(bob), await rootOf(bob)], before);

  await asking(bob, now).resolve("erin@b.test");
  log.append(leafHash(Uint8Array.of(11)));
  await asking(bob, proofOf(log, ERIN, index)).resolve("erin@b.test");
  assert.deepEqual(await rootOf(bob), { size: 5, root: log.root() });
});

test("a log whose key is refused is not remembered", async (t) => {
  const { bob, log, index } = await world(t);
  await asking(bob, proofOf(log, ERIN, index)).resolve("erin@b.test");
  const before = [await stateOf(bob), await rootOf(bob)];
  const changed = appendBinding(log, "erin", newIdentity().publicKey);
  await assertFault(asking(bob, changed), "erin@b.test", "key-changed");
  assert.deepEqual([await stateOf(bob), await rootOf(bob)], before);
});

test("logs of several servers have nothing to do with each other", async (t) => {
  const { bob, log, index } = await world(t);
  await asking(bob, proofOf(log, ERIN, index)).resolve("erin@b.test");
  const other = strangeLog(0);
  await asking(bob, appendBinding(other, "erin", ERIN)).resolve("erin@c.test");
  await directoryOf(bob).resolve("bob");
  assert.deepEqual(await rootOf(bob), { size: 3, root: log.root() });
});

test("without a log another server's users are pinned only where that is allowed", async (t) => {
  const { bob } = await world(t);
  const unproven = { identityKey: ERIN };
  await assertFault(asking(bob, unproven), "erin@b.test", "log-proof");
  const lenient = asking(bob, unproven, { allowUnlogged: true });
  assert.equal((await lenient.resolve("erin@b.test")).proof, "none");
});

/** world has bob, and the log of another server with erin in it. */
async function world(t: Parameters<typeof startReference>[0]) {
  const bob = await (await startReference(t)).signUp("bob");
  const log = strangeLog(2);
  appendBinding(log, "erin", ERIN);
  return { bob, log, index: 2 };
}

function asking(
  person: Person,
  answer: Partial<ResolveUserResponse>,
  options: Partial<DirectoryOptions> = {},
) {
  return directoryOf(person, { caller: resolving(person.caller, answer), ...options });
}

/** hugeLog is a proof that holds, in a log of 2^60 leaves. */
function hugeLog({ identityKey, inclusionProof = assert.fail() }: Partial<ResolveUserResponse>) {
  const auditPath = Array.from({ length: 60 }, (_, n) => leafHash(Uint8Array.of(n)));
  const root = auditPath.reduce(nodeHash, inclusionProof.leafHash);
  const proof = { ...inclusionProof, leafIndex: 0n, treeSize: 2n ** 60n, auditPath, root };
  checkBinding("erin", ERIN, proof);
  return { ...(identityKey && { identityKey }), inclusionProof: proof };
}

function rootOf({ database }: Person) {
  return database.read(remoteRoot("b.test"));
}
