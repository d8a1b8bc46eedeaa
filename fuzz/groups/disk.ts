// Where a simulated member keeps its state, and what is left of it after a crash.

import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type ClientStore, openClientStore } from "../../src/client/store/open.ts";
import { StorageUnavailable } from "../../src/storage/stores.ts";

export interface Disk {
  /** open opens the state as the last crash left it. */
  open(): Promise<ClientStore>;
  /**
   * crash keeps what is stored at this moment and takes the store away from whoever uses it, who finds
   * neither reads nor writes possible from now on.
   */
  crash(): Promise<void>;
}

/** fileDisk keeps SQLCipher files in a folder; after a crash a copy of them goes on. */
export function fileDisk(folder: string): Disk {
  const passphrase = randomBytes(12).toString("hex");
  let life = 0;
  let current: Mortal | undefined;
  const home = () => join(folder, `life-${life}`);
  mkdirSync(home(), { recursive: true });
  return {
    async open() {
      const location = { kind: "file", path: join(home(), "client.db"), passphrase } as const;
      current = mortal(await openClientStore(location));
      return current.store;
    },
    async crash() {
      const [before, dying] = [home(), current];
      dying?.die();
      life += 1;
      mkdirSync(home());
      // In one turn of the event loop, so that no write comes between two files.
      for (const file of readdirSync(before)) cpSync(join(before, file), join(home(), file));
      await dying?.bury();
    },
  };
}

/** memoryDisk forgets at the end of the process; a crash interrupts whoever uses it, and loses nothing. */
export function memoryDisk(): Disk {
  let opened: Promise<ClientStore> | undefined;
  let current: Mortal | undefined;
  return {
    async open() {
      opened ??= openClientStore({ kind: "memory" });
      current = mortal(await opened);
      return current.store;
    },
    async crash() {
      current?.die();
      // Writes that were begun end before the next life reads.
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    },
  };
}

interface Mortal {
  readonly store: ClientStore;
  die(): void;
  /** bury closes what lies below, and lets pending writes go where nobody looks. */
  bury(): Promise<void>;
}

function mortal(store: ClientStore): Mortal {
  let dead = false;
  const demandLife = () => {
    if (dead) throw new StorageUnavailable("the client has crashed");
  };
  const { database } = store;
  return {
    store: {
      ...store,
      database: {
        async read(operation) {
          demandLife();
          return database.read(operation);
        },
        async write(operation) {
          demandLife();
          const result = await database.write(operation);
          demandLife();
          return result;
        },
        close: () => database.close(),
      },
    },
    die() {
      dead = true;
    },
    bury: () => store.close(),
  };
}
