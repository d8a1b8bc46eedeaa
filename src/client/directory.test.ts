// The directory against the reference server, and against one that lies about a user in one thing at a
// time. What it does with a log that lies stands in log-mirror.test.ts and foreign-logs.test.ts.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { InclusionProof } from "../gen/qpc/v1/kt_pb.ts";
import { KeyTransparencyService, UserService } from "../gen/qpc/v1/methods_pb.ts";
import type { ResolveUserResponse } from "../gen/qpc/v1/user_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { createClient } from "./client.ts";
import {
  appendBinding,
  assertFault,
  auditing,
  directoryOf,
  resolving,
  stateOf,
  treeOf,
} from "./contract/logs.ts";
import { flipped, lying, recording, startReference } from "./contract/reference.ts";
import { newIdentity } from "./identity.ts";
import { KeyChanged } from "./pinning.ts";
import { changeContact, findContact, saveContact } from "./store/contacts.ts";

const { resolveUser } = UserService.method;
const { checkRevocation } = KeyTransparencyService.method;

test("a name leads to its key, and the whole log is held afterwards [user.clients-verify]", async (t) => {
  const { bob, alice } = await world(t);
  const { contact, proof } = await directoryOf(bob).resolve("alice");
  assert.equal(proof, "log");
  assert.deepEqual(contact.identityKey, Uint8Array.from(alice.publicKey));
  assert.deepEqual(
    [contact.username, contact.trust, contact.revoked, contact.blocked],
    ["alice", "pinned", false, false],
  );
  const { contacts, held } = await stateOf(bob);
  assert.deepEqual(contacts, [contact]);
  assert.equal(held.length, 3);
});

test("every resolution asks the log and for a revocation", async (t) => {
  const { bob } = await world(t);
  const { caller, methods } = recording(bob.caller);
  const directory = directoryOf(bob, { caller });
  for (let n = 0; n < 2; n++) await directory.resolve("alice");
  assert.deepEqual(methods, [500, 520, 511, 500, 520, 511]);
});

test("names are compared byte by byte [user.exact]", async (t) => {
  const { bob, reference } = await world(t);
  const directory = directoryOf(bob);
  await directory.resolve("alice");
  await assert.rejects(directory.resolve("Alice"), { name: "CallError", status: Status.NotFound });
  await reference.enrol("Alice");
  await directory.resolve("Alice");
  const { contacts } = await stateOf(bob);
  assert.deepEqual(
    contacts.map(({ username }) => username),
    ["Alice", "alice"],
  );
  assert.notDeepEqual(contacts[0]?.identityKey, contacts[1]?.identityKey);
  // The answer for another name, with its own good proof, is no answer for this one.
  const other = await createClient(UserService, bob.caller).resolveUser({ username: "Alice" });
  const caller = resolving(bob.caller, other);
  await assertFault(directoryOf(bob, { caller }), "alice", "log-proof");
});

test("a wrong or missing proof is refused, and nothing is stored", async (t) => {
  const { bob, carol } = await world(t);
  const lies: Record<string, (answer: ResolveUserResponse) => Partial<ResolveUserResponse>> = {
    "another key": () => ({ identityKey: carol.publicKey }),
    "a key of 31 bytes": ({ identityKey }) => ({ identityKey: identityKey.subarray(1) }),
    "no key": () => ({ identityKey: new Uint8Array(0) }),
    "another time": ofProof(({ timestampMs }) => ({ timestampMs: timestampMs + 1n })),
    "another leaf": ofProof(({ leafHash }) => ({ leafHash: flipped(leafHash) })),
    "another index": ofProof(({ leafIndex }) => ({ leafIndex: leafIndex + 1n })),
    "an index beyond the log": ofProof(() => ({ leafIndex: 2n ** 64n - 1n })),
    "a flipped path": ofProof(({ auditPath: [first, ...rest] }) => ({
      auditPath: [flipped(first ?? assert.fail()), ...rest],
    })),
    "a short path": ofProof(({ auditPath }) => ({ auditPath: auditPath.slice(1) })),
    "a long path": ofProof(({ auditPath, root }) => ({ auditPath: [...auditPath, root] })),
    "a swapped path": ofProof(({ auditPath }) => ({ auditPath: auditPath.toReversed() })),
    "another root": ofProof(({ root }) => ({ root: flipped(root) })),
    "size 0": ofProof(() => ({ treeSize: 0n })),
    "a size of 2^64 - 1": ofProof(() => ({ treeSize: 2n ** 64n - 1n })),
  };
  const before = await stateOf(bob);
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const caller = lying(bob.caller, resolveUser, lie);
      await assertFault(directoryOf(bob, { caller }), "alice", "log-proof");
      assert.deepEqual(await stateOf(bob), before);
    });
  }
  await t.test("no proof", async () => {
    await assertFault(directoryOf(bob, { caller: unproven(bob.caller) }), "alice", "log-proof");
    assert.deepEqual(await stateOf(bob), before);
  });
  await t.test("the truth", async () => {
    await directoryOf(bob).resolve("alice");
  });
});

