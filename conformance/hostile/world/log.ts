// The transparency log of the world (spec/services/kt.md): every leaf, and proofs of any of them.

import { bindingEntry, type Reason, revocationEntry } from "../../../src/crypto/kt/entries.ts";
import { leafHash } from "../../../src/crypto/kt/hash.ts";
import { MerkleTree } from "../../../src/crypto/kt/tree.ts";

/** Proof has the fields of an InclusionProof. */
export interface Proof {
  readonly leafIndex: bigint;
  readonly treeSize: bigint;
  readonly leafHash: Uint8Array;
  readonly auditPath: Uint8Array[];
  readonly root: Uint8Array;
  readonly timestampMs: bigint;
}

export interface Entry {
  readonly index: bigint;
  readonly leafHash: Uint8Array;
}

/** Audit has the fields of an AuditKeyTransparencyResponse. */
export interface Audit {
  readonly entries: Entry[];
  readonly treeSize: bigint;
  readonly root: Uint8Array;
}

export interface WorldLog {
  readonly size: number;
  /** bind and revoke append an entry and answer its index. */
  bind(username: string, identityKey: Uint8Array, timeMs: bigint): number;
  revoke(identityKey: Uint8Array, reason: Reason, timeMs: bigint): number;
  /** append adds a leaf by its hash. */
  append(hash: Uint8Array): number;
  leaves(): readonly Uint8Array[];
  /** prove answers the proof of a leaf in the log of `size` leaves, by default that of now. */
  prove(index: number, timestampMs: bigint, size?: number): Proof;
  /** audit answers the leaves from `start` to before `end`; 0 = the current size. */
  audit(start: number, end: number): Audit;
}

/** Most leaves in one answer. */
const PAGE = 1000;

/** createLog begins with the leaves given: that of another world, or a changed copy. */
export function createLog(first: readonly Uint8Array[] = []): WorldLog {
  const tree = new MerkleTree();
  for (const leaf of first) tree.append(leaf);
  return {
    get size() {
      return tree.size;
    },
    bind: (username, key, timeMs) => tree.append(leafHash(bindingEntry(username, key, timeMs))),
    revoke: (key, reason, timeMs) => tree.append(leafHash(revocationEntry(key, reason, timeMs))),
    append: (hash) => tree.append(hash),
    leaves: () => Array.from({ length: tree.size }, (_, index) => tree.leaf(index)),
    prove: (index, timestampMs, size = tree.size) => ({
      leafIndex: BigInt(index),
      treeSize: BigInt(size),
      leafHash: tree.leaf(index),
      auditPath: tree.inclusionProof(index, size),
      root: tree.root(size),
      timestampMs,
    }),
    audit(start, end) {
      const last = Math.min(end === 0 ? tree.size : end, tree.size, start + PAGE);
      const indexes = Array.from({ length: Math.max(0, last - start) }, (_, at) => start + at);
      return {
        entries: indexes.map((index) => ({ index: BigInt(index), leafHash: tree.leaf(index) })),
        treeSize: BigInt(tree.size),
        root: tree.root(),
      };
    },
  };
}
