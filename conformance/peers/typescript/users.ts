// Level 2: users of the client, each a messenger with a store and connections of its own.

import { hexOf } from "../../../src/client/bytes.ts";
import type { ConnectedServer } from "../../../src/client/connect.ts";
import type { SyncReport } from "../../../src/client/messenger/sync.ts";
import { type Messenger, openMessenger } from "../../../src/client/messenger.ts";
import { loadAccount, saveAccount } from "../../../src/client/store/account.ts";
import { type ClientStore, openClientStore } from "../../../src/client/store/open.ts";
import { identityKeyOf } from "../../../src/crypto/identity/signing.ts";
import { answerOf, dial, locationOf } from "./connections.ts";
import { toError } from "./errors.ts";
import { atBye, bytesOf, type Operations, Refusal, type Request, toBytes } from "./operations.ts";

interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Text {
  readonly channel: Uint8Array;
  readonly from: Uint8Array;
  readonly text: string;
}

/** User collects what its messenger reports until somebody asks for it. */
export interface User {
  readonly store: ClientStore;
  connect(): Promise<ConnectedServer>;
  credentials: Credentials | undefined;
  messenger: Messenger | undefined;
  readonly received: Text[];
  /** What was received ever, by the ids of the messages in hexadecimal. */
  readonly known: Set<string>;
  readonly faults: object[];
  /** What will never be sent, by the ids of the messages in hexadecimal. */
  readonly failed: Map<string, Error>;
}

const users = new Map<string, User>();

export const userOperations: Operations = {
  "user.open": async (request) => {
    await close(String(request.user));
    const location = locationOf(request);
    users.set(String(request.user), {
      store: await openClientStore({ kind: "memory" }),
      connect: async () => (await dial(location)).server,
      ...{ credentials: undefined, messenger: undefined },
      ...{ received: [], known: new Set(), faults: [], failed: new Map() },
    });
    return {};
  },
  "user.reopen": async (request) => {
    const user = userOf(request);
    await user.messenger?.close();
    if (user.credentials) user.messenger = await messengerFor(user, user.credentials);
    if (user.messenger) await readHistories(user, user.messenger);
    return {};
  },
  "user.register": async (request) => {
    await takeIdentity(request);
    const { account } = await enter(request, (messenger) => messenger.register());
    return { identity_key: toBytes(account.identityKey) };
  },
  "user.login": async (request) => {
    await takeIdentity(request);
    await enter(request, (messenger) => messenger.logIn());
    return {};
  },
  "user.close": async ({ user }) => {
    await close(String(user));
    return {};
  },
  "user.call": (request) => answerOf(messengerOf(request).session.caller, request),
};

/** userOf throws Refusal for a user that is not open. */
export function userOf(request: Request): User {
  const user = users.get(String(request.user));
  if (user) return user;
  throw new Refusal({ class: "local.invalid", msg: `no user ${request.user} is open` });
}

/** messengerOf throws Refusal for a user that has neither registered nor logged in. */
export function messengerOf(request: Request): Messenger {
  const { messenger } = userOf(request);
  if (messenger) return messenger;
  throw new Refusal({ class: "local.invalid", msg: "register or log in first" });
}

/** collect keeps what a report says. */
export function collect(user: User, { received, faults, failed }: SyncReport): void {
  for (const { conversationId: channel, sender: from, content } of received) {
    user.known.add(hexOf(content.id));
    const { body } = content;
    if (body.case === "text") user.received.push({ channel, from, text: body.value });
  }
  for (const { fault } of faults) user.faults.push(problemOf(fault));
  for (const { contentId, error } of failed) {
    if (contentId) user.failed.set(hexOf(contentId), error);
    else user.faults.push(problemOf(error));
  }
}

/** What came in and was never reported stands in the histories, as for any user after a restart. */
async function readHistories(user: User, messenger: Messenger): Promise<void> {
  for (const { id: channel } of await messenger.conversations()) {
    for (const { contentId, sender: from, trust, body } of await messenger.history(
      channel,
      1_000,
    )) {
      const isKnown = trust === "own" || user.known.has(hexOf(contentId));
      user.known.add(hexOf(contentId));
      if (!isKnown && body.kind === "text") user.received.push({ channel, from, text: body.text });
    }
  }
}

/** problemOf throws what is no refusal. */
export function problemOf(error: unknown): object {
  const problem = toError(error);
  if (problem) return problem;
  throw error;
}

atBye(async () => {
  await Promise.all([...users.keys()].map(close));
});

async function close(name: string): Promise<void> {
  const user = users.get(name);
  users.delete(name);
  await user?.messenger?.close();
  await user?.store.close();
}

function messengerFor({ store, connect }: User, credentials: Credentials): Promise<Messenger> {
  return openMessenger({ store, connect, ...credentials });
}

/** enter registers or logs in; when it is refused, the user is where it was before. */
async function enter(
  request: Request,
  how: (messenger: Messenger) => Promise<void>,
): Promise<Messenger> {
  const user = userOf(request);
  const credentials = { username: String(request.username), password: String(request.password) };
  const before = user.credentials;
  await user.messenger?.close();
  const messenger = await messengerFor(user, credentials);
  try {
    await how(messenger);
  } catch (error) {
    await messenger.close();
    user.messenger = before && (await messengerFor(user, before));
    throw error;
  }
  user.credentials = credentials;
  user.messenger = messenger;
  return messenger;
}

/** Whoever has an account on another machine brings his identity along, as from a recovery bundle. */
async function takeIdentity(request: Request): Promise<void> {
  const { database } = userOf(request).store;
  if (request.identity_seed === undefined || (await database.read(loadAccount()))) return;
  const identitySeed = bytesOf(request, "identity_seed");
  const { publicKey: identityKey } = identityKeyOf(identitySeed);
  const account = { username: String(request.username), identityKey, identitySeed };
  await database.write(saveAccount(account));
}
