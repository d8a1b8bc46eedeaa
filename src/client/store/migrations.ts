// The schema of the client's local state, as the ordered list of migrations that builds it.
// Spec: client/client.md; CLIENT-010, CLIENT-015. It shares nothing with the schema of the server.

import type { Migration } from "../../storage/sql/migrations.ts";

const account: Migration = {
  version: 1,
  name: "001_account",
  statements: [
    // One row. The session token is sealed once more (CLIENT-012).
    `CREATE TABLE account (
       id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
       username TEXT NOT NULL,
       identity_key BLOB NOT NULL,
       identity_seed BLOB NOT NULL,
       device_id BLOB,
       hybrid_key BLOB,
       sealed_token BLOB)`,
    `CREATE TABLE contacts (
       username TEXT NOT NULL PRIMARY KEY,
       identity_key BLOB NOT NULL,
       trust TEXT NOT NULL,
       revoked INTEGER NOT NULL,
       blocked INTEGER NOT NULL,
       resolved_at INTEGER NOT NULL)`,
    "CREATE INDEX contacts_key ON contacts (identity_key)",
    `CREATE TABLE log_leaves (
       leaf_index INTEGER NOT NULL PRIMARY KEY,
       leaf_hash BLOB NOT NULL)`,
    `CREATE TABLE remote_roots (
       domain TEXT NOT NULL PRIMARY KEY,
       size INTEGER NOT NULL,
       root BLOB NOT NULL)`,
    `CREATE TABLE own_key_packages (
       ref BLOB NOT NULL PRIMARY KEY,
       key_package BLOB NOT NULL,
       secret BLOB NOT NULL,
       not_after INTEGER NOT NULL)`,
    "CREATE INDEX own_key_packages_expiry ON own_key_packages (not_after)",
    // Hashes of other people's KeyPackages that this client has added to a group.
    "CREATE TABLE used_key_packages (hash BLOB NOT NULL PRIMARY KEY)",
  ],
};

const conversations: Migration = {
  version: 2,
  name: "002_conversations",
  statements: [
    `CREATE TABLE conversations (
       position INTEGER PRIMARY KEY AUTOINCREMENT,
       conversation_id BLOB NOT NULL UNIQUE,
       kind TEXT NOT NULL,
       peer_key BLOB,
       group_record_id BLOB UNIQUE,
       name BLOB NOT NULL,
       expire_secs INTEGER NOT NULL,
       has_left INTEGER NOT NULL)`,
    "CREATE INDEX conversations_peer ON conversations (peer_key)",
    // epoch is unsigned, in 8 bytes: whoever made the group chose where it starts.
    `CREATE TABLE groups (
       group_id BLOB NOT NULL PRIMARY KEY,
       conversation_id BLOB NOT NULL REFERENCES conversations (conversation_id) ON DELETE CASCADE,
       creator BLOB NOT NULL,
       state BLOB NOT NULL,
       epoch BLOB NOT NULL,
       pending BLOB,
       pending_hash BLOB)`,
    "CREATE INDEX groups_conversation ON groups (conversation_id, group_id)",
    `CREATE TABLE messages (
       position INTEGER PRIMARY KEY AUTOINCREMENT,
       conversation_id BLOB NOT NULL REFERENCES conversations (conversation_id) ON DELETE CASCADE,
       content_id BLOB NOT NULL,
       sender_key BLOB NOT NULL,
       content BLOB NOT NULL,
       sent_at INTEGER NOT NULL,
       received_at INTEGER NOT NULL,
       expires_at INTEGER,
       status TEXT NOT NULL,
       UNIQUE (conversation_id, content_id))`,
    "CREATE INDEX messages_history ON messages (conversation_id, position)",
    "CREATE INDEX messages_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL",
    // Outlives the message, so that a replay does not bring back what has expired or was deleted.
    `CREATE TABLE seen_contents (
       conversation_id BLOB NOT NULL REFERENCES conversations (conversation_id) ON DELETE CASCADE,
       content_id BLOB NOT NULL,
       PRIMARY KEY (conversation_id, content_id)) WITHOUT ROWID`,
  ],
};

const delivery: Migration = {
  version: 3,
  name: "003_delivery",
  statements: [
    // recipients holds keys of 32 bytes, one after the other.
    `CREATE TABLE outbox (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       conversation_id BLOB,
       kind TEXT NOT NULL,
       recipients BLOB NOT NULL,
       channel_id BLOB NOT NULL,
       payload BLOB NOT NULL,
       message_id BLOB NOT NULL UNIQUE,
       ttl_secs INTEGER NOT NULL,
       sealed INTEGER NOT NULL,
       content_id BLOB)`,
    // seq is unsigned, in 8 bytes. The default inbox has an empty channel_id.
    `CREATE TABLE cursors (
       channel_id BLOB NOT NULL PRIMARY KEY,
       seq BLOB NOT NULL)`,
    `CREATE TABLE held_messages (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       group_id BLOB NOT NULL,
       epoch BLOB NOT NULL,
       payload BLOB NOT NULL)`,
    "CREATE INDEX held_messages_order ON held_messages (group_id, epoch, id)",
  ],
};

const published: Migration = {
  version: 4,
  name: "004_published",
  statements: [
    // Own KeyPackages of which the server has not said that it took them.
    `CREATE TABLE unconfirmed_key_packages (
       ref BLOB NOT NULL PRIMARY KEY
         REFERENCES own_key_packages (ref) ON DELETE CASCADE)`,
    // Whoever had a hybrid key once keeps having one.
    "CREATE TABLE hybrid_key_owners (identity_key BLOB NOT NULL PRIMARY KEY)",
    // What lies at the server under the recovery codes: of the newest setup, and what is to be deleted.
    `CREATE TABLE recovery_bundles (
       token_hash BLOB NOT NULL PRIMARY KEY,
       is_current INTEGER NOT NULL)`,
  ],
};

const revocations: Migration = {
  version: 5,
  name: "005_revoked_keys",
  statements: [
    // Outlives the contact, whose name may lead to another key later.
    "CREATE TABLE revoked_keys (identity_key BLOB NOT NULL PRIMARY KEY)",
    `INSERT INTO revoked_keys (identity_key)
       SELECT DISTINCT identity_key FROM contacts WHERE revoked = 1`,
  ],
};

/** clientMigrations in the order of their versions; each is applied in a transaction of its own. */
export const clientMigrations: readonly Migration[] = [
  account,
  conversations,
  delivery,
  published,
  revocations,
];
