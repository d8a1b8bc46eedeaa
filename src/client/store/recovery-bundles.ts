// Which recovery bundles of this account lie at the server, by their token_hash (32 bytes). The hashes are
// no secret: whoever has one can open nothing. Spec: client/recovery-codes.md.

import { blob, type Operation, q } from "../../storage/sql/statement.ts";

/** planBundles notes bundles that are about to be stored; until they are current they count as old. */
export function* planBundles(tokenHashes: readonly Uint8Array[]): Operation<void> {
  for (const tokenHash of tokenHashes) {
    yield q("INSERT INTO recovery_bundles (token_hash, is_current) VALUES (?, 0)", tokenHash);
  }
}

/** makeCurrent makes these bundles the current ones, and all others old. */
export function* makeCurrent(tokenHashes: readonly Uint8Array[]): Operation<void> {
  yield q("UPDATE recovery_bundles SET is_current = 0");
  for (const tokenHash of tokenHashes) {
    yield q("UPDATE recovery_bundles SET is_current = 1 WHERE token_hash = ?", tokenHash);
  }
}

/** oldBundles are those to be deleted at the server. */
export function* oldBundles(): Operation<readonly Uint8Array[]> {
  const rows = yield q(
    "SELECT token_hash FROM recovery_bundles WHERE is_current = 0 ORDER BY token_hash",
  );
  return rows.map((row) => blob(row, "token_hash"));
}

export function* forgetBundle(tokenHash: Uint8Array): Operation<void> {
  yield q("DELETE FROM recovery_bundles WHERE token_hash = ?", tokenHash);
}
