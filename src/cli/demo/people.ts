// The people of `qpc demo`: each has a client of its own, with an encrypted store and real connections.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ConnectedServer } from "../../client/connect.ts";
import { Unreachable } from "../../client/messenger/errors.ts";
import type { HistoryEntry } from "../../client/messenger/history.ts";
import { type Messenger, openMessenger } from "../../client/messenger.ts";
import { type ClientStore, openClientStore } from "../../client/store/open.ts";
import type { Narrator } from "./narrator.ts";
import type { Theatre } from "./theatre.ts";

export interface Person {
  readonly name: string;
  readonly password: string;
  readonly store: ClientStore;
  readonly messenger: Messenger;
  /** goOffline lets every connection fail until goOnline. */
  goOffline(): Promise<void>;
  goOnline(): void;
  leave(): Promise<void>;
}

/** enter makes a client; `register` gives it an account. The store is a file whose passphrase is the password. */
export async function enter(
  theatre: Theatre,
  narrator: Narrator,
  name: string,
  { kind = "file" }: { readonly kind?: "file" | "memory" } = {},
): Promise<Person> {
  const password = randomBytes(12).toString("base64url");
  const path = join(theatre.folder, `${name}.db`);
  const store = await openClientStore(
    kind === "file" ? { kind, path, passphrase: password } : { kind },
  );
  let open: ConnectedServer[] = [];
  let online = true;
  const messenger = await openMessenger({
    store,
    username: name,
    password,
    trace: (event) => narrator.trace(name, event),
    async connect() {
      if (!online) throw new Unreachable(`${name} is offline`);
      const server = await theatre.connect();
      open.push(server);
      return server;
    },
  });
  return {
    name,
    password,
    store,
    messenger,
    async goOffline() {
      online = false;
      await Promise.all(open.map((server) => server.close()));
      open = [];
    },
    goOnline() {
      online = true;
    },
    async leave() {
      await messenger.close();
      await store.close();
    },
  };
}

/** settle lets everybody fetch and send until nothing moves any more. */
export async function settle(...people: readonly Person[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const { messenger } of people) await messenger.sync();
  }
}

/** A commit, its answer, and what follows from them. */
const ROUNDS = 3;

/** textsOf answers what somebody reads in a conversation, oldest first. */
export function textsOf(history: readonly HistoryEntry[]): readonly string[] {
  return history.flatMap(({ body }) => (body.kind === "text" ? [body.text] : []));
}
