// A client end to end: one account, its conversations and its server (spec/client/client.md). What is here
// composes the parts in messenger/; each piece of work runs alone, one after the other.

import type { CryptoBackend } from "../crypto/backend/backend.ts";
import { formatSafetyNumber, safetyNumber } from "../crypto/identity/safety-number.ts";
import type { Database } from "../storage/sql/statement.ts";
import type { ConnectedServer } from "./connect.ts";
import { enrol, publishKeys } from "./messenger/accounts.ts";
import type { Progress } from "./messenger/changes.ts";
import { conversationOf, read, write } from "./messenger/context.ts";
import {
  addMembers,
  createGroup,
  groupConversation,
  removeMember,
  rotateKeys,
  startDirect,
} from "./messenger/conversations.ts";
import { createContext } from "./messenger/create-context.ts";
import { type GroupView, viewGroup } from "./messenger/group-view.ts";
import { type HistoryEntry, readHistory } from "./messenger/history.ts";
import { leaveGroup } from "./messenger/leaving.ts";
import { type Heard, listen } from "./messenger/listen.ts";
import { changeKnown, knownContact, markCompared } from "./messenger/people.ts";
import { askToRotate } from "./messenger/record.ts";
import { type Body, type SentMessage, sendContent } from "./messenger/sending.ts";
import { type SyncReport, syncAll, takeReport } from "./messenger/sync.ts";
import type { Trace } from "./messenger/trace.ts";
import { createWorkQueue } from "./messenger/work-queue.ts";
import type { Session } from "./session.ts";
import type { Account } from "./store/account.ts";
import { type Contact, listContacts } from "./store/contacts.ts";
import { type Conversation, listConversations, saveConversation } from "./store/conversations.ts";
import type { ClientStore } from "./store/open.ts";

export interface MessengerOptions {
  readonly store: ClientStore;
  /** connect is called for every connection that is needed, one at a time for each purpose. */
  connect(): Promise<ConnectedServer>;
  readonly username: string;
  readonly password: string;
  /** Milliseconds since 1970; default: the clock of this machine. */
  readonly now?: () => number;
  readonly backend?: CryptoBackend;
  /** True to send application messages on a connection without a session (C-114). */
  readonly sealedSender?: boolean;
  /** True to pin keys of a server that has never shown a transparency log. */
  readonly allowUnlogged?: boolean;
  /** trace is told step by step what happens. */
  readonly trace?: Trace;
}

/**
 * Messenger: ids of conversations are their channel_ids (16 bytes). Every function may throw, besides what
 * it names: Unreachable when it needs the server and there is none, MessengerError `no-account` before
 * `register`, CallError for a refusal, ClientFault for a lie of the server, AuthError when the server does
 * not let this account in. Calls may overlap; they are carried out one after the other.
 */
export interface Messenger {
  /** The account in the store. It throws MessengerError `no-account`. */
  readonly account: Account;
  /** For devices, files, recovery and transcripts, which are functions of their own. */
  readonly session: Session & { readonly database: Database };
  /** register makes the identity and the account, and logs in; an account of ours that is there already is taken. */
  register(): Promise<void>;
  logIn(): Promise<void>;
  /** publishKeys leaves KeyPackages (default 10) and the hybrid key at the server, and answers how many went up. */
  publishKeys(options?: { readonly keyPackages?: number }): Promise<number>;

  resolve(username: string): Promise<Contact>;
  /** acceptNewKey pins another key for a known name, after its user has agreed. */
  acceptNewKey(username: string, identityKey: Uint8Array): Promise<Contact>;
  /** safetyNumber answers 12 groups of 5 digits for a contact, the same on his side. */
  safetyNumber(username: string): Promise<string>;
  /**
   * markVerified notes that the safety number was compared. With the key that it was compared for, it throws
   * MessengerError `other-key` when the name leads to another by now.
   */
  markVerified(username: string, identityKey?: Uint8Array): Promise<Contact>;
  /** block keeps nothing that this contact sends from now on; nobody else learns of it. */
  block(username: string): Promise<Contact>;
  unblock(username: string): Promise<Contact>;
  contacts(): Promise<readonly Contact[]>;

