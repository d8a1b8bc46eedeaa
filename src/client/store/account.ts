// The account of this client: its keys and its session. Spec: client/client.md; CLIENT-012, CLIENT-015.

import { blob, type Operation, q, type Row, text } from "../../storage/sql/statement.ts";
import { blobOrAbsent } from "./columns.ts";
import type { SealedToken } from "./token-seal.ts";

export interface Account {
  readonly username: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Ed25519 private key as RFC 8032 defines it, 32 bytes. */
  readonly identitySeed: Uint8Array;
  /** 16 bytes; absent before the device is registered. */
  readonly deviceId?: Uint8Array;
  /** The private hybrid key: X25519 (32 bytes), then the ML-KEM-768 seed (64 bytes). */
  readonly hybridKey?: Uint8Array;
}

/** loadAccount answers undefined in a new store. */
export function* loadAccount(): Operation<Account | undefined> {
  const [row] = yield q(
    "SELECT username, identity_key, identity_seed, device_id, hybrid_key FROM account",
  );
  return row && accountOf(row);
}

function accountOf(row: Row): Account {
  const deviceId = blobOrAbsent(row, "device_id");
  const hybridKey = blobOrAbsent(row, "hybrid_key");
  return {
    username: text(row, "username"),
    identityKey: blob(row, "identity_key"),
    identitySeed: blob(row, "identity_seed"),
    ...(deviceId && { deviceId }),
    ...(hybridKey && { hybridKey }),
  };
}

/** saveAccount replaces every field; the session token stays. */
export function* saveAccount(account: Account): Operation<void> {
  yield q(
    `INSERT INTO account (id, username, identity_key, identity_seed, device_id, hybrid_key)
     VALUES (1, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET
       username = excluded.username, identity_key = excluded.identity_key,
       identity_seed = excluded.identity_seed, device_id = excluded.device_id,
       hybrid_key = excluded.hybrid_key`,
    account.username,
    account.identityKey,
    account.identitySeed,
    account.deviceId ?? null,
    account.hybridKey ?? null,
  );
}

/** loadSessionToken answers undefined while there is no session. */
export function* loadSessionToken(): Operation<SealedToken | undefined> {
  const [row] = yield q("SELECT sealed_token FROM account");
  const sealed = row && blobOrAbsent(row, "sealed_token");
  return sealed && { sealed };
}

/** saveSessionToken needs an account to be there; undefined forgets the session. */
export function* saveSessionToken(token: SealedToken | undefined): Operation<void> {
  const rows = yield q("UPDATE account SET sealed_token = ? RETURNING id", token?.sealed ?? null);
  if (rows.length === 0) throw new Error("a session needs an account");
}
