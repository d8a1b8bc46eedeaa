// An append-only Merkle tree that answers roots and proofs for every size it ever had: RFC 9162
// sections 2.1.1, 2.1.3.1 and 2.1.4.1.
//
// Level h holds the hashes of the complete subtrees of 2^h leaves, packed: about 64 bytes per leaf in
// all. An append costs one hash on average; a root or a proof costs O(log n).

import { emptyRoot, HASH_BYTES, nodeHash } from "./hash.ts";

export class MerkleTree {
  readonly #levels: Level[] = [new Level()];

  /** Number of leaves. */
  get size(): number {
    return this.#level(0).length;
  }

  /** append adds the hash of a leaf (32 bytes) and answers its index. */
  append(leafHash: Uint8Array): number {
    const index = this.size;
    let hash = leafHash;
    for (let height = 0; ; height += 1) {
      const level = this.#level(height);
      level.push(hash);
      if (level.length % 2 === 1) return index;
      hash = nodeHash(level.at(level.length - 2), level.at(level.length - 1));
    }
  }

  /** leaf answers the hash of one leaf. It throws RangeError when there is none. */
  leaf(index: number): Uint8Array {
    checkRange(0, index, this.size - 1);
    return this.#level(0).at(index);
  }

  /** root answers the root of the first `size` leaves. It throws RangeError beyond what the tree holds. */
  root(size = this.size): Uint8Array {
    checkRange(0, size, this.size);
    return size === 0 ? emptyRoot() : this.#hash(0, size);
  }

  /**
   * inclusionProof answers the siblings, from leaf to root, of the leaf at `index` among the first
   * `size` leaves. It throws RangeError when that leaf or that size is not there.
   */
  inclusionProof(index: number, size = this.size): Uint8Array[] {
    checkRange(1, size, this.size);
    checkRange(0, index, size - 1);
    const path: Uint8Array[] = [];
    for (let from = 0, to = size; to - from > 1; ) {
      const middle = from + split(to - from);
      path.push(index < middle ? this.#hash(middle, to) : this.#hash(from, middle));
      if (index < middle) to = middle;
      else from = middle;
    }
    return path.reverse();
  }

  /**
   * consistencyProof answers the nodes that prove the first `oldSize` leaves a prefix of the first
   * `newSize`; none when the sizes are equal. It throws RangeError for sizes that the tree does not hold
   * and for an oldSize of 0, of which nothing can be proved.
   */
  consistencyProof(oldSize: number, newSize = this.size): Uint8Array[] {
    checkRange(1, newSize, this.size);
    checkRange(1, oldSize, newSize);
    const path: Uint8Array[] = [];
    let from = 0;
    for (let to = newSize; to !== oldSize; ) {
      const middle = from + split(to - from);
      path.push(oldSize <= middle ? this.#hash(middle, to) : this.#hash(from, middle));
      if (oldSize <= middle) to = middle;
      else from = middle;
    }
    // What is left ends with the old tree; it is the whole of it exactly when the verifier has its root.
    if (from > 0) path.push(this.#hash(from, oldSize));
    return path.reverse();
  }

  /** Root of the leaves from `from` to before `to`; `from` is a multiple of the largest power of two below. */
  #hash(from: number, to: number): Uint8Array {
    const count = to - from;
    const height = 31 - Math.clz32(count);
    if (count === 2 ** height) return this.#level(height).at(from / count);
    const middle = from + split(count);
    return nodeHash(this.#hash(from, middle), this.#hash(middle, to));
  }

  #level(height: number): Level {
    let level = this.#levels[height];
    if (level === undefined) {
      level = new Level();
      this.#levels[height] = level;
    }
    return level;
  }
}

/** Level is a growing row of hashes. */
class Level {
  #bytes = new Uint8Array(64 * HASH_BYTES);
  length = 0;

  push(hash: Uint8Array): void {
    if (hash.length !== HASH_BYTES) throw new RangeError(`a hash of ${hash.length} bytes`);
    const at = this.length * HASH_BYTES;
    if (at === this.#bytes.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, at);
    this.length += 1;
  }

  /** at answers a copy. */
  at(index: number): Uint8Array {
    return this.#bytes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }
}

/** split answers the largest power of two below a count of at least 2. */
function split(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}

function checkRange(least: number, value: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${value} is not from ${least} to ${most}`);
}
