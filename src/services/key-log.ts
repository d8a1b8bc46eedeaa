// The key-transparency log in memory, so that roots and proofs cost O(log n) (spec/services/kt.md, C-52).

import { MerkleTree } from "../crypto/kt/tree.ts";
import type { KtStore } from "../storage/stores/kt.ts";

/** Log is the tree as those see it who only ask. */
export type Log = Pick<MerkleTree, "size" | "leaf" | "root" | "inclusionProof">;

export interface KeyLog {
  /**
   * current answers the log with every leaf that was stored before the call. It may grow at the next
   * await, so take what belongs together in one go.
   */
  current(): Promise<Log>;
}

/** Leaves read in one go; between two reads other calls get their turn. */
const PAGE = 10_000;

/** createKeyLog follows the leaves of a store, which is the truth; it reads those it lacks when it is asked. */
export function createKeyLog({ leaves }: Pick<KtStore, "leaves">): KeyLog {
  const tree = new MerkleTree();

  async function follow(): Promise<void> {
    for (;;) {
      const page = await leaves(tree.size, PAGE);
      for (const leaf of page) tree.append(leaf);
      if (page.length < PAGE) return;
    }
  }

  // One reader at a time: two would append the same leaves. A failed one leaves whole leaves behind.
  let last: Promise<void> = Promise.resolve();
  return {
    async current() {
      last = last.then(follow, follow);
      await last;
      return tree;
    },
  };
}
