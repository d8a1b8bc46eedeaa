-- Times are Unix milliseconds. Keys, hashes and payloads are blobs.

CREATE TABLE IF NOT EXISTS secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS accounts (
  username TEXT PRIMARY KEY,
  identity_key BLOB NOT NULL UNIQUE,
  record BLOB NOT NULL
) WITHOUT ROWID;

-- token_hash is SHA-256 of the token; a session without an end has expires_ms NULL.
CREATE TABLE IF NOT EXISTS sessions (
  token_hash BLOB PRIMARY KEY,
  identity_key BLOB NOT NULL,
  expires_ms INTEGER
) WITHOUT ROWID;

-- last_seq is never reset while the row exists, and the row is never deleted.
CREATE TABLE IF NOT EXISTS inboxes (
  id INTEGER PRIMARY KEY,
  recipient_key BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  last_seq INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  UNIQUE (recipient_key, channel_id)
);

CREATE TABLE IF NOT EXISTS messages (
  inbox INTEGER NOT NULL REFERENCES inboxes (id),
  seq INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (inbox, seq)
);

CREATE INDEX IF NOT EXISTS messages_by_expiry ON messages (expires_ms);

CREATE TRIGGER IF NOT EXISTS message_stored AFTER INSERT ON messages BEGIN
  UPDATE inboxes SET messages = messages + 1, bytes = bytes + length(NEW.payload)
  WHERE id = NEW.inbox;
END;

CREATE TRIGGER IF NOT EXISTS message_removed AFTER DELETE ON messages BEGIN
  UPDATE inboxes SET messages = messages - 1, bytes = bytes - length(OLD.payload)
  WHERE id = OLD.inbox;
END;

-- id is a hash over sender, recipient, channel and message_id.
CREATE TABLE IF NOT EXISTS seen_messages (
  id BLOB PRIMARY KEY,
  seq INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS seen_messages_by_expiry ON seen_messages (expires_ms);

-- A package that was handed out is NULL and keeps its row until it expires.
CREATE TABLE IF NOT EXISTS key_packages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  identity_key BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  expires_ms INTEGER NOT NULL,
  package BLOB,
  UNIQUE (identity_key, fingerprint)
);

CREATE INDEX IF NOT EXISTS key_packages_queued ON key_packages (identity_key, id)
WHERE package IS NOT NULL;

CREATE INDEX IF NOT EXISTS key_packages_by_expiry ON key_packages (expires_ms);

CREATE TABLE IF NOT EXISTS hybrid_keys (
  identity_key BLOB PRIMARY KEY,
  hybrid_public_key BLOB NOT NULL
) WITHOUT ROWID;
