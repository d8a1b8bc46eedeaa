// kt/proofs.json: entries and their leaves, logs and their roots, proofs that hold and proofs with one
// fault. Spec: crypto/key-transparency.md.

import type { ProofVector, VectorFile } from "../format.ts";
import { consistencyVectors } from "./consistency.ts";
import { inclusionVectors } from "./inclusion.ts";
import { type Entry, entryBytes, LEAVES, LOG } from "./log.ts";
import { leafHash, rootOf } from "./merkle.ts";
import { accepted } from "./stating.ts";

/** ktProofs is kt/proofs.json. */
export function ktProofs(): VectorFile<ProofVector> {
  return {
    schema: "schema/proofs.schema.json",
    topic: "kt/proofs",
    spec: "spec/crypto/key-transparency.md",
    vectors: [
      ...LOG.map((entry, index) => entryVector(`leaf-${index}`, entry)),
      entryVector("time-0", { ...first, timeMs: 0n }),
      entryVector("time-largest", { ...first, timeMs: 2n ** 64n - 1n }),
      entryVector("name-300-bytes", { ...first, username: "x".repeat(300) }),
      ...Array.from({ length: LEAVES.length + 1 }, (_, size) => rootVector(size)),
      ...inclusionVectors(),
      ...consistencyVectors(),
    ],
  };
}

const first = {
  kind: "binding",
  username: "alice",
  identityKey: "a1".repeat(32),
  timeMs: 1n,
} as const satisfies Entry;

function entryVector(name: string, entry: Entry): ProofVector {
  const bytes = entryBytes(entry);
  const { kind, identityKey, timeMs } = entry;
  const rest = kind === "binding" ? { username: entry.username } : { reason: entry.reason };
  const fields = { kind, ...rest, identity_key: { hex: identityKey }, time_ms: String(timeMs) };
  const rule = "key-transparency.entry";
  const decoded = { ...fields, leaf_hash: { hex: leafHash(bytes) } };
  return accepted({ check: "entry", name, rule, bytes }, decoded);
}

function rootVector(size: number): ProofVector {
  const leaves = LEAVES.slice(0, size);
  const rule = "key-transparency.root";
  const decoded = { tree_size: String(size), root: { hex: rootOf(leaves) } };
  return accepted({ check: "root", name: `size-${size}`, rule, bytes: leaves.join("") }, decoded);
}
