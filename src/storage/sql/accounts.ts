// The end of an account: everything that goes with it, in one transaction.
// Spec: services/account.md; C-73, I-08, I-09.

import type { LeftGroup, NewDeletion } from "../stores/account.ts";
import { purgeBlobs } from "./blobs.ts";
import { leaveChannels } from "./groups.ts";
import { nextLeafIndex } from "./kt.ts";
import { revokeKey } from "./revocations.ts";
import { type Operation, q, text } from "./statement.ts";

/** deleteAccount answers undefined, and does nothing, when no account has the key. */
export function* deleteAccount(
  { identityKey, leafHash, nameHeldUntil }: NewDeletion,
  now: number,
): Operation<readonly LeftGroup[] | undefined> {
  // Of two deletions, and of a deletion and a registration, the second has to see the first one's rows.
  yield* nextLeafIndex();
  const [account] = yield q(
    "DELETE FROM users WHERE identity_key = ? RETURNING username",
    identityKey,
  );
  if (account === undefined) return undefined;
  yield* holdUsername(text(account, "username"), nameHeldUntil);
  yield* revokeKey({ identityKey, reason: "user_revoked", leafHash }, now);
  yield* purgeBlobs(identityKey);
  for (const sql of OWN_ROWS) yield q(sql, identityKey);
  yield q("UPDATE reports SET reporter_key = ? WHERE reporter_key = ?", NOBODY, identityKey);
  yield* forgetPairs(identityKey);
  return yield* leaveChannels(identityKey);
}

/** Tables whose rows belong to one account alone; messages, cursors and hashes go with their inbox. */
const OWN_ROWS = [
  "DELETE FROM inboxes WHERE recipient = ?",
  "DELETE FROM devices WHERE identity_key = ?",
  "DELETE FROM endpoints WHERE identity_key = ?",
  "DELETE FROM recovery_bundles WHERE identity_key = ?",
  "DELETE FROM remote_addresses WHERE identity_key = ?",
];

const NOBODY = new Uint8Array(0);

function* holdUsername(username: string, until: number): Operation<void> {
  yield q(
    `INSERT INTO held_usernames (username, held_until) VALUES (?, ?)
     ON CONFLICT (username) DO UPDATE SET held_until = excluded.held_until`,
    username,
    until,
  );
}

// What is left of a channel names those who still read it and nobody else. The key never comes back, so
// nobody asks for the pair again.
function* forgetPairs(identityKey: Uint8Array): Operation<void> {
  yield q(
    `UPDATE channels SET first_key = NULL, second_key = NULL
     WHERE (first_key = ? OR second_key = ?) AND channel_id IN (
       SELECT channel_id FROM channel_members WHERE identity_key = ?)`,
    identityKey,
    identityKey,
    identityKey,
  );
  yield q(
    `UPDATE channels SET creator = ? WHERE creator = ? AND channel_id IN (
       SELECT channel_id FROM channel_members WHERE identity_key = ?)`,
    NOBODY,
    identityKey,
    identityKey,
  );
}
