// Opening a store by the name of its backend. Spec: C-78 (`sql` is the default of the server).

import { dirname, join } from "node:path";
import { createBlobStore, type OwnedBlobStore } from "../blob-store.ts";
import { createStores } from "../sql/create-stores.ts";
import type { StoreLimits } from "../sql/inboxes.ts";
import { migrations } from "../sql/migrations.ts";
import type { Database } from "../sql/statement.ts";
import type { Stores } from "../stores.ts";
import type { Engine } from "./engine.ts";
import { groupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";

/**
 * StoreLocation: `sql` is a SQLite file, `sqlcipher` an encrypted one with a key of 32 bytes, `file` the
 * development backend, `memory` forgets on close.
 * `blobs` is the folder of their contents; default: `blobs` beside the database.
 */
export type StoreLocation =
  | { readonly backend: "sql" | "file"; readonly path: string; readonly blobs?: string }
  | {
      readonly backend: "sqlcipher";
      readonly path: string;
      readonly key: Uint8Array;
      readonly blobs?: string;
    }
  | { readonly backend: "memory" };

/**
 * openStores opens the backend and migrates it. It rejects with SchemaTooNew (and with WrongKey), having
 * changed nothing.
 */
export async function openStores(
  location: StoreLocation,
  limits: Partial<StoreLimits> = {},
): Promise<Stores> {
  const engine = await openEngine(location);
  try {
    migrate(engine, migrations);
    const database = groupCommit(engine);
    return createStores(database, await openBlobs(location, database), limits);
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** openBlobs deletes what a crash left behind of a blob. */
async function openBlobs(location: StoreLocation, database: Database): Promise<OwnedBlobStore> {
  const { folderFiles, temporaryFiles } = await import("./blob-files.ts");
  if (location.backend === "memory") return createBlobStore(database, temporaryFiles());
  const folder = location.blobs ?? join(dirname(location.path), "blobs");
  const blobs = createBlobStore(database, folderFiles(folder));
  await blobs.deleteUnknown();
  return blobs;
}

/** Imported on demand: the server needs no WebAssembly, a browser has no node:sqlite. */
async function openEngine(location: StoreLocation): Promise<Engine> {
  switch (location.backend) {
    case "sql":
      return (await import("./node-sqlite.ts")).openNodeSqlite(location.path);
    case "sqlcipher": {
      const { openSqlcipher } = await import("./sqlcipher.ts");
      return openSqlcipher({ path: location.path, key: location.key, migrations });
    }
    case "file":
      return (await import("./sqljs-file.ts")).openSqlJsFile(location.path);
    case "memory":
      return (await import("./sqljs.ts")).openSqlJs();
  }
}
