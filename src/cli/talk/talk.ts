// What the commands that talk work with: the messenger of one account, and somebody to tell.

import { existsSync, statSync } from "node:fs";
import type { News } from "../../client/messenger/news.ts";
import type { Messenger } from "../../client/messenger.ts";
import { type ClientStore, ClientStoreError, openClientStore } from "../../client/store/open.ts";
import { UsageError } from "../../server/options.ts";
import { PASSPHRASE, readSecret, type Secret, type Terminal } from "../qpc-password.ts";
import { printable } from "../terminal-text.ts";

/** Io is the world around a command. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  /** Where secrets are asked for. */
  readonly terminal: Terminal;
  /** Where everything else is told. */
  readonly output: NodeJS.WritableStream;
  /** Aborted to end what would go on for ever. */
  readonly signal: AbortSignal;
}

export interface Talk {
  readonly messenger: Messenger;
  readonly storeFile: string;
  readonly signal: AbortSignal;
  /** print shows one line; what steers a terminal is shown, not obeyed. */
  print(line: string): void;
  /** tell prints news. */
  tell(news: News): Promise<void>;
  /** secret asks for a secret, as readSecret does. */
  secret(secret: Secret, kind: "new" | "known"): Promise<string>;
}

/** printerOf prints on the output of `io`. */
export function printerOf({ output }: Io): Talk["print"] {
  return (line) => void output.write(`${printable(line)}\n`);
}

/** secretsOf asks on the terminal of `io`. */
export function secretsOf({ env, terminal }: Io): Talk["secret"] {
  return (secret, kind) => readSecret(secret, kind, env, terminal);
}

/** storeExists tells whether a store has been made there. */
export function storeExists(file: string): boolean {
  return existsSync(file) && statSync(file).size > 0;
}

/** openStore opens the store, or makes it. It throws UsageError. */
export async function openStore(path: string, io: Io): Promise<ClientStore> {
  const kind = storeExists(path) ? "known" : "new";
  const passphrase = await secretsOf(io)(PASSPHRASE, kind);
  try {
    return await openClientStore({ kind: "file", path, passphrase });
  } catch (error) {
    if (!(error instanceof ClientStoreError)) throw error;
    throw new UsageError(`${error.message}${REMEDIES[error.reason]}`, { cause: error });
  }
}

const REMEDIES: Readonly<Record<ClientStoreError["reason"], string>> = {
  "wrong-passphrase": " (or it is damaged, or no store)",
  "salt-lost": "; it belongs to the store",
  "in-use": "; end it, or give another --store",
  "newer-schema": "; update this one",
};
