// Recovery bundles under the hashes of their tokens. Spec: services/recovery.md; C-66, C-67.

import type { RecoveryBundle } from "../stores/recovery.ts";
import { refuseDeleted } from "./deleted.ts";
import { blob, count, type Operation, q } from "./statement.ts";

export function* storeBundle(
  { tokenHash, identityKey, bundle }: RecoveryBundle,
  cap: number,
  now: number,
): Operation<"stored" | "foreign" | "full"> {
  yield* refuseDeleted(identityKey);
  const owner = yield* ownerOf(tokenHash);
  if (owner === undefined) {
    const [held] = yield q(
      "SELECT COUNT(*) AS bundles FROM recovery_bundles WHERE identity_key = ?",
      identityKey,
    );
    if (held === undefined || count(held, "bundles") >= cap) return "full";
  } else if (Buffer.compare(owner, identityKey) !== 0) {
    return "foreign";
  }
  // Of two accounts that come first with one hash at the same time, one meets the other's row here.
  const stored = yield q(
    `INSERT INTO recovery_bundles (token_hash, identity_key, bundle, updated_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (token_hash)
     DO UPDATE SET bundle = excluded.bundle, updated_at = excluded.updated_at
       WHERE recovery_bundles.identity_key = excluded.identity_key
     RETURNING updated_at`,
    tokenHash,
    identityKey,
    bundle,
    now,
  );
  return stored.length === 1 ? "stored" : "foreign";
}

export function* fetchBundle(tokenHash: Uint8Array): Operation<Uint8Array | undefined> {
  const [row] = yield q("SELECT bundle FROM recovery_bundles WHERE token_hash = ?", tokenHash);
  return row && blob(row, "bundle");
}

export function* removeBundle(
  tokenHash: Uint8Array,
  identityKey: Uint8Array,
): Operation<"removed" | "foreign" | "unknown"> {
  const owner = yield* ownerOf(tokenHash);
  if (owner === undefined) return "unknown";
  if (Buffer.compare(owner, identityKey) !== 0) return "foreign";
  yield q(
    "DELETE FROM recovery_bundles WHERE token_hash = ? AND identity_key = ?",
    tokenHash,
    identityKey,
  );
  return "removed";
}

function* ownerOf(tokenHash: Uint8Array): Operation<Uint8Array | undefined> {
  const [row] = yield q(
    "SELECT identity_key FROM recovery_bundles WHERE token_hash = ?",
    tokenHash,
  );
  return row && blob(row, "identity_key");
}
