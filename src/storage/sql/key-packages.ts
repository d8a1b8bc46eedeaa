// KeyPackages: a FIFO queue per identity, each package handed out once.
// Spec: services/keys.md; C-44, C-101, C-107, I-16.

import { isBannedServerWide } from "./bans.ts";
import { findRevocation } from "./kt.ts";
import { blob, type Operation, q } from "./statement.ts";

export interface NewKeyPackage {
  readonly identityKey: Uint8Array;
  readonly package: Uint8Array;
  readonly fingerprint: Uint8Array;
  readonly expiresAt: number;
}

/** uploadKeyPackage queues a package unless it is queued or was handed out during its lifetime (C-107). */
export function* uploadKeyPackage(entry: NewKeyPackage, cap: number, now: number): Operation<void> {
  // A revocation that overtook this upload would have dropped the package (I-10).
  if ((yield* findRevocation(entry.identityKey)) !== undefined) return;
  // Expired packages must not count against the cap, nor meet a second upload of their bytes.
  yield q(
    "DELETE FROM key_packages WHERE identity_key = ? AND expires_at <= ?",
    entry.identityKey,
    now,
  );
  const fresh = yield q(
    `INSERT INTO key_package_fingerprints (identity_key, fingerprint, expires_at) VALUES (?, ?, ?)
     ON CONFLICT (identity_key, fingerprint) DO UPDATE SET expires_at = excluded.expires_at
       WHERE key_package_fingerprints.expires_at <= ?
     RETURNING fingerprint`,
    entry.identityKey,
    entry.fingerprint,
    entry.expiresAt,
    now,
  );
  if (fresh.length === 0) return;
  yield q(
    `INSERT INTO key_packages (identity_key, fingerprint, package_data, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?)`,
    entry.identityKey,
    entry.fingerprint,
    entry.package,
    now,
    entry.expiresAt,
  );
  yield* dropBeyond(cap, entry.identityKey);
}

/** dropBeyond keeps the newest `cap` packages. A dropped one was never handed out and may come again. */
function* dropBeyond(cap: number, identityKey: Uint8Array): Operation<void> {
  const dropped = yield q(
    `DELETE FROM key_packages WHERE id IN (
       SELECT id FROM key_packages WHERE identity_key = ? ORDER BY id DESC LIMIT 1000 OFFSET ?)
     RETURNING fingerprint`,
    identityKey,
    cap,
  );
  for (const row of dropped) {
    yield q(
      "DELETE FROM key_package_fingerprints WHERE identity_key = ? AND fingerprint = ?",
      identityKey,
      blob(row, "fingerprint"),
    );
  }
}

/**
 * popKeyPackage removes and answers the oldest living package; its fingerprint stays known. Those of a
 * key that is banned server-wide stay where they are until the ban ends (I-07).
 */
export function* popKeyPackage(
  identityKey: Uint8Array,
  now: number,
): Operation<Uint8Array | undefined> {
  if (yield* isBannedServerWide(identityKey, now)) return undefined;
  const [row] = yield q(
    `DELETE FROM key_packages WHERE id = (
       SELECT id FROM key_packages WHERE identity_key = ? AND expires_at > ?
       ORDER BY id LIMIT 1 /* FOR UPDATE SKIP LOCKED */)
     RETURNING package_data`,
    identityKey,
    now,
  );
  return row && blob(row, "package_data");
}

/** dropKeyPackages forgets all packages of a key, those that were handed out included. */
export function* dropKeyPackages(identityKey: Uint8Array): Operation<void> {
  yield q("DELETE FROM key_packages WHERE identity_key = ?", identityKey);
  yield q("DELETE FROM key_package_fingerprints WHERE identity_key = ?", identityKey);
}
