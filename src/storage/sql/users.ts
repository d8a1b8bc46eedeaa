// Accounts. Spec: services/auth.md; C-27.

import type { User } from "../stores.ts";
import { blob, type Operation, q, text } from "./statement.ts";

/** registerUser answers false when the username or the identity key is taken, and overwrites nothing. */
export function* registerUser(user: User, now: number): Operation<boolean> {
  const stored = yield q(
    `INSERT INTO users (username, opaque_record, identity_key, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING username`,
    user.username,
    user.record,
    user.identityKey,
    now,
  );
  return stored.length === 1;
}

export function* findUser(username: string): Operation<User | undefined> {
  const [row] = yield q(
    "SELECT username, opaque_record, identity_key FROM users WHERE username = ?",
    username,
  );
  if (row === undefined) return undefined;
  return {
    username: text(row, "username"),
    record: blob(row, "opaque_record"),
    identityKey: blob(row, "identity_key"),
  };
}
