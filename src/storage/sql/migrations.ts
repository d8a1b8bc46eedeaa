// The schema, as the ordered list of migrations that builds it.
// Names and versions: STORE-008 to STORE-019; version 2 was never released (C-76).
//
// Before the first release a database of an older build is not carried over: what is added to an
// older migration would never be applied to it.
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
    `CREATE TABLE endpoints (
       identity_key BLOB NOT NULL PRIMARY KEY,
       node_addr BLOB NOT NULL,
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
    // The two keys of a pair in ascending order, so that it has one row; NULL in the channel of a group.
    `CREATE TABLE channels (
       channel_id BLOB NOT NULL PRIMARY KEY,
       creator BLOB NOT NULL,
       first_key BLOB,
       second_key BLOB,
       created_at INTEGER NOT NULL,
       UNIQUE (first_key, second_key))`,
    // A row with left_at is a former member, who may still read what is queued (I-18).
    `CREATE TABLE channel_members (
       channel_id BLOB NOT NULL REFERENCES channels (channel_id) ON DELETE CASCADE,
       identity_key BLOB NOT NULL,
       joined_at INTEGER NOT NULL,
       left_at INTEGER,
       PRIMARY KEY (channel_id, identity_key))`,
    "CREATE INDEX channel_members_key ON channel_members (identity_key)",
    `CREATE TABLE group_records (
       group_id BLOB NOT NULL PRIMARY KEY,
       channel_id BLOB NOT NULL UNIQUE REFERENCES channels (channel_id) ON DELETE CASCADE,
       name BLOB NOT NULL,
       description BLOB NOT NULL,
       settings BLOB NOT NULL,
       revision INTEGER NOT NULL)`,
  ],
};

const federation: Migration = {
  version: 5,
  name: "004_federation",
  statements: [
    `CREATE TABLE federation_peers (
       domain TEXT NOT NULL PRIMARY KEY,
       address TEXT NOT NULL,
       updated_at INTEGER NOT NULL)`,
    // Where keys without an account here were resolved (I-19).
    `CREATE TABLE remote_addresses (
       identity_key BLOB NOT NULL PRIMARY KEY,
       domain TEXT NOT NULL,
       learned_at INTEGER NOT NULL)`,
  ],
};

// The key that signs delivery proofs is a row of server_state, as every secret of the server is.
const signingKey: Migration = { version: 6, name: "005_signing_key", statements: [] };

const ktLog: Migration = {
  version: 7,
  name: "006_kt_log",
  statements: [
    // One row: whoever appends locks it, so that indices have no gaps.
    `CREATE TABLE kt_log (
       id INTEGER NOT NULL PRIMARY KEY,
       size INTEGER NOT NULL)`,
    "INSERT INTO kt_log (id, size) VALUES (1, 0)",
    `CREATE TABLE kt_leaves (
       leaf_index INTEGER NOT NULL PRIMARY KEY,
       leaf_hash BLOB NOT NULL)`,
    // The binding of the name, whose time is created_at.
    "ALTER TABLE users ADD COLUMN leaf_index INTEGER NOT NULL",
    // Kept when the account goes: a revoked key is never registered again (I-09).
    `CREATE TABLE revocations (
       identity_key BLOB NOT NULL PRIMARY KEY,
       reason TEXT NOT NULL,
       leaf_index INTEGER NOT NULL,
       revoked_at INTEGER NOT NULL)`,
    // Names of deleted accounts, which nobody can register yet (C-73).
    `CREATE TABLE held_usernames (
       username TEXT NOT NULL PRIMARY KEY,
       held_until INTEGER NOT NULL)`,
    "CREATE INDEX held_usernames_expiry ON held_usernames (held_until)",
  ],
};

const addExpiry: Migration = {
  version: 8,
  name: "007_add_expiry",
  statements: [
    "ALTER TABLE deliveries ADD COLUMN expires_at INTEGER NOT NULL",
    "CREATE INDEX deliveries_expiry ON deliveries (expires_at, inbox_id, seq)",
    // Hashes of message_ids with the seq they led to; they outlive the message (C-37, I-01). What a
    // delivery proof needs to be signed again stands beside them, where proofs are signed (C-40).
    `CREATE TABLE delivery_dedup (
       inbox_id INTEGER NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
       hash BLOB NOT NULL,
       seq INTEGER NOT NULL,
       receipt BLOB,
       kept_until INTEGER NOT NULL,
       PRIMARY KEY (inbox_id, hash))`,
    "CREATE INDEX delivery_dedup_expiry ON delivery_dedup (kept_until)",
  ],
};

const devices: Migration = {
  version: 9,
  name: "008_devices",
  statements: [
    // The push token is null in both columns while there is none.
    `CREATE TABLE devices (
       identity_key BLOB NOT NULL,
       device_id BLOB NOT NULL,
       name TEXT NOT NULL,
       registered_at INTEGER NOT NULL,
       push_platform INTEGER,
       push_token BLOB,
       PRIMARY KEY (identity_key, device_id))`,
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
    "CREATE INDEX sessions_owner ON sessions (identity_key, device_id)",
  ],
};

const blobs: Migration = {
  version: 11,
  name: "010_blobs",
  statements: [
    // Complete ones; their bytes are in files (C-65).
    `CREATE TABLE blobs (
       blob_id BLOB NOT NULL PRIMARY KEY,
       size INTEGER NOT NULL,
       mime_type TEXT NOT NULL,
       created_at INTEGER NOT NULL)`,
    // Accounts that uploaded all of it. A blob goes with the last of them (I-08).
    `CREATE TABLE blob_owners (
       blob_id BLOB NOT NULL REFERENCES blobs (blob_id) ON DELETE CASCADE,
       identity_key BLOB NOT NULL,
       PRIMARY KEY (blob_id, identity_key))`,
    "CREATE INDEX blob_owners_identity ON blob_owners (identity_key)",
    `CREATE TABLE blob_uploads (
       file TEXT NOT NULL PRIMARY KEY,
       identity_key BLOB NOT NULL,
       blob_id BLOB NOT NULL,
       total_size INTEGER NOT NULL,
       received INTEGER NOT NULL,
       mime_type TEXT NOT NULL,
       expires_at INTEGER NOT NULL)`,
    "CREATE UNIQUE INDEX blob_uploads_key ON blob_uploads (identity_key, blob_id)",
    "CREATE INDEX blob_uploads_expiry ON blob_uploads (expires_at)",
    // Names of files that lost their row.
    "CREATE TABLE blob_garbage (file TEXT NOT NULL PRIMARY KEY)",
  ],
};

const recoveryBundles: Migration = {
  version: 12,
  name: "011_recovery_bundles",
  statements: [
    `CREATE TABLE recovery_bundles (
       token_hash BLOB NOT NULL PRIMARY KEY,
       identity_key BLOB NOT NULL,
       bundle BLOB NOT NULL,
       updated_at INTEGER NOT NULL)`,
    "CREATE INDEX recovery_bundles_identity ON recovery_bundles (identity_key)",
  ],
};

const moderation: Migration = {
  version: 13,
  name: "012_moderation",
  statements: [
    // reporter_key is empty once that account is deleted (I-08). seq is an unsigned value in 64 bits.
    `CREATE TABLE reports (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       encrypted_report BLOB NOT NULL,
       reporter_key BLOB NOT NULL,
       reported_key BLOB NOT NULL,
       channel_id BLOB NOT NULL,
       message_id BLOB NOT NULL,
       seq INTEGER NOT NULL,
       created_at INTEGER NOT NULL)`,
    "CREATE INDEX reports_reporter ON reports (reporter_key, created_at)",
    // An empty channel_id is a server-wide ban; without expires_at it lasts until it is lifted. The
    // reason is a blob because text cannot hold every string in every database.
    `CREATE TABLE banned_users (
       channel_id BLOB NOT NULL,
       identity_key BLOB NOT NULL,
       reason BLOB NOT NULL,
       banned_at INTEGER NOT NULL,
       expires_at INTEGER,
       PRIMARY KEY (channel_id, identity_key))`,
    "CREATE INDEX banned_users_expiry ON banned_users (expires_at)",
  ],
};

/** migrations in the order of their versions; each is applied in a transaction of its own. */
export const migrations: readonly Migration[] = [
  initial,
  addSeq,
  channels,
  federation,
  signingKey,
  ktLog,
  addExpiry,
  devices,
  sessions,
  blobs,
  recoveryBundles,
  moderation,
];
