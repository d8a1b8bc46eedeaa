// Who is known to have a hybrid key, so that its absence later shows as a downgrade.
// Spec: services/keys.md [keys.clients-hybrid-stays].

import { type Operation, q } from "../../storage/sql/statement.ts";

/** rememberHybridKey notes that an identity (32 bytes) has a hybrid key. */
export function* rememberHybridKey(identityKey: Uint8Array): Operation<void> {
  yield q(
    "INSERT INTO hybrid_key_owners (identity_key) VALUES (?) ON CONFLICT DO NOTHING",
    identityKey,
  );
}

/** hadHybridKey tells whether rememberHybridKey was called for the identity. */
export function* hadHybridKey(identityKey: Uint8Array): Operation<boolean> {
  const rows = yield q(
    "SELECT identity_key FROM hybrid_key_owners WHERE identity_key = ?",
    identityKey,
  );
  return rows.length > 0;
}