  /** startDirect answers the conversation with a user, and begins it when there is none. */
  startDirect(username: string): Promise<Conversation>;
  /** createGroup begins a group; its name stays on this client. */
  createGroup(name: string, usernames: readonly string[]): Promise<Conversation>;
  /** add adds users to a group, or anew whoever has lost his state. */
  add(id: Uint8Array, usernames: readonly string[]): Promise<Progress>;
  remove(id: Uint8Array, username: string): Promise<Progress>;
  leave(id: Uint8Array): Promise<void>;
  /** rotateKeys renews the own keys in the conversation. */
  rotateKeys(id: Uint8Array): Promise<Progress>;
  /** askToRotate has the server ask the other members to renew theirs, and answers how many it asked. */
  askToRotate(id: Uint8Array): Promise<number>;
  /** rename names a conversation on this client. */
  rename(id: Uint8Array, name: string): Promise<void>;
  conversations(): Promise<readonly Conversation[]>;
  groupView(id: Uint8Array): Promise<GroupView>;

  /** send answers when the server has taken the message, or when it waits in the outbox. */
  send(id: Uint8Array, body: Body): Promise<SentMessage>;
  sendText(id: Uint8Array, text: string): Promise<SentMessage>;
  /** history answers the last messages (default 20), oldest first. */
  history(id: Uint8Array, limit?: number): Promise<readonly HistoryEntry[]>;

  /** sync fetches and sends all there is, and answers what has happened since the last report. */
  sync(): Promise<SyncReport>;
  /** listen syncs at once and then whenever there is something, until `signal` is aborted or `close`. */
  listen(signal: AbortSignal): AsyncGenerator<Heard, void>;

  /** close waits for what is under way, ends listeners and connections, and leaves the store open. */
  close(): Promise<void>;
}

/** openMessenger opens what the store holds; it calls nobody. It throws MessengerError `other-account`. */
export async function openMessenger(options: MessengerOptions): Promise<Messenger> {
  const context = await createContext(options);
  const { link, store, directory } = context;
  const queue = createWorkQueue();
  const closing = new AbortController();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    queue.run(async () => {
      await context.reload();
      return work();
    });
  const send = (id: Uint8Array, body: Body) => inTurn(() => sendContent(context, id, body));
  const mark = (username: string, change: Partial<Contact>) =>
    inTurn(() => changeKnown(context, username, change));

  return {
    get account() {
      return context.account();
    },
    session: { caller: link.caller, database: store.database },
    register: () => inTurn(() => enrol(context, options)),
    logIn: () => inTurn(() => link.logIn()),
    publishKeys: ({ keyPackages } = {}) => inTurn(() => publishKeys(context, keyPackages)),

    resolve: (username) => inTurn(async () => (await directory.resolve(username)).contact),
    acceptNewKey: (username, identityKey) =>
      inTurn(async () => (await directory.acceptNewKey(username, identityKey)).contact),
    safetyNumber: (username) =>
      inTurn(async () => {
        const { identityKey } = await knownContact(context, username);
        const own = context.account().identityKey;
        return formatSafetyNumber(safetyNumber(own, identityKey, context.backend));
      }),
    markVerified: (username, identityKey) =>
      inTurn(() => markCompared(context, username, identityKey)),
    block: (username) => mark(username, { blocked: true }),
    unblock: (username) => mark(username, { blocked: false }),
    contacts: () => inTurn(() => read(context, listContacts())),

    startDirect: (username) => inTurn(() => startDirect(context, username)),
    createGroup: (name, usernames) => inTurn(() => createGroup(context, name, usernames)),
    add: (id, usernames) => inTurn(() => addMembers(context, id, usernames)),
    remove: (id, username) =>
      inTurn(async () => {
        const { identityKey } = await knownContact(context, username);
        return removeMember(context, id, identityKey);
      }),
    leave: (id) =>
      inTurn(async () => {
        const { conversation } = await groupConversation(context, id);
        await leaveGroup(context, conversation);
      }),
    rotateKeys: (id) => inTurn(() => rotateKeys(context, id)),
    askToRotate: (id) =>
      inTurn(async () => {
        const { groupRecordId } = await groupConversation(context, id);
        return askToRotate(context, groupRecordId);
      }),
    rename: (id, name) =>
      inTurn(async () => {
        const conversation = await conversationOf(context, id);
        await write(context, () => saveConversation({ ...conversation, name }));
      }),
    conversations: () => inTurn(() => read(context, listConversations())),
    groupView: (id) => inTurn(() => viewGroup(context, id)),

    send,
    sendText: (id, text) => send(id, { case: "text", value: text }),
    history: (id, limit = 20) => inTurn(() => read(context, readHistory(context, id, limit))),

    sync: () =>
      inTurn(async () => {
        await syncAll(context);
        return takeReport(context);
      }),
    listen: (signal) => listen(context, inTurn, AbortSignal.any([signal, closing.signal])),

    async close() {
      closing.abort();
      await queue.idle();
      await link.close();
    },
  };
}
