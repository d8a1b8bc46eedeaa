// Consistency proofs between two sizes of the log, and the same with one thing changed. No method returns
// one; a client that holds the leaves needs none (I-20). Spec: crypto/key-transparency.md
// [key-transparency.consistency].

import type { ProofVector } from "../format.ts";
import { bytesField, varintField } from "../protobuf-writer.ts";
import { LEAVES } from "./log.ts";
import { consistencyPath, rootOf } from "./merkle.ts";
import { accepted, rejected, type Stated } from "./stating.ts";
import { flipped, largest, pathFaults } from "./tampering.ts";

interface Proof {
  readonly oldSize: bigint;
  readonly newSize: bigint;
  readonly path: readonly string[];
  readonly oldRoot: string;
  readonly newRoot: string;
}

const SIZES: readonly (readonly [number, number])[] = [
  ...LEAVES.slice(1).map((_, index) => [index + 1, LEAVES.length] as const),
  [1, 2],
  [2, 3],
  [3, 7],
  [4, 7],
  [6, 7],
];

/** consistencyVectors prove that logs grew, then spoil three of the proofs. */
export function consistencyVectors(): ProofVector[] {
  return [
    ...SIZES.map(([from, to]) => holding(from, to)),
    holding(7, 7),
    ...spoiled(3, 7),
    ...spoiled(4, 7),
    ...spoiled(6, 8),
    ...unmoved(),
    ...fromNothing(),
  ];
}

/** spoiled changes one thing at a time about a proof that holds. */
function spoiled(from: number, to: number): ProofVector[] {
  const proof = prove(from, to);
  const { oldSize, newSize, oldRoot, newRoot } = proof;
  const refused = (name: string, change: Partial<Proof>) =>
    failing(`from-${from}-to-${to}-${name}`, { ...proof, ...change });
  return [
    ...pathFaults(proof.path).map(([name, path]) => refused(name, { path })),
    refused("old-size-0", { oldSize: 0n }),
    refused("old-size-one-less", { oldSize: oldSize - 1n }),
    refused("new-size-0", { newSize: 0n }),
    refused("new-size-twice", { newSize: 2n * newSize }),
    refused("new-size-largest", { newSize: largest }),
    refused("sizes-swapped", { oldSize: newSize, newSize: oldSize }),
    refused("sizes-equal", { oldSize: newSize }),
    refused("old-root-flipped", { oldRoot: flipped(oldRoot) }),
    refused("new-root-flipped", { newRoot: flipped(newRoot) }),
    refused("roots-swapped", { oldRoot: newRoot, newRoot: oldRoot }),
    refused("old-root-31-bytes", { oldRoot: oldRoot.slice(2) }),
    refused("new-root-missing", { newRoot: "" }),
  ];
}

/** unmoved: a log of the same size has the same root, and nothing else to show. */
function unmoved(): ProofVector[] {
  const proof = prove(7, 7);
  return [
    failing("from-7-to-7-other-root", { ...proof, newRoot: flipped(proof.newRoot) }),
    failing("from-7-to-7-path-not-empty", { ...proof, path: [proof.newRoot] }),
  ];
}

/** fromNothing: every log begins with the empty one, so such a proof would tie the new root to nothing. */
function fromNothing(): ProofVector[] {
  const empty = { oldSize: 0n, oldRoot: rootOf([]) };
  return [
    failing("from-0-to-7-path-empty", { ...prove(7, 7), ...empty }),
    failing("from-0-to-7-path-of-3", { ...prove(3, 7), ...empty }),
    failing("from-0-to-0", { ...empty, newSize: 0n, newRoot: rootOf([]), path: [] }),
  ];
}

function prove(from: number, to: number): Proof {
  return {
    oldSize: BigInt(from),
    newSize: BigInt(to),
    path: consistencyPath(from, LEAVES.slice(0, to)),
    oldRoot: rootOf(LEAVES.slice(0, from)),
    newRoot: rootOf(LEAVES.slice(0, to)),
  };
}

function holding(from: number, to: number): ProofVector {
  const proof = prove(from, to);
  return accepted(state(`from-${from}-to-${to}`, proof), {
    old_size: String(from),
    new_size: String(to),
    path: proof.path.map((hex) => ({ hex })),
    old_root: { hex: proof.oldRoot },
    new_root: { hex: proof.newRoot },
  });
}

function failing(name: string, proof: Proof): ProofVector {
  return rejected(state(name, proof), "path");
}

function state(name: string, proof: Proof): Stated {
  const rule = "key-transparency.consistency";
  return { check: "consistency", name, rule, bytes: encode(proof) };
}

/** encode is the message ConsistencyProof, where a zero and empty bytes are left out. */
function encode({ oldSize, newSize, path, oldRoot, newRoot }: Proof): string {
  return [
    oldSize === 0n ? "" : varintField(1, oldSize),
    newSize === 0n ? "" : varintField(2, newSize),
    ...path.map((hash) => bytesField(3, hash)),
    oldRoot === "" ? "" : bytesField(4, oldRoot),
    newRoot === "" ? "" : bytesField(5, newRoot),
  ].join("");
}
