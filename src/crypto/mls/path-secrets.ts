// The secrets of a path (RFC 9420 section 7.4). The library goes on to the root in any case, which is one
// step too many when the root stays blank because nobody is left in the other half of the tree.

import type { CiphersuiteImpl, RatchetTree } from "ts-mls";
import { deriveSecret } from "ts-mls/crypto/kdf.js";
import { directPath, leafWidth, type NodeIndex } from "ts-mls/treemath.js";

export interface PathSecrets {
  /** By node index: the given one, and every node above it that the path has renewed. */
  readonly secrets: Record<number, Uint8Array>;
  /** What follows the last secret of the path (RFC 9420 section 12.4.1). */
  readonly commitSecret: Uint8Array;
}

/** secretsFrom derives what follows from the secret of one node. `tree` has the path in it. */
export async function secretsFrom(
  tree: RatchetTree,
  node: NodeIndex,
  secret: Uint8Array,
  { kdf }: CiphersuiteImpl,
): Promise<PathSecrets> {
  const secrets = { [node]: secret };
  let last = secret;
  for (const above of directPath(node, leafWidth(tree.length))) {
    if (tree[above] === undefined) continue;
    last = await deriveSecret(last, "path", kdf);
    secrets[above] = last;
  }
  return { secrets, commitSecret: await deriveSecret(last, "path", kdf) };
}
