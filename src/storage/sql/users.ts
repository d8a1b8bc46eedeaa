// Accounts, and the binding of name to key that each puts into the log. Spec: services/auth.md,
// services/kt.md; C-27, I-09, I-20.

import type { RegisteredUser, User } from "../stores.ts";
import { appendLeaf, findRevocation, nextLeafIndex } from "./kt.ts";
import { blob, count, type Operation, q, type Row, text } from "./statement.ts";

/**
 * registerUser stores an account and appends its leaf. It answers false, and leaves everything as it
 * was, when name or key is taken, the key is revoked, or the name is held after a deletion.
 */
export function* registerUser(user: User, leafHash: Uint8Array, now: number): Operation<boolean> {
  if ((yield* findRevocation(user.identityKey)) !== undefined) return false;
  if (yield* isHeld(user.username, now)) return false;
  const stored = yield q(
    `INSERT INTO users (username, opaque_record, identity_key, created_at, leaf_index)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING username`,
    user.username,
    user.record,
    user.identityKey,
    now,
    yield* nextLeafIndex(),
  );
  if (stored.length === 0) return false;
  yield* appendLeaf(leafHash);
  return true;
}

function* isHeld(username: string, now: number): Operation<boolean> {
  const held = yield q(
    "SELECT held_until FROM held_usernames WHERE username = ? AND held_until > ?",
    username,
    now,
  );
  return held.length > 0;
}

export function* findUser(username: string): Operation<RegisteredUser | undefined> {
  const [row] = yield q(
    `SELECT username, opaque_record, identity_key, created_at, leaf_index
     FROM users WHERE username = ?`,
    username,
  );
  return row && userOf(row);
}

export function* findUserByKey(identityKey: Uint8Array): Operation<RegisteredUser | undefined> {
  const [row] = yield q(
    `SELECT username, opaque_record, identity_key, created_at, leaf_index
     FROM users WHERE identity_key = ?`,
    identityKey,
  );
  return row && userOf(row);
}

function userOf(row: Row): RegisteredUser {
  return {
    username: text(row, "username"),
    record: blob(row, "opaque_record"),
    identityKey: blob(row, "identity_key"),
    registeredAt: count(row, "created_at"),
    leafIndex: count(row, "leaf_index"),
  };
}
