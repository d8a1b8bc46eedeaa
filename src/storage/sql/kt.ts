// The key-transparency log and the revocations in it. Spec: services/kt.md; C-52, I-20.

import type { Revocation } from "../stores/kt.ts";
import { blob, count, type Operation, q, text } from "./statement.ts";

/** nextLeafIndex answers the index of the next leaf, and keeps other writers from it until the COMMIT. */
export function* nextLeafIndex(): Operation<number> {
  const [log] = yield q("SELECT size FROM kt_log WHERE id = 1 /* FOR UPDATE */");
  if (log === undefined) throw new Error("the log has no size");
  return count(log, "size");
}

/** appendLeaf appends a leaf hash of 32 bytes and answers its index. */
export function* appendLeaf(leafHash: Uint8Array): Operation<number> {
  const leafIndex = yield* nextLeafIndex();
  yield q("INSERT INTO kt_leaves (leaf_index, leaf_hash) VALUES (?, ?)", leafIndex, leafHash);
  yield q("UPDATE kt_log SET size = ? WHERE id = 1", leafIndex + 1);
  return leafIndex;
}

export function* readLeaves(from: number, limit: number): Operation<readonly Uint8Array[]> {
  const rows = yield q(
    "SELECT leaf_hash FROM kt_leaves WHERE leaf_index >= ? ORDER BY leaf_index LIMIT ?",
    from,
    limit,
  );
  return rows.map((row) => blob(row, "leaf_hash"));
}

export function* findRevocation(identityKey: Uint8Array): Operation<Revocation | undefined> {
  const [row] = yield q(
    "SELECT reason, leaf_index, revoked_at FROM revocations WHERE identity_key = ?",
    identityKey,
  );
  if (row === undefined) return undefined;
  return {
    reason: text(row, "reason"),
    leafIndex: count(row, "leaf_index"),
    revokedAt: count(row, "revoked_at"),
  };
}
