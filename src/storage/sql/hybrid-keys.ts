// Hybrid public keys: one per identity, the last upload counts. Spec: services/keys.md.

import { findRevocation } from "./kt.ts";
import { blob, type Operation, q } from "./statement.ts";

export function* putHybridKey(
  identityKey: Uint8Array,
  publicKey: Uint8Array,
  now: number,
): Operation<void> {
  // A revocation that overtook this upload would have dropped the key (I-10).
  if ((yield* findRevocation(identityKey)) !== undefined) return;
  yield q(
    `INSERT INTO hybrid_keys (identity_key, public_key, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (identity_key)
     DO UPDATE SET public_key = excluded.public_key, updated_at = excluded.updated_at`,
    identityKey,
    publicKey,
    now,
  );
}

/** getHybridKeys answers one entry per identity, in order; undefined where none is stored. */
export function* getHybridKeys(
  identityKeys: readonly Uint8Array[],
): Operation<readonly (Uint8Array | undefined)[]> {
  const keys: (Uint8Array | undefined)[] = [];
  for (const identityKey of identityKeys) {
    const [row] = yield q("SELECT public_key FROM hybrid_keys WHERE identity_key = ?", identityKey);
    keys.push(row && blob(row, "public_key"));
  }
  return keys;
}

export function* dropHybridKey(identityKey: Uint8Array): Operation<void> {
  yield q("DELETE FROM hybrid_keys WHERE identity_key = ?", identityKey);
}
