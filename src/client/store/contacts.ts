// The people this client knows: which key a username led to, and what the user made of it.
// Spec: client/client.md.

import { blob, count, type Operation, q, type Row, text } from "../../storage/sql/statement.ts";
import { flag, oneOf } from "./columns.ts";

export interface Contact {
  readonly username: string;
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  /** `pinned` by the first resolution, `verified` by a person who compared the safety number. */
  readonly trust: Trust;
  readonly revoked: boolean;
  readonly blocked: boolean;
  /** Unix milliseconds of the last resolution. */
  readonly resolvedAt: number;
}

const TRUST = ["pinned", "verified"] as const;
export type Trust = (typeof TRUST)[number];

const FIELDS = "username, identity_key, trust, revoked, blocked, resolved_at";

export function* findContact(username: string): Operation<Contact | undefined> {
  const [row] = yield q(`SELECT ${FIELDS} FROM contacts WHERE username = ?`, username);
  return row && contactOf(row);
}

/** findContactByKey answers the first in order of compareNames if the key goes by several names. */
export function* findContactByKey(identityKey: Uint8Array): Operation<Contact | undefined> {
  const rows = yield q(`SELECT ${FIELDS} FROM contacts WHERE identity_key = ?`, identityKey);
  return rows.map(contactOf).sort(compareNames)[0];
}

/**
 * compareNames orders the names of one key, the one to be shown first: a name that was verified, so that no
 * server can call its owner otherwise; then the one that was resolved last.
 */
export function compareNames(one: Contact, other: Contact): number {
  const isVerified = (contact: Contact) => Number(contact.trust === "verified");
  return (
    isVerified(other) - isVerified(one) ||
    other.resolvedAt - one.resolvedAt ||
    (one.username < other.username ? -1 : 1)
  );
}

/** listContacts answers them by username. */
export function* listContacts(): Operation<readonly Contact[]> {
  return (yield q(`SELECT ${FIELDS} FROM contacts ORDER BY username`)).map(contactOf);
}

/** isBlocked is true when any name of the key is blocked. */
export function* isBlocked(identityKey: Uint8Array): Operation<boolean> {
  const rows = yield q(
    "SELECT username FROM contacts WHERE identity_key = ? AND blocked = 1 LIMIT 1",
    identityKey,
  );
  return rows.length > 0;
}

/** isRevoked is true for a key that revokeKey noted, whether any name leads to it still or not. */
export function* isRevoked(identityKey: Uint8Array): Operation<boolean> {
  const rows = yield q("SELECT identity_key FROM revoked_keys WHERE identity_key = ?", identityKey);
  return rows.length > 0;
}

/** revokeKey notes for ever, and under every name of the key, that it is revoked; not of a stranger's. */
export function* revokeKey(identityKey: Uint8Array): Operation<void> {
  yield q(
    `INSERT INTO revoked_keys (identity_key)
     SELECT DISTINCT identity_key FROM contacts WHERE identity_key = ?
     ON CONFLICT (identity_key) DO NOTHING`,
    identityKey,
  );
  yield q("UPDATE contacts SET revoked = 1 WHERE identity_key = ?", identityKey);
}

/** saveContact replaces what was stored under the username. */
export function* saveContact(contact: Contact): Operation<void> {
  yield q(
    `INSERT INTO contacts (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (username) DO UPDATE SET
       identity_key = excluded.identity_key, trust = excluded.trust, revoked = excluded.revoked,
       blocked = excluded.blocked, resolved_at = excluded.resolved_at`,
    contact.username,
    contact.identityKey,
    contact.trust,
    Number(contact.revoked),
    Number(contact.blocked),
    contact.resolvedAt,
  );
}

/** changeContact changes some fields of a stored contact. It answers the new one, or undefined if there is none. */
export function* changeContact(
  username: string,
  change: Partial<Omit<Contact, "username">>,
): Operation<Contact | undefined> {
  const contact = yield* findContact(username);
  if (contact === undefined) return undefined;
  const changed = { ...contact, ...change };
  yield* saveContact(changed);
  return changed;
}

function contactOf(row: Row): Contact {
  return {
    username: text(row, "username"),
    identityKey: blob(row, "identity_key"),
    trust: oneOf(row, "trust", TRUST),
    revoked: flag(row, "revoked"),
    blocked: flag(row, "blocked"),
    resolvedAt: count(row, "resolved_at"),
  };
}