test("another key for a pinned name is refused until the user accepts it", async (t) => {
  const { bob, alice, withNewKey } = await world(t);
  const directory = directoryOf(bob);
  await directory.resolve("alice");
  await directory.markVerified("alice");
  await bob.database.write(changeContact("alice", { blocked: true }));
  const before = await stateOf(bob);

  const newKey = newIdentity().publicKey;
  const changed = directoryOf(bob, { caller: await withNewKey("alice", newKey) });
  await assert.rejects(changed.resolve("alice"), (error) => {
    assert.ok(error instanceof KeyChanged);
    assert.equal(error.fault, "key-changed");
    assert.deepEqual(error.pinned, Uint8Array.from(alice.publicKey));
    assert.deepEqual(error.offered, Uint8Array.from(newKey));
    return true;
  });
  assert.deepEqual(await stateOf(bob), before);

  const third = newIdentity().publicKey;
  await assert.rejects(changed.acceptNewKey("alice", third), { fault: "key-changed" });
  assert.deepEqual(await stateOf(bob), before);

  const { contact } = await changed.acceptNewKey("alice", newKey);
  assert.deepEqual(contact.identityKey, Uint8Array.from(newKey));
  assert.deepEqual([contact.trust, contact.blocked], ["pinned", true]);
  await changed.resolve("alice");
});

test("to accept a key is no way around proof and revocation", async (t) => {
  const { bob, withNewKey } = await world(t);
  await directoryOf(bob).resolve("alice");
  const before = await stateOf(bob);
  const key = newIdentity().publicKey;
  const unbound = lying(bob.caller, resolveUser, () => ({ identityKey: key }));
  const accepting = directoryOf(bob, { caller: unbound }).acceptNewKey("alice", key);
  await assert.rejects(accepting, { fault: "log-proof" });

  const revoking = lying(await withNewKey("alice", key), checkRevocation, revoked);
  const late = directoryOf(bob, { caller: revoking }).acceptNewKey("alice", key);
  await assert.rejects(late, { fault: "key-revoked" });
  // Whether a key that nobody accepted is revoked does not matter.
  await assertFault(directoryOf(bob, { caller: revoking }), "alice", "key-changed");
  assert.deepEqual(await stateOf(bob), before);
});

test("a key is accepted as it was seen, for a new name too", async (t) => {
  const { bob, carol } = await world(t);
  const before = await stateOf(bob);
  const unseen = directoryOf(bob).acceptNewKey("alice", carol.publicKey);
  await assert.rejects(unseen, { fault: "key-changed" });
  assert.deepEqual(await stateOf(bob), before);
  await directoryOf(bob).acceptNewKey("carol", carol.publicKey);
});

test("a key that was pinned while the server was asked is not overwritten", async (t) => {
  const { bob, carol } = await world(t);
  const { contact } = await directoryOf(bob).resolve("carol");
  const meanwhile = { ...contact, username: "alice" };
  const caller: Caller = {
    ...bob.caller,
    async call(methodId, payload, signal) {
      if (methodId === 511) await bob.database.write(saveContact(meanwhile));
      return bob.caller.call(methodId, payload, signal);
    },
  };
  await assertFault(directoryOf(bob, { caller }), "alice", "key-changed");
  const kept = await bob.database.read(findContact("alice"));
  assert.deepEqual(kept?.identityKey, Uint8Array.from(carol.publicKey));
});

test("a verified contact stays verified", async (t) => {
  const { bob } = await world(t);
  const directory = directoryOf(bob);
  await directory.resolve("alice");
  assert.equal((await directory.markVerified("alice")).trust, "verified");
  assert.equal((await directory.resolve("alice")).contact.trust, "verified");
  await assert.rejects(directory.markVerified("nobody"), RangeError);
});

