// What the revocation of a key takes with it. Spec: services/kt.md; C-54, I-10.

import type { NewRevocation, Revocation } from "../stores/kt.ts";
import { dropHybridKey } from "./hybrid-keys.ts";
import { dropKeyPackages } from "./key-packages.ts";
import { appendLeaf, findRevocation, nextLeafIndex } from "./kt.ts";
import { endSessions } from "./sessions.ts";
import { type Operation, q } from "./statement.ts";

/** revokeAccountKey is revokeKey for a key that has an account; otherwise undefined, and nothing is done. */
export function* revokeAccountKey(
  revocation: NewRevocation,
  now: number,
): Operation<Revocation | undefined> {
  const { identityKey } = revocation;
  const account = yield q("SELECT username FROM users WHERE identity_key = ?", identityKey);
  return account.length === 0 ? undefined : yield* revokeKey(revocation, now);
}

/**
 * revokeKey appends the leaf unless the key is revoked already, ends the sessions of the key and drops
 * its key material. It answers the first revocation of the key, whose reason and time stay (I-10).
 */
export function* revokeKey(
  { identityKey, reason, leafHash }: NewRevocation,
  now: number,
): Operation<Revocation> {
  // Of two writers, the second has to see the first one's row.
  const leafIndex = yield* nextLeafIndex();
  const first = yield* findRevocation(identityKey);
  if (first === undefined) {
    yield q(
      `INSERT INTO revocations (identity_key, reason, leaf_index, revoked_at) VALUES (?, ?, ?, ?)`,
      identityKey,
      reason,
      leafIndex,
      now,
    );
    yield* appendLeaf(leafHash);
  }
  yield* endSessions(identityKey);
  yield* dropKeyPackages(identityKey);
  yield* dropHybridKey(identityKey);
  return first ?? { reason, leafIndex, revokedAt: now };
}
