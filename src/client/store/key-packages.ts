// KeyPackages: the own ones with their private keys, until a Welcome uses them, and the hashes of those of
// others that were used. Spec: crypto/mls.md.

import { blob, count, type Operation, q, type Row } from "../../storage/sql/statement.ts";

export interface OwnKeyPackage {
  /** KeyPackageRef, by which a Welcome names it. */
  readonly ref: Uint8Array;
  readonly keyPackage: Uint8Array;
  /** The private keys. */
  readonly secret: Uint8Array;
  /** Unix milliseconds at which it expires. */
  readonly notAfter: number;
}

export function* saveOwnKeyPackage(own: OwnKeyPackage): Operation<void> {
  yield q(
    "INSERT INTO own_key_packages (ref, key_package, secret, not_after) VALUES (?, ?, ?, ?)",
    own.ref,
    own.keyPackage,
    own.secret,
    own.notAfter,
  );
}

export function* findOwnKeyPackage(ref: Uint8Array): Operation<OwnKeyPackage | undefined> {
  const [row] = yield q(
    "SELECT ref, key_package, secret, not_after FROM own_key_packages WHERE ref = ?",
    ref,
  );
  return row && ownKeyPackageOf(row);
}

export function* deleteOwnKeyPackage(ref: Uint8Array): Operation<void> {
  yield q("DELETE FROM own_key_packages WHERE ref = ?", ref);
}

/** countOwnKeyPackages counts those that have not expired at `now`. */
export function* countOwnKeyPackages(now: number): Operation<number> {
  const [row] = yield q("SELECT COUNT(*) AS n FROM own_key_packages WHERE not_after > ?", now);
  return row === undefined ? 0 : count(row, "n");
}

/** deleteExpiredKeyPackages forgets the private keys of those that expired by `now`, and says how many. */
export function* deleteExpiredKeyPackages(now: number): Operation<number> {
  const gone = yield q("DELETE FROM own_key_packages WHERE not_after <= ? RETURNING ref", now);
  return gone.length;
}

/** rememberUsed answers false when the KeyPackage with this hash was used before. */
export function* rememberUsed(hash: Uint8Array): Operation<boolean> {
  const added = yield q(
    "INSERT INTO used_key_packages (hash) VALUES (?) ON CONFLICT DO NOTHING RETURNING hash",
    hash,
  );
  return added.length > 0;
}

function ownKeyPackageOf(row: Row): OwnKeyPackage {
  return {
    ref: blob(row, "ref"),
    keyPackage: blob(row, "key_package"),
    secret: blob(row, "secret"),
    notAfter: count(row, "not_after"),
  };
}