test("a revoked key is not trusted [kt.clients-check]", async (t) => {
  const { bob, reference, withNewKey } = await world(t);
  const dave = await reference.signUp("dave");
  const before = await stateOf(bob);
  const slandering = lying(bob.caller, checkRevocation, revoked);
  await assertFault(directoryOf(bob, { caller: slandering }), "dave", "key-revoked");
  assert.deepEqual(await stateOf(bob), before);

  const directory = directoryOf(bob);
  await directory.resolve("dave");
  const { revokeKey } = createClient(KeyTransparencyService, dave.caller);
  await revokeKey({ identityKey: dave.identity.publicKey, reason: "compromised" });
  await assertFault(directory, "dave", "key-revoked");
  assert.equal((await bob.database.read(findContact("dave")))?.revoked, true);

  // Nobody takes a revocation back.
  const forgiving = lying(bob.caller, checkRevocation, () => ({ revoked: false }));
  await assertFault(directoryOf(bob, { caller: forgiving }), "dave", "key-revoked");
  // Nor does another name.
  const renaming = await withNewKey("david", dave.identity.publicKey);
  const caller = lying(renaming, checkRevocation, () => ({ revoked: false }));
  await assertFault(directoryOf(bob, { caller }), "david", "key-revoked");
});

test("a revoked key stays one after its user has another [kt.clients-check]", async (t) => {
  const { bob, alice, reference } = await world(t);
  const log = treeOf(await reference.stores.kt.leaves(0, 100));
  const withNewKey = (username: string, key: Uint8Array) =>
    auditing(resolving(bob.caller, appendBinding(log, username, key)), log);
  const slandering = lying(bob.caller, checkRevocation, revoked);
  await directoryOf(bob).resolve("alice");
  await assertFault(directoryOf(bob, { caller: slandering }), "alice", "key-revoked");
  const newKey = newIdentity().publicKey;
  const changed = directoryOf(bob, { caller: withNewKey("alice", newKey) });
  const { contact } = await changed.acceptNewKey("alice", newKey);
  assert.equal(contact.revoked, false);
  const returning = directoryOf(bob, { caller: withNewKey("alice", alice.publicKey) });
  const back = returning.acceptNewKey("alice", alice.publicKey);
  await assert.rejects(back, { fault: "key-revoked" });
  const renaming = withNewKey("alicia", alice.publicKey);
  await assertFault(directoryOf(bob, { caller: renaming }), "alicia", "key-revoked");
});

test("a name that nobody can have is refused, whatever is proved of it", async (t) => {
  const { bob, carol, withNewKey } = await world(t);
  const before = await stateOf(bob);
  const caller = await withNewKey("alice\0", carol.publicKey);
  await assertFault(directoryOf(bob, { caller }), "alice\0", "log-proof");
  await assertFault(directoryOf(bob, { caller }), "a".repeat(65_536), "log-proof");
  assert.deepEqual(await stateOf(bob), before);
});

test("without a log nobody is pinned, unless that is allowed", async (t) => {
  const { bob } = await world(t);
  const caller = unproven(bob.caller);
  await assertFault(directoryOf(bob, { caller }), "alice", "log-proof");
  const lenient = { caller, allowUnlogged: true };
  const { contact, proof } = await directoryOf(bob, lenient).resolve("alice");
  assert.deepEqual([proof, contact.trust], ["none", "pinned"]);

  // Who has shown a log keeps one.
  await directoryOf(bob).resolve("carol");
  const before = await stateOf(bob);
  await assertFault(directoryOf(bob, lenient), "alice", "log-proof");
  assert.deepEqual(await stateOf(bob), before);
});

test("requests at the same time take turns", async (t) => {
  const { bob, reference } = await world(t);
  const directory = directoryOf(bob);
  const names = ["alice", "carol", "bob", "alice"];
  const signUps = ["x", "y", "z"].map((name) => reference.enrol(name));
  const found = await Promise.all(names.map((name) => directory.resolve(name)));
  await Promise.all(signUps);
  assert.deepEqual(
    found.map(({ contact }) => contact.username),
    names,
  );
});

/** world has alice, bob and carol on one server. */
async function world(t: TestContext) {
  const reference = await startReference(t);
  const alice = await reference.enrol("alice");
  const bob = await reference.signUp("bob");
  const carol = await reference.enrol("carol");
  return {
    reference,
    alice,
    bob,
    carol,
    /** withNewKey is the server with a name bound once more, at the end of its true log. */
    async withNewKey(username: string, key: Uint8Array): Promise<Caller> {
      const log = treeOf(await reference.stores.kt.leaves(0, 100));
      const answer = appendBinding(log, username, key);
      return auditing(resolving(bob.caller, answer), log);
    },
  };
}

function ofProof(change: (proof: InclusionProof) => Partial<InclusionProof>) {
  return ({ inclusionProof = assert.fail() }: ResolveUserResponse) => ({
    inclusionProof: { ...inclusionProof, ...change(inclusionProof) },
  });
}

function unproven(caller: Caller): Caller {
  return lying(caller, resolveUser, (answer) => {
    delete answer.inclusionProof;
    return answer;
  });
}

function revoked() {
  return { revoked: true };
}
