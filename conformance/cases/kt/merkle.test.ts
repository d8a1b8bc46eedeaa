// The judge's own log against the example of spec/services/kt.md, and against the server's verifier.

import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyInclusion } from "../../../src/crypto/kt/verify.ts";
import { bindingLeaf, pathOf, revocationLeaf, rootOf } from "./merkle.ts";

const KEY = new Uint8Array(32).fill(0xa1);

test("the example of the chapter", () => {
  const leaves = [
    bindingLeaf("alice", KEY, 1_700_000_000_000n),
    revocationLeaf(KEY, "compromised", 1_700_000_060_000n),
  ];
  assert.deepEqual(leaves.map(hex), [
    "dbabda19b3ce235f5601db7a42a2baf65659ff63d619bf2538fcbed9fb567eb0",
    "914b50009f4b1344d70c3ea4b93fd2bb4f9cdf778d3e24945295fb94aa8fca42",
  ]);
  const root = "15f9ba4453079f34de866c6aa5952d648afd98c18981d22244af95d26f87f2c9";
  assert.equal(hex(rootOf(leaves)), root);
  assert.deepEqual(pathOf(0, leaves).map(hex), [hex(leaves[1] as Uint8Array)]);
});

test("two verifiers that share no code agree", () => {
  const leaves = Array.from({ length: 70 }, (_, i) => bindingLeaf(`user ${i}`, KEY, BigInt(i)));
  for (let size = 1; size <= leaves.length; size += 1) {
    const some = leaves.slice(0, size);
    const root = rootOf(some);
    for (const [index, leafHash] of some.entries()) {
      const auditPath = pathOf(index, some);
      const proof = { leafIndex: BigInt(index), treeSize: BigInt(size), leafHash, auditPath, root };
      assert.ok(verifyInclusion(proof), `${index} of ${size}`);
    }
  }
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
