// `qpc repl`: talking line by line (CLIENT-003 to CLIENT-008). Lines are carried out one after the other;
// what comes in is told as it comes. Works the same when the lines come out of a pipe.

import { Unreachable } from "../../client/messenger/errors.ts";
import { type Messenger, openMessenger } from "../../client/messenger.ts";
import { type Account, loadAccount } from "../../client/store/account.ts";
import { UsageError } from "../../server/options.ts";
import type { Connect } from "../qpc-connect.ts";
import { errorWords } from "../qpc-errors.ts";
import { PASSWORD } from "../qpc-password.ts";
import { withStore } from "../talk/enrol.ts";
import { receiveOn } from "../talk/messages.ts";
import { reportLines } from "../talk/report.ts";
import { type Io, secretsOf, storeExists } from "../talk/talk.ts";
import type { Repl } from "./command.ts";
import { obey } from "./commands.ts";
import { type LineConsole, openConsole } from "./line-console.ts";
import { createNumbers } from "./numbers.ts";

export interface ReplRequest {
  readonly storeFile: string;
  /** Undefined = the account of the store. */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/**
 * runRepl registers when the store has no account, logs in, and reads lines until /quit, the end of the input
 * or the signal of `io`. It throws UsageError, AuthError and CallError before the first line; later errors
 * are told.
 */
export async function runRepl(request: ReplRequest, connect: Connect, io: Io): Promise<void> {
  const { storeFile } = request;
  if (request.username === undefined && !storeExists(storeFile)) {
    throw new UsageError(`there is no ${storeFile}: say who you are with -u NAME`);
  }
  await withStore(storeFile, io, async (store) => {
    const account = await store.database.read(loadAccount());
    const username = request.username ?? account?.username;
    if (username === undefined) throw new UsageError("say who you are with -u NAME");
    const kind = account ? "known" : "new";
    const password = request.password ?? (await secretsOf(io)(PASSWORD, kind));
    const messenger = await openMessenger({ store, username, password, connect });
    try {
      await enter(messenger, account);
      await converse(messenger, { storeFile, password }, io);
    } finally {
      await messenger.close();
    }
  });
}

async function enter(messenger: Messenger, account: Account | undefined): Promise<void> {
  // Without a hybrid key it has never published, and its registration may have broken off.
  const isComplete = account?.hybridKey !== undefined;
  try {
    await (isComplete ? messenger.logIn() : messenger.register());
    await messenger.publishKeys();
  } catch (error) {
    if (!isComplete || !(error instanceof Unreachable)) throw error;
  }
}

async function converse(
  messenger: Messenger,
  own: Pick<Repl, "storeFile" | "password">,
  io: Io,
): Promise<void> {
  const lines = openConsole(io);
  const stop = new AbortController();
  const repl = createRepl(messenger, own, lines, stop.signal);
  const end = () => lines.close();
  io.signal.addEventListener("abort", end);
  const listening = listen(repl);
  try {
    await readLines(repl, lines);
  } finally {
    repl.isOver = true;
    io.signal.removeEventListener("abort", end);
    stop.abort();
    await listening;
    lines.close();
  }
}

function createRepl(
  messenger: Messenger,
  own: Pick<Repl, "storeFile" | "password">,
  lines: LineConsole,
  signal: AbortSignal,
): Repl {
  const numbers = createNumbers(messenger);
  const { print, secret, next: ask, interrupted } = lines;
  return {
    ...{ messenger, ...own, signal, numbers, print, secret, ask, interrupted },
    ...{ current: undefined, place: undefined, isOver: false },
    async tell(news) {
      for (const { conversationId } of news.received) await numbers.load(conversationId);
      for (const line of await reportLines(messenger, news, numbers)) print(line);
    },
  };
}

async function readLines(repl: Repl, lines: LineConsole): Promise<void> {
  const { username } = repl.messenger.account;
  repl.print(`* you are ${username}; /help lists the commands`);
  while (!repl.isOver) {
    const line = await lines.next(`${repl.place ?? username}> `);
    if (line === undefined) return;
    try {
      await obey(repl, line);
    } catch (error) {
      repl.print(`! ${errorWords(error)}`);
    }
  }
}

async function listen(repl: Repl): Promise<void> {
  try {
    await receiveOn(repl);
  } catch (error) {
    if (repl.isOver) return;
    repl.print(`! ${errorWords(error)}; nothing comes in any more, start again`);
  }
}
