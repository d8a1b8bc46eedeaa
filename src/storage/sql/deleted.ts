// Calls that were accepted before their account was deleted and write after it.
// Spec: services/account.md; I-06, I-08.

import { AccountGone } from "../stores.ts";
import { type Operation, q } from "./statement.ts";

/**
 * refuseDeleted throws AccountGone for the key of a deleted account, so that a call which the deletion
 * overtook leaves nothing behind. Every operation that stores something under its caller's key asks it.
 */
export function* refuseDeleted(identityKey: Uint8Array): Operation<void> {
  const deleted = yield q(
    `SELECT leaf_index FROM revocations WHERE identity_key = ?
     AND NOT EXISTS (SELECT 1 FROM users WHERE users.identity_key = revocations.identity_key)`,
    identityKey,
  );
  if (deleted.length > 0) throw new AccountGone("the account was deleted");
}
