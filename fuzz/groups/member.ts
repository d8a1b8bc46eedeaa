// A member of a simulated group: a messenger on a disk of its own, which can be cut off from the server
// and which can crash.

import type { ConnectedServer } from "../../src/client/connect.ts";
import { decodeContent } from "../../src/client/content.ts";
import { MessengerError, type MessengerFault } from "../../src/client/messenger/errors.ts";
import type { GroupView } from "../../src/client/messenger/group-view.ts";
import type { HistoryEntry } from "../../src/client/messenger/history.ts";
import type { TraceEvent } from "../../src/client/messenger/trace.ts";
import { type Messenger, openMessenger } from "../../src/client/messenger.ts";
import { findGroup } from "../../src/client/store/groups.ts";
import { findMessage } from "../../src/client/store/messages.ts";
import type { ClientStore } from "../../src/client/store/open.ts";
import { listOutgoing } from "../../src/client/store/outbox.ts";
import type { Caller } from "../../src/rpc/caller.ts";
import type { Operation } from "../../src/storage/sql/statement.ts";
import { createCounter } from "./counter.ts";
import type { Disk } from "./disk.ts";

export interface MemberOptions {
  readonly number: number;
  readonly username: string;
  readonly disk: Disk;
  connect(): Promise<ConnectedServer>;
  /** tap wraps the caller of every connection. */
  tap(caller: Caller): Caller;
  trace(event: TraceEvent): void;
}

const WHOLE_HISTORY = 100_000;
const OUTSIDE: readonly MessengerFault[] = ["inactive", "unknown-conversation"];

/** Member is one client through all its lives. */
export class Member {
  readonly number: number;
  readonly username: string;
  /** True while the network is away for this member alone. */
  offline = false;
  /** How often it has crashed; whoever was waiting for it tells by this that nothing will come. */
  life = 0;
  readonly unanswered = new Map<symbol, string>();
  /** Counts the calls that were answered. */
  readonly answered = createCounter();
  #opening: Promise<void> | undefined;
  #death = Promise.withResolvers<never>();
  readonly #options: MemberOptions;
  readonly #connections = new Set<ConnectedServer>();
  #open: { readonly store: ClientStore; readonly messenger: Messenger } | undefined;

  constructor(options: MemberOptions) {
    this.number = options.number;
    this.username = options.username;
    this.#options = options;
  }

  /** messenger throws before `open`. */
  get messenger(): Messenger {
    if (this.#open === undefined) throw new Error(`member ${this.number} is not open`);
    return this.#open.messenger;
  }

  /** open begins the first life. */
  open(): Promise<void> {
    this.#opening = this.#begin();
    return this.#opening;
  }

  /** awake resolves when a life has begun. */
  async awake(): Promise<void> {
    await this.#opening;
  }

  async #begin(): Promise<void> {
    const { username, disk, trace } = this.#options;
    const store = await disk.open();
    const { life } = this;
    this.#death = Promise.withResolvers<never>();
    // Nobody may be waiting.
    this.#death.promise.catch(() => {});
    const messenger = await openMessenger({
      store,
      username,
      password: `password of ${username}`,
      connect: () => this.#connect(life),
      trace,
    });
    this.#open = { store, messenger };
  }

  /** crash ends this life in the middle of whatever it does, and begins the next one. */
  async crash(): Promise<void> {
    this.life += 1;
    this.#death.reject(new Error(`member ${this.number} has crashed`));
    this.#opening = (async () => {
      await Promise.all([this.#options.disk.crash(), this.disconnect()]);
      await this.#begin();
    })();
    await this.#opening;
  }

  /** death rejects when this life ends: whatever it was asked for is not answered any more. */
  death(): Promise<never> {
    return this.#death.promise;
  }

  async goOffline(): Promise<void> {
    this.offline = true;
    await this.disconnect();
  }

  /** view answers undefined when the member is in no group of the conversation, as far as it knows. */
  view(conversation: Uint8Array): Promise<GroupView | undefined> {
    return unlessOutside(this.messenger.groupView(conversation));
  }

  /** history answers all that the member keeps of the conversation, nothing when it never was in it. */
  async history(conversation: Uint8Array): Promise<readonly HistoryEntry[]> {
    return (await unlessOutside(this.messenger.history(conversation, WHOLE_HISTORY))) ?? [];
  }

  /** disconnect breaks the connections; the member may make new ones unless it is offline. */
  async disconnect(): Promise<void> {
    const broken = [...this.#connections];
    this.#connections.clear();
    await Promise.all(broken.map((connection) => connection.close()));
  }

  async #connect(life: number): Promise<ConnectedServer> {
    const away = () => this.offline || life !== this.life;
    if (away()) throw new Error("the network is away");
    const server = await this.#options.connect();
    if (away()) {
      await server.close();
      throw new Error("the network went away");
    }
    const tapped = { ...server, caller: this.#options.tap(server.caller) };
    this.#connections.add(tapped);
    return tapped;
  }

  async close(): Promise<void> {
    await this.#open?.messenger.close();
    await this.#open?.store.close();
  }

  /** textOf answers what an envelope in the outbox says. */
  async textOf(payload: Uint8Array): Promise<string | undefined> {
    const outbox = await this.#read(listOutgoing());
    const entry = outbox.find((one) => Buffer.compare(one.payload, payload) === 0);
    const { conversationId, contentId } = entry ?? {};
    if (conversationId === undefined || contentId === undefined) return undefined;
    const message = await this.#read(findMessage(conversationId, contentId));
    const body = message && decodeContent(message.content).body;
    return body?.case === "text" ? body.value : undefined;
  }

  /** stateOf answers the group as it is stored now, encoded; undefined before the first. */
  async stateOf(groupId: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.#read(findGroup(groupId)))?.state;
  }

  async #read<T>(operation: Operation<T>): Promise<T> {
    if (this.#open === undefined) throw new Error(`member ${this.number} is not open`);
    return this.#open.store.database.read(operation);
  }
}

async function unlessOutside<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof MessengerError && OUTSIDE.includes(error.fault)) return undefined;
    throw error;
  }
}
