// Inclusion proofs of bindings, as ResolveUser answers them, and the same with one thing changed.
// Spec: crypto/key-transparency.md [key-transparency.inclusion].

import type { ProofVector } from "../format.ts";
import { bytesField, varintField } from "../protobuf-writer.ts";
import { type Binding, LEAVES, LOG } from "./log.ts";
import { inclusionPath, rootOf } from "./merkle.ts";
import { accepted, rejected } from "./stating.ts";
import { flipped, largest, pathFaults } from "./tampering.ts";

interface Proof {
  readonly leafIndex: bigint;
  readonly treeSize: bigint;
  readonly leafHash: string;
  readonly path: readonly string[];
  readonly root: string;
  readonly timeMs: bigint;
}

/** Asked is the name that the client asked for, and the key that it got. */
type Asked = Pick<Binding, "username" | "identityKey">;

/** inclusionVectors prove every binding in every log that has it, then spoil two of the proofs. */
export function inclusionVectors(): ProofVector[] {
  const sizes = LEAVES.map((_, index) => index + 1);
  const good = sizes.flatMap((size) =>
    LOG.slice(0, size).flatMap((entry, index) =>
      entry.kind === "binding"
        ? [holding(`leaf-${index}-of-${size}`, entry, prove(index, size))]
        : [],
    ),
  );
  return [...good, sameShape(), ...spoiled(4, 7), ...spoiled(7, 8), ...alone()];
}

/** spoiled changes one thing at a time about a proof that holds. */
function spoiled(index: number, size: number): ProofVector[] {
  const asked = bindingAt(index);
  const proof = prove(index, size);
  const { leafHash, root, treeSize } = proof;
  const other = bindingAt(1);
  const refused = (
    stage: "leaf" | "path",
    name: string,
    change: Partial<Proof>,
    by: Asked = asked,
  ) => failing(`leaf-${index}-of-${size}-${name}`, stage, by, { ...proof, ...change });
  return [
    refused("leaf", "other-name", {}, { ...asked, username: other.username }),
    refused("leaf", "name-in-capitals", {}, { ...asked, username: asked.username.toUpperCase() }),
    refused("leaf", "other-key", {}, { ...asked, identityKey: other.identityKey }),
    refused("leaf", "later", { timeMs: proof.timeMs + 1n }),
    refused("leaf", "hash-flipped", { leafHash: flipped(leafHash) }),
    refused("leaf", "hash-of-another-leaf", { leafHash: LEAVES[1] ?? "" }),
    refused("leaf", "hash-missing", { leafHash: "" }),
    ...pathFaults(proof.path).map(([name, path]) => refused("path", name, { path })),
    refused("path", "index-0", { leafIndex: 0n }),
    refused("path", "index-one-less", { leafIndex: proof.leafIndex - 1n }),
    refused("path", "index-is-size", { leafIndex: treeSize }),
    refused("path", "index-largest", { leafIndex: largest }),
    refused("path", "size-0", { treeSize: 0n }),
    refused("path", "size-is-index", { treeSize: proof.leafIndex }),
    refused("path", "size-twice", { treeSize: 2n * treeSize }),
    refused("path", "size-largest", { treeSize: largest }),
    refused("path", "root-flipped", { root: flipped(root) }),
    refused("path", "root-of-another-size", { root: rootOf(LEAVES.slice(0, size - 2)) }),
    refused("path", "root-is-leaf", { root: leafHash }),
    refused("path", "root-31-bytes", { root: root.slice(2) }),
    refused("path", "root-missing", { root: "" }),
  ];
}

/** alone are faults that only a log of one leaf can have: its root is the leaf. */
function alone(): ProofVector[] {
  const [asked, proof] = [bindingAt(0), prove(0, 1)];
  const path = [LEAVES[1] ?? ""];
  return [
    failing("leaf-0-of-1-path-not-empty", "path", asked, { ...proof, path }),
    failing("leaf-0-of-1-size-0", "path", asked, { ...proof, treeSize: 0n }),
    failing("leaf-0-of-1-index-1", "path", asked, { ...proof, leafIndex: 1n }),
  ];
}

function sameShape(): ProofVector {
  const proof = { ...prove(4, 7), treeSize: 8n };
  const comment =
    "a path has the same shape in a log of 8 leaves, so it holds; that the root is one of 7 shows when the root of 8 is computed from the leaves";
  return holding("leaf-4-of-7-called-8", bindingAt(4), proof, comment);
}

function prove(index: number, size: number): Proof {
  const leaves = LEAVES.slice(0, size);
  return {
    leafIndex: BigInt(index),
    treeSize: BigInt(size),
    leafHash: LEAVES[index] ?? "",
    path: inclusionPath(index, leaves),
    root: rootOf(leaves),
    timeMs: bindingAt(index).timeMs,
  };
}

function bindingAt(index: number): Binding {
  const entry = LOG[index];
  if (entry?.kind !== "binding") throw new Error(`entry ${index} is no binding`);
  return entry;
}

function holding(name: string, asked: Asked, proof: Proof, comment = ""): ProofVector {
  return accepted(
    { ...state(name, asked, proof), rule: "key-transparency.inclusion", comment },
    {
      leaf_index: String(proof.leafIndex),
      tree_size: String(proof.treeSize),
      leaf_hash: { hex: proof.leafHash },
      audit_path: proof.path.map((hex) => ({ hex })),
      root: { hex: proof.root },
      timestamp_ms: String(proof.timeMs),
    },
  );
}

function failing(name: string, stage: "leaf" | "path", asked: Asked, proof: Proof): ProofVector {
  const rule = stage === "leaf" ? "user.clients-verify" : "key-transparency.inclusion";
  return rejected({ ...state(name, asked, proof), rule }, stage);
}

function state(name: string, { username, identityKey }: Asked, proof: Proof) {
  const asked = { username, identity_key: { hex: identityKey } };
  return { check: "inclusion", name, asked, bytes: encode(proof) } as const;
}

/** encode is the message InclusionProof, where a zero and empty bytes are left out. */
function encode({ leafIndex, treeSize, leafHash, path, root, timeMs }: Proof): string {
  return [
    leafIndex === 0n ? "" : varintField(1, leafIndex),
    treeSize === 0n ? "" : varintField(2, treeSize),
    leafHash === "" ? "" : bytesField(3, leafHash),
    ...path.map((hash) => bytesField(4, hash)),
    root === "" ? "" : bytesField(5, root),
    varintField(6, timeMs),
  ].join("");
}
