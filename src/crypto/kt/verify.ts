// Verification of proofs against roots: RFC 9162 sections 2.1.3.2 and 2.1.4.2. A proof that is malformed
// in any way is false; nothing here throws. Sizes and indices are uint64 as on the wire.

import { HASH_BYTES, nodeHash } from "./hash.ts";

export interface Inclusion {
  readonly leafIndex: bigint;
  readonly treeSize: bigint;
  readonly leafHash: Uint8Array;
  /** Sibling hashes from leaf to root. */
  readonly auditPath: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface Consistency {
  readonly oldSize: bigint;
  readonly newSize: bigint;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** verifyInclusion tells whether the leaf is at its index in the log with that size and root. */
export function verifyInclusion(proof: Inclusion): boolean {
  const { leafIndex, treeSize, leafHash, auditPath, root } = proof;
  if (leafIndex < 0n || leafIndex >= treeSize) return false;
  if (![leafHash, root, ...auditPath].every(isHash)) return false;
  const walk = new Walk(leafIndex, treeSize - 1n);
  let hash = leafHash;
  for (const sibling of auditPath) {
    const side = walk.up();
    if (side === undefined) return false;
    hash = side === "left" ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
  return walk.isAtRoot() && equal(hash, root);
}

/**
 * verifyConsistency tells whether the log with the old root is a prefix of the one with the new root.
 * An old size of 0 is refused: every log begins with the empty one, so such a proof shows nothing, and
 * nothing in it would tie the new root to any leaf.
 */
export function verifyConsistency(proof: Consistency): boolean {
  const { oldSize, newSize, oldRoot, newRoot, path } = proof;
  if (oldSize <= 0n || oldSize > newSize) return false;
  if (oldSize === newSize) return path.length === 0 && equal(oldRoot, newRoot);
  if (![oldRoot, newRoot, ...path].every(isHash)) return false;
  // The old root is itself a node of the new tree when its tree is complete; the path leaves it out.
  const complete = (oldSize & (oldSize - 1n)) === 0n;
  const [first, ...rest] = complete ? [oldRoot, ...path] : path;
  if (first === undefined) return false;
  const walk = new Walk(oldSize - 1n, newSize - 1n);
  walk.skipCompleteSubtree();
  let [old, grown] = [first, first];
  for (const sibling of rest) {
    const side = walk.up();
    if (side === undefined) return false;
    if (side === "left") old = nodeHash(sibling, old);
    grown = side === "left" ? nodeHash(sibling, grown) : nodeHash(grown, sibling);
  }
  return walk.isAtRoot() && equal(old, oldRoot) && equal(grown, newRoot);
}

/** Walk is the way of one node to the root: its number on its level, and that of the level's last node. */
class Walk {
  #node: bigint;
  #last: bigint;
  constructor(node: bigint, last: bigint) {
    this.#node = node;
    this.#last = last;
  }

  /** up answers on which side the next sibling stands; undefined at the root. */
  up(): "left" | "right" | undefined {
    if (this.#last === 0n) return undefined;
    const isRightChild = (this.#node & 1n) === 1n;
    const side = isRightChild || this.#node === this.#last ? "left" : "right";
    // A last node without a sibling moves up unchanged until it is a right child.
    if (side === "left") while ((this.#node & 1n) === 0n && this.#node !== 0n) this.#climb();
    this.#climb();
    return side;
  }

  /** skipCompleteSubtree goes to the top of the complete subtree that ends with this node. */
  skipCompleteSubtree(): void {
    while ((this.#node & 1n) === 1n) this.#climb();
  }

  isAtRoot(): boolean {
    return this.#last === 0n;
  }

  #climb(): void {
    this.#node >>= 1n;
    this.#last >>= 1n;
  }
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
