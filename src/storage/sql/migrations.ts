// The schema, as the ordered list of migrations that builds it.
// Names and versions: STORE-008 to STORE-019; version 2 was never released (C-76). Families that are
// not built yet (federation, signing key, key transparency, devices, blobs, recovery, moderation)
// have their own numbers, which is why the list has holes.
//
// Before the first release a database of an older build is not carried over: a hole that is filled
// later lies below the version such a database already has, and would never be applied to it.
//
// SQLite's words for types are used. PostgreSQL needs BYTEA for BLOB, BIGINT for INTEGER, and
// BIGINT GENERATED ALWAYS AS IDENTITY for AUTOINCREMENT keys.

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const initial: Migration = {
  version: 1,
  name: "001_initial",
  statements: [
    `CREATE TABLE server_state (
       name TEXT NOT NULL PRIMARY KEY,
       value BLOB NOT NULL)`,
    `CREATE TABLE users (
       username TEXT NOT NULL PRIMARY KEY,
       opaque_record BLOB NOT NULL,
       identity_key BLOB NOT NULL UNIQUE,
       created_at INTEGER NOT NULL)`,
    `CREATE TABLE key_packages (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       identity_key BLOB NOT NULL,
       fingerprint BLOB NOT NULL,
       package_data BLOB NOT NULL,
       created_at INTEGER NOT NULL,
       expires_at INTEGER NOT NULL)`,
    "CREATE INDEX key_packages_queue ON key_packages (identity_key, id)",
    "CREATE INDEX key_packages_expiry ON key_packages (expires_at)",
    // Of every package that is queued or was handed out, until it expires (C-107).
    `CREATE TABLE key_package_fingerprints (
       identity_key BLOB NOT NULL,
       fingerprint BLOB NOT NULL,
       expires_at INTEGER NOT NULL,
       PRIMARY KEY (identity_key, fingerprint))`,
    "CREATE INDEX key_package_fingerprints_expiry ON key_package_fingerprints (expires_at)",
    `CREATE TABLE hybrid_keys (
       identity_key BLOB NOT NULL PRIMARY KEY,
       public_key BLOB NOT NULL,
       updated_at INTEGER NOT NULL)`,
    // messages and bytes count the rows of deliveries, dead ones included until they are deleted.
    `CREATE TABLE inboxes (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       recipient BLOB NOT NULL,
       messages INTEGER NOT NULL DEFAULT 0,
       bytes INTEGER NOT NULL DEFAULT 0)`,
    `CREATE TABLE deliveries (
       inbox_id INTEGER NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
       payload BLOB NOT NULL)`,
  ],
};

const addSeq: Migration = {
  version: 3,
  name: "002_add_seq",
  statements: [
    // The counter of an inbox; its row is never deleted or reset while the key exists (I-03).
    "ALTER TABLE inboxes ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0",
    // Messages up to the floor are gone for every view (I-04); those up to purged are deleted as well.
    "ALTER TABLE inboxes ADD COLUMN floor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE inboxes ADD COLUMN purged INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX inboxes_unpurged ON inboxes (id) WHERE purged < floor",
    "ALTER TABLE deliveries ADD COLUMN seq INTEGER NOT NULL",
    "CREATE UNIQUE INDEX deliveries_seq ON deliveries (inbox_id, seq)",
    // What each view has acknowledged; an empty device_id is the unscoped view (C-36).
    `CREATE TABLE cursors (
       inbox_id INTEGER NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
       device_id BLOB NOT NULL,
       seq INTEGER NOT NULL,
       PRIMARY KEY (inbox_id, device_id))`,
  ],
};

const channels: Migration = {
  version: 4,
  name: "003_channels",
  statements: [
    "ALTER TABLE inboxes ADD COLUMN channel_id BLOB NOT NULL",
    "CREATE UNIQUE INDEX inboxes_key ON inboxes (recipient, channel_id)",
    `CREATE TABLE channels (
       channel_id BLOB NOT NULL PRIMARY KEY,
       created_at INTEGER NOT NULL)`,
    // A row with left_at is a former member, who may still read what is queued (I-18).
    `CREATE TABLE channel_members (
       channel_id BLOB NOT NULL REFERENCES channels (channel_id) ON DELETE CASCADE,
       identity_key BLOB NOT NULL,
       position INTEGER NOT NULL,
       left_at INTEGER,
       PRIMARY KEY (channel_id, identity_key))`,
  ],
};

const addExpiry: Migration = {
  version: 8,
  name: "007_add_expiry",
  statements: [
    "ALTER TABLE deliveries ADD COLUMN expires_at INTEGER NOT NULL",
    "CREATE INDEX deliveries_expiry ON deliveries (expires_at, inbox_id, seq)",
    // Hashes of message_ids with the seq they led to; they outlive the message (C-37, I-01).
    `CREATE TABLE delivery_dedup (
       inbox_id INTEGER NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
       hash BLOB NOT NULL,
       seq INTEGER NOT NULL,
       kept_until INTEGER NOT NULL,
       PRIMARY KEY (inbox_id, hash))`,
    "CREATE INDEX delivery_dedup_expiry ON delivery_dedup (kept_until)",
  ],
};

const sessions: Migration = {
  version: 10,
  name: "009_sessions",
  statements: [
    `CREATE TABLE sessions (
       token_hash BLOB NOT NULL PRIMARY KEY,
       identity_key BLOB NOT NULL,
       device_id BLOB NOT NULL,
       created_at INTEGER NOT NULL,
       expires_at INTEGER NOT NULL)`,
    "CREATE INDEX sessions_expiry ON sessions (expires_at)",
  ],
};

/** migrations in the order of their versions; each is applied in a transaction of its own. */
export const migrations: readonly Migration[] = [initial, addSeq, channels, addExpiry, sessions];
