// Own KeyPackages of which it is not known whether the server has them: their upload was begun and not
// answered. Spec: services/keys.md.

import { blob, type Operation, q } from "../../storage/sql/statement.ts";

export interface Unconfirmed {
  readonly ref: Uint8Array;
  readonly keyPackage: Uint8Array;
}

/** expectConfirmation is for a package that saveOwnKeyPackage has stored. */
export function* expectConfirmation(ref: Uint8Array): Operation<void> {
  yield q("INSERT INTO unconfirmed_key_packages (ref) VALUES (?)", ref);
}

export function* confirm(ref: Uint8Array): Operation<void> {
  yield q("DELETE FROM unconfirmed_key_packages WHERE ref = ?", ref);
}

/** listUnconfirmed answers those that have not expired at `now`. */
export function* listUnconfirmed(now: number): Operation<readonly Unconfirmed[]> {
  const rows = yield q(
    `SELECT own.ref AS ref, own.key_package AS key_package
     FROM unconfirmed_key_packages JOIN own_key_packages AS own USING (ref)
     WHERE own.not_after > ? ORDER BY own.ref`,
    now,
  );
  return rows.map((row) => ({ ref: blob(row, "ref"), keyPackage: blob(row, "key_package") }));
}
