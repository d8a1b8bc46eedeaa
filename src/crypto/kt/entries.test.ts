// The entries against the example of spec/services/kt.md, which was written by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bindingEntry, revocationEntry } from "./entries.ts";
import { leafHash } from "./hash.ts";
import { MerkleTree } from "./tree.ts";

const KEY = new Uint8Array(32).fill(0xa1);
const REGISTERED = 1_700_000_000_000;
const REVOKED = REGISTERED + 60_000;

test("the two entries of the example", () => {
  const key = "a1".repeat(32);
  assert.equal(hex(binding()), `010005616c696365${key}0000018bcfe56800`);
  assert.equal(hex(revocation()), `02${key}010000018bcfe65260`);
});

test("the leaves and the root of the example", () => {
  const tree = new MerkleTree();
  for (const entry of [binding(), revocation()]) tree.append(leafHash(entry));
  const [first, second, root] = [tree.leaf(0), tree.leaf(1), tree.root()].map(hex);
  assert.equal(first, "dbabda19b3ce235f5601db7a42a2baf65659ff63d619bf2538fcbed9fb567eb0");
  assert.equal(second, "914b50009f4b1344d70c3ea4b93fd2bb4f9cdf778d3e24945295fb94aa8fca42");
  assert.equal(root, "15f9ba4453079f34de866c6aa5952d648afd98c18981d22244af95d26f87f2c9");
});

test("the length of a name counts its bytes", () => {
  assert.equal(hex(bindingEntry("é", KEY, 0)).slice(0, 10), "010002c3a9");
  assert.equal(hex(bindingEntry("x".repeat(300), KEY, 0)).slice(0, 6), "01012c");
});

test("the reasons have their bytes", () => {
  const bytes = (["compromised", "superseded", "user_revoked"] as const).map(
    (reason) => revocationEntry(KEY, reason, 0)[33],
  );
  assert.deepEqual(bytes, [1, 2, 3]);
});

test("a time is 64 bits, as a number or as on the wire", () => {
  assert.equal(hex(revocationEntry(KEY, "superseded", 2n ** 64n - 1n)).slice(-16), "f".repeat(16));
  assert.throws(() => revocationEntry(KEY, "superseded", -1), RangeError);
});

test("what would shift the fields is refused", () => {
  assert.throws(() => bindingEntry("alice", KEY.subarray(1), 0), RangeError);
  assert.throws(() => revocationEntry(new Uint8Array(33), "superseded", 0), RangeError);
  assert.throws(() => bindingEntry("x".repeat(65_536), KEY, 0), RangeError);
});

function binding(): Uint8Array {
  return bindingEntry("alice", KEY, REGISTERED);
}

function revocation(): Uint8Array {
  return revocationEntry(KEY, "compromised", REVOKED);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
