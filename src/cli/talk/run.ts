// The commands that talk, carried out: the store is opened, what is new is fetched, then comes the command.

import { openMessenger } from "../../client/messenger.ts";
import type { Account } from "../../client/store/account.ts";
import { deleteExpired } from "../../client/store/messages.ts";
import type { ClientStore } from "../../client/store/open.ts";
import { UsageError } from "../../server/options.ts";
import type { Connect } from "../qpc-connect.ts";
import { PASSWORD } from "../qpc-password.ts";
import { devices, setUp } from "./account.ts";
import { demandConversation, demandGroup } from "./addressee.ts";
import { catchUp } from "./catch-up.ts";
import { registerState, restoreState } from "./enrol.ts";
import { createGroup, invite, join } from "./groups.ts";
import { exportTo, receive, receiveOn, sendTo, showHistory } from "./messages.ts";
import { fetchKey, verify } from "./people.ts";
import { reportLines } from "./report.ts";
import { demandAccount, openKnown } from "./session.ts";
import type { TalkFlags, TalkName } from "./table.ts";
import { type Io, openStore, printerOf, secretsOf, storeExists, type Talk } from "./talk.ts";
import { showTranscript } from "./transcript.ts";

export interface TalkRequest {
  readonly word: TalkName;
  readonly operands: readonly string[];
  readonly flags: TalkFlags;
  readonly storeFile: string;
}

interface TalkCommand {
  /**
   * - `here`: without the server
   * - `round`: it is itself a round with the server
   * - `between`: between two rounds, so that it works with the latest news
   */
  readonly when: "here" | "round" | "between";
  run(talk: Talk, operands: readonly string[], flags: TalkFlags): Promise<unknown>;
}

const COMMANDS: Readonly<Record<Exclude<TalkName, "register-state" | "transcript">, TalkCommand>> =
  {
    "fetch-key": {
      when: "between",
      run: (talk, [name = ""], { accept }) => fetchKey(talk, name, accept),
    },
    verify: {
      when: "between",
      run: (talk, [name = ""], { yes = false }) => verify(talk, name, yes),
    },
    "create-group": {
      when: "between",
      run: (talk, [name = "", users = ""]) => createGroup(talk, name, users),
    },
    invite: {
      when: "between",
      run: async (talk, [group = "", users = ""]) =>
        invite(talk, await demandGroup(talk.messenger, group), users),
    },
    join: { when: "round", run: join },
    send: {
      when: "between",
      run: (talk, [to = "", text = ""], { all = false }) => sendTo(talk, to, text, all),
    },
    recv: {
      when: "round",
      run: (talk, _operands, { stream }) => (stream ? receiveOn(talk) : receive(talk)),
    },
    history: { when: "here", run: (talk, [to = ""], { limit }) => showHistory(talk, to, limit) },
    export: {
      when: "here",
      run: async (talk, [to = "", file = ""]) =>
        exportTo(talk, await demandConversation(talk.messenger, to), file),
    },
    devices: {
      when: "between",
      run: (talk, [action = "", operand]) => devices(talk, action, operand),
    },
    recovery: {
      when: "between",
      run: async (talk) => setUp(talk, await talk.secret(PASSWORD, "known")),
    },
  };

/** runTalk throws UsageError, what `connector` throws, and the errors of Messenger. */
export async function runTalk(
  request: TalkRequest,
  connector: () => Promise<Connect>,
  io: Io,
): Promise<void> {
  const { word, operands, storeFile } = request;
  const [first = ""] = operands;
  if (word === "register-state") {
    return registerState(first, storeFile, await connector(), io);
  }
  if (word === "transcript") return showTranscript(first, io);
  if (word === "recovery" && first === "restore") {
    return restoreState(storeFile, await connector(), io);
  }
  if (word === "recovery" && first !== "setup")
    throw new UsageError("usage: qpc recovery setup|restore");
  if (!storeExists(storeFile)) {
    throw new UsageError(`there is no ${storeFile}; register-state or repl makes one`);
  }
  const connect = COMMANDS[word].when === "here" ? nowhere : await connector();
  const store = await openStore(storeFile, io);
  try {
    const account = await demandAccount(store, storeFile);
    await onStore(store, account, { ...request, word }, connect, io);
  } finally {
    await store.close();
  }
}

async function onStore(
  store: ClientStore,
  account: Account,
  { word, operands, flags, storeFile }: TalkRequest & { readonly word: keyof typeof COMMANDS },
  connect: Connect,
  io: Io,
): Promise<void> {
  const secret = secretsOf(io);
  const { when, run } = COMMANDS[word];
  const { username } = account;
  await store.database.write(deleteExpired(Date.now()));
  const messenger =
    when === "here"
      ? await openMessenger({ store, username, password: "", connect })
      : await openKnown(store, account, connect, { env: io.env, secret });
  const print = printerOf(io);
  const talk: Talk = {
    ...{ messenger, storeFile, secret, print, signal: io.signal },
    async tell(news) {
      for (const line of await reportLines(messenger, news)) print(line);
    },
  };
  try {
    if (when === "between") await catchUp(talk);
    await run(talk, operands, flags);
    if (when === "between") await catchUp(talk);
  } finally {
    await messenger.close();
  }
}

function nowhere(): Promise<never> {
  return Promise.reject(new Error("this command asks no server"));
}
