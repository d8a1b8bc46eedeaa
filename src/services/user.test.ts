// ResolveUser and ResolveIdentity. Spec: services/user.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bindingEntry } from "../crypto/kt/entries.ts";
import { leafHash } from "../crypto/kt/hash.ts";
import { verifyInclusion } from "../crypto/kt/verify.ts";
import { KeyTransparencyService, UserService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { type Host, openHost, refused } from "./contract/host.ts";
import { signUp } from "./contract/people.ts";
import { createKeyLog } from "./key-log.ts";
import { createUserService } from "./user.ts";

const { resolveUser, resolveIdentity } = UserService.method;
const { revokeKey } = KeyTransparencyService.method;

test("a name leads to its key, with a proof that verifies, and a key to its name", async (t) => {
  const host = await openHost(t);
  for (const number of [1, 2, 3]) await signUp(host, `user ${number}`, number);
  const caller = await host.user(9);
  for (const number of [1, 2, 3]) {
    await demandProof(host, `user ${number}`, number, 3n);
    const { username } = await caller.call(resolveIdentity, { identityKey: keyOf(number) });
    assert.equal(username, `user ${number}`);
  }
  await signUp(host, "user 4", 4);
  await demandProof(host, "user 1", 1, 4n);
});

test("a name is found byte by byte, and what nobody has is NotFound", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  const caller = await host.user(1);
  for (const username of ["Alice", "alice ", "alic", "bob", "alice@example.org", "@", "é"]) {
    await refused(caller.call(resolveUser, { username }), Status.NotFound, "user.not-found");
  }
  const unknown = caller.call(resolveIdentity, { identityKey: keyOf(2) });
  await refused(unknown, Status.NotFound, "user.not-found");
  await refused(caller.call(resolveUser, {}), Status.BadRequest, "user.username");
});

test("a revoked key is still found", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  const alice = await host.user(1);
  await alice.call(revokeKey, { identityKey: alice.key, reason: "superseded" });
  await demandProof(host, "alice", 1, 2n);
});

test("without a domain after its @ a name leads to nobody, with federation off as well", async (t) => {
  const host = await openHost(t);
  await signUp(host, "alice", 1);
  const caller = await host.user(9);
  await refused(caller.call(resolveUser, { username: "alice@" }), Status.NotFound);
});

test("a name with an @ is resolved by its server, with its proof or none", async (t) => {
  const { stores } = await openHost(t);
  const asked: string[] = [];
  const [resolve] = createUserService({
    users: stores.users,
    keyLog: createKeyLog(stores.kt),
    remote: async (name) => {
      asked.push(name);
      if (name === "nobody@b.example") return undefined;
      return { identityKey: keyOf(7), inclusionProof: undefined };
    },
  });
  const ask = async (username: string) => resolve?.handle({ username } as never, {} as never);
  assert.deepEqual(await ask("bob@b.example"), { identityKey: keyOf(7) });
  await assert.rejects(ask("nobody@b.example"), { rule: "user.not-found" });
  await assert.rejects(ask("bob"), { rule: "user.not-found" });
  assert.deepEqual(asked, ["bob@b.example", "nobody@b.example"]);
});

async function demandProof(host: Host, username: string, number: number, treeSize: bigint) {
  const caller = await host.user(9);
  const { identityKey, inclusionProof } = await caller.call(resolveUser, { username });
  assert.deepEqual(identityKey, keyOf(number));
  assert.ok(inclusionProof);
  assert.equal(inclusionProof.treeSize, treeSize);
  const entry = bindingEntry(username, identityKey, inclusionProof.timestampMs);
  assert.deepEqual(inclusionProof.leafHash, leafHash(entry));
  assert.ok(verifyInclusion(inclusionProof));
}

function keyOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}
