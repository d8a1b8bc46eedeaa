// The vectors of the log against the code that server and client use, and against what only the whole log
// can tell.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { bindingEntry, type Reason, revocationEntry } from "../src/crypto/kt/entries.ts";
import { leafHash } from "../src/crypto/kt/hash.ts";
import { MerkleTree } from "../src/crypto/kt/tree.ts";
import { verifyConsistency, verifyInclusion } from "../src/crypto/kt/verify.ts";
import { ConsistencyProofSchema, InclusionProofSchema } from "../src/gen/qpc/v1/kt_pb.ts";
import { type Bytes, materialise } from "./bytes.ts";
import type { Fields, ProofVector } from "./format.ts";
import { loadVectors } from "./load.ts";

const { vectors } = loadVectors("kt/proofs");

describe("kt/proofs", () => {
  for (const vector of ofCheck("entry")) {
    it(`${vector.id}: the entry and its leaf`, () => {
      const fields = decoded(vector);
      const key = bytesOf(fields.identity_key);
      const time = BigInt(String(fields.time_ms));
      const entry =
        fields.kind === "binding"
          ? bindingEntry(String(fields.username), key, time)
          : revocationEntry(key, fields.reason as Reason, time);
      assert.deepEqual(entry, materialise(vector.bytes));
      assert.deepEqual(leafHash(entry), bytesOf(fields.leaf_hash));
    });
  }

  for (const vector of ofCheck("root")) {
    it(`${vector.id}: the root of the leaves`, () => {
      const fields = decoded(vector);
      const tree = treeOf(materialise(vector.bytes));
      assert.equal(String(tree.size), fields.tree_size);
      assert.deepEqual(tree.root(), bytesOf(fields.root));
    });
  }

  for (const vector of ofCheck("inclusion")) {
    it(`${vector.id}: ${vector.expect}`, () => {
      assert.equal(faultOfInclusion(vector), vector.stage);
      if (vector.decoded === null) return;
      const proof = fromBinary(InclusionProofSchema, materialise(vector.bytes));
      assert.deepEqual(vector.decoded, {
        leaf_index: String(proof.leafIndex),
        tree_size: String(proof.treeSize),
        leaf_hash: hexOf(proof.leafHash),
        audit_path: proof.auditPath.map(hexOf),
        root: hexOf(proof.root),
        timestamp_ms: String(proof.timestampMs),
      });
    });
  }

  for (const vector of ofCheck("consistency")) {
    it(`${vector.id}: ${vector.expect}`, () => {
      const proof = fromBinary(ConsistencyProofSchema, materialise(vector.bytes));
      assert.equal(verifyConsistency(proof), vector.expect === "accept");
      if (vector.decoded === null) return;
      assert.deepEqual(vector.decoded, {
        old_size: String(proof.oldSize),
        new_size: String(proof.newSize),
        path: proof.path.map(hexOf),
        old_root: hexOf(proof.oldRoot),
        new_root: hexOf(proof.newRoot),
      });
    });
  }

  it("has one proof that holds against another root than that of the log", () => {
    const log = treeOf(materialise(find("kt.root.size-8").bytes));
    const forked = ofCheck("inclusion").filter((vector) => {
      if (vector.expect === "reject") return false;
      const { treeSize, root } = fromBinary(InclusionProofSchema, materialise(vector.bytes));
      return Buffer.compare(log.root(Number(treeSize)), root) !== 0;
    });
    assert.deepEqual(
      forked.map(({ id }) => id),
      ["kt.inclusion.leaf-4-of-7-called-8"],
    );
  });
});

describe("spec/crypto/key-transparency.md", () => {
  it("has the user, the entry and the two logs of the vectors", () => {
    const file = new URL("../spec/crypto/key-transparency.md", import.meta.url);
    const [, example = ""] = readFileSync(file, "utf8").split("## ");
    const { leaf_hash, audit_path, root } = decoded(find("kt.inclusion.leaf-2-of-3"));
    const entry = decoded(find("kt.entry.leaf-2"));
    const before = decoded(find("kt.root.size-2"));
    assert.deepEqual(audit_path, [before.root]);
    const stated = new Set(example.match(/\b[0-9a-f]{64}\b/g));
    const expected = [entry.identity_key, leaf_hash, before.root, root].map(bytesOf);
    assert.deepEqual(stated, new Set(expected.map((bytes) => hexOf(bytes).hex)));
    const [, spelled = ""] = /entry {2}([0-9a-f\s]+)leaf/.exec(example) ?? [];
    assert.deepEqual({ hex: spelled.replaceAll(/\s/g, "") }, find("kt.entry.leaf-2").bytes);
  });
});

/** faultOfInclusion answers the check that fails, as a client would run them. */
function faultOfInclusion({ asked, bytes }: ProofVector): ProofVector["stage"] {
  const proof = fromBinary(InclusionProofSchema, materialise(bytes));
  assert.ok(asked);
  const entry = bindingEntry(asked.username, materialise(asked.identity_key), proof.timestampMs);
  if (Buffer.compare(leafHash(entry), proof.leafHash) !== 0) return "leaf";
  return verifyInclusion(proof) ? null : "path";
}

function treeOf(leaves: Uint8Array): MerkleTree {
  const tree = new MerkleTree();
  for (let at = 0; at < leaves.length; at += 32) tree.append(leaves.subarray(at, at + 32));
  return tree;
}

function ofCheck(check: ProofVector["check"]): readonly ProofVector[] {
  return vectors.filter((vector) => vector.check === check);
}

function find(id: string): ProofVector {
  return vectors.find((vector) => vector.id === id) ?? assert.fail(`there is no vector ${id}`);
}

function decoded(vector: ProofVector): Fields {
  return vector.decoded ?? assert.fail(`${vector.id} says nothing`);
}

function bytesOf(value: unknown): Uint8Array {
  return materialise(value as Bytes);
}

function hexOf(bytes: Uint8Array) {
  return { hex: Buffer.from(bytes).toString("hex") };
}
