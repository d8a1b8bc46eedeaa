// Opening a store by the name of its backend. Spec: C-78 (`sql` is the default of the server).

import { createStores } from "../sql/create-stores.ts";
import type { StoreLimits } from "../sql/inboxes.ts";
import { migrations } from "../sql/migrations.ts";
import type { Stores } from "../stores.ts";
import type { Engine } from "./engine.ts";
import { groupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";

/** StoreLocation: `sql` is a SQLite file, `file` the development backend, `memory` forgets on close. */
export type StoreLocation =
  | { readonly backend: "sql"; readonly path: string }
  | { readonly backend: "file"; readonly path: string }
  | { readonly backend: "memory" };

/** openStores opens the backend and migrates it. It rejects with SchemaTooNew, having changed nothing. */
export async function openStores(
  location: StoreLocation,
  limits: Partial<StoreLimits> = {},
): Promise<Stores> {
  const engine = await openEngine(location);
  try {
    migrate(engine, migrations);
  } catch (error) {
    engine.close();
    throw error;
  }
  return createStores(groupCommit(engine), limits);
}

/** Imported on demand: the server needs no WebAssembly, a browser has no node:sqlite. */
async function openEngine(location: StoreLocation): Promise<Engine> {
  switch (location.backend) {
    case "sql":
      return (await import("./node-sqlite.ts")).openNodeSqlite(location.path);
    case "file":
      return (await import("./sqljs-file.ts")).openSqlJsFile(location.path);
    case "memory":
      return (await import("./sqljs.ts")).openSqlJs();
  }
}
