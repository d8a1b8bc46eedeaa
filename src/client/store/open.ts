// Opening the client's local state. Spec: client/client.md; CLIENT-010, CLIENT-012, CLIENT-015.

import { randomBytes } from "node:crypto";
import { passphraseKey } from "../../crypto/client/passphrase.ts";
import type { Engine } from "../../storage/drivers/engine.ts";
import { groupCommit } from "../../storage/drivers/group-commit.ts";
import { migrate, SchemaTooNew } from "../../storage/drivers/migrate.ts";
import { type Database, q } from "../../storage/sql/statement.ts";
import { clientMigrations } from "./migrations.ts";
import { type TokenSeal, tokenSeal } from "./token-seal.ts";

/** ClientStoreLocation: `file` is an SQLCipher file with its salt beside it, `memory` forgets on close. */
export type ClientStoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "file"; readonly path: string; readonly passphrase: string };

export interface ClientStore extends TokenSeal {
  readonly database: Database;
  /** close finishes pending writes. */
  close(): Promise<void>;
}

/**
 * ClientStoreFailure, by its remedy: another passphrase (a damaged file looks the same); the salt file from
 * the backup that the database came from; closing the other client; a newer release of this one.
 */
export type ClientStoreFailure = "wrong-passphrase" | "salt-lost" | "in-use" | "newer-schema";

/** ClientStoreError: the local state cannot be opened. It is left as it was. */
export class ClientStoreError extends Error {
  override name = "ClientStoreError";
  readonly reason: ClientStoreFailure;
  constructor(reason: ClientStoreFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * openClientStore opens or creates the local state. It rejects with ClientStoreError, and with RangeError
 * for a passphrase that is empty or no Unicode.
 */
export async function openClientStore(location: ClientStoreLocation): Promise<ClientStore> {
  if (location.kind === "file") return openFile(location.path, location.passphrase);
  const { openSqlJs } = await import("../../storage/drivers/sqljs.ts");
  return clientStore(await openSqlJs(), randomBytes(32));
}

/** Imported on demand, like the WebAssembly above: whoever uses one needs not load the other. */
async function openFile(path: string, passphrase: string): Promise<ClientStore> {
  const { databaseSalt, SaltLost } = await import("../../storage/drivers/salt-file.ts");
  const sqlcipher = await import("../../storage/drivers/sqlcipher.ts");

  const failure = (cause: unknown): unknown => {
    const failed = (reason: ClientStoreFailure, message: string) =>
      new ClientStoreError(reason, message, { cause });
    if (cause instanceof SaltLost) return failed("salt-lost", cause.message);
    if (cause instanceof sqlcipher.WrongKey) {
      return failed("wrong-passphrase", `the passphrase does not open ${path}`);
    }
    if (cause instanceof sqlcipher.DatabaseInUse) {
      return failed("in-use", `another client has ${path} open`);
    }
    if (cause instanceof SchemaTooNew) {
      return failed("newer-schema", `a newer client has written ${path}`);
    }
    return cause;
  };

  try {
    const key = await passphraseKey(passphrase, databaseSalt(path));
    try {
      const options = { path, key, migrations: clientMigrations, exclusive: true };
      return clientStore(sqlcipher.openSqlcipher(options), key);
    } finally {
      key.fill(0);
    }
  } catch (cause) {
    throw failure(cause);
  }
}

function clientStore(engine: Engine, key: Uint8Array): ClientStore {
  try {
    migrate(engine, clientMigrations);
    // What expired is overwritten, not only forgotten.
    engine.run(q("PRAGMA secure_delete = ON"));
  } catch (error) {
    engine.close();
    throw error;
  }
  const database = groupCommit(engine);
  return { database, ...tokenSeal(key), close: () => database.close() };
}
