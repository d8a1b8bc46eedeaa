// People with messengers around one reference server in memory, whose networks can be cut and tapped.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Caller } from "../../rpc/caller.ts";
import type { EventFrame } from "../../rpc/event-inbox.ts";
import type { ServerConfig } from "../../server/server.ts";
import type { ConnectedServer } from "../connect.ts";
import type { HistoryEntry } from "../messenger/history.ts";
import type { SyncReport } from "../messenger/sync.ts";
import { type Messenger, type MessengerOptions, openMessenger } from "../messenger.ts";
import { type ClientStore, openClientStore } from "../store/open.ts";
import { type Reference, startReference } from "./reference.ts";

export interface Cast {
  readonly reference: Reference;
  /** join registers somebody with published keys. */
  join(username: string, options?: Partial<MessengerOptions>): Promise<Player>;
}

/** Player is one person at one client. */
export interface Player {
  readonly username: string;
  /** The messenger that is open now. */
  messenger: Messenger;
  readonly store: ClientStore;
  readonly network: Network;
  /** reopen closes the messenger and opens another on the same store, as after a restart. */
  reopen(options?: Partial<MessengerOptions>): Promise<void>;
}

/** Network is the way of one person to the server. */
export interface Network {
  /** True while no connection can be had; `cut` breaks those that there are. */
  isDown: boolean;
  /** tap wraps the caller of every connection made from now on. */
  tap: (caller: Caller) => Caller;
  /** How many connections were made. */
  connections: number;
  /** cut breaks the connections that there are. */
  cut(): void;
}

export async function startCast(
  t: Pick<TestContext, "after">,
  options: Partial<ServerConfig> = {},
): Promise<Cast> {
  const reference = await startReference(t, options);
  return {
    reference,
    async join(username, given = {}) {
      const store = await openClientStore({ kind: "memory" });
      t.after(() => store.close());
      const network = createNetwork(reference);
      const open = (more: Partial<MessengerOptions>) =>
        openMessenger({
          ...{ store, username, password: `password of ${username}` },
          ...{ connect: network.connect, ...given, ...more },
        });
      const player: Player = {
        ...{ username, store, network, messenger: await open({}) },
        async reopen(more = {}) {
          await player.messenger.close();
          player.messenger = await open(more);
        },
      };
      t.after(() => player.messenger.close());
      await player.messenger.register();
      await player.messenger.publishKeys();
      return player;
    },
  };
}

function createNetwork(reference: Reference): Network & { connect(): Promise<ConnectedServer> } {
  const open = new Set<AbortController>();
  const network = {
    isDown: false,
    tap: (caller: Caller) => caller,
    connections: 0,
    cut() {
      for (const connection of open) connection.abort(new Error("the network was cut"));
      open.clear();
    },
    async connect() {
      if (network.isDown) throw new Error("the network is down");
      const connection = new AbortController();
      open.add(connection);
      network.connections += 1;
      const caller = cuttable(network.tap(await reference.connect()), connection.signal);
      return { caller, close: async () => connection.abort(new Error("closed")) };
    },
  };
  return network;
}

function cuttable(caller: Caller, cut: AbortSignal): Caller {
  const over = new Promise<IteratorResult<EventFrame, undefined>>((resolve) => {
    cut.addEventListener("abort", () => resolve({ done: true, value: undefined }));
  });
  return {
    ...caller,
    async call(methodId, payload, signal) {
      cut.throwIfAborted();
      return caller.call(methodId, payload, signal ? AbortSignal.any([cut, signal]) : cut);
    },
    events() {
      const events = caller.events();
      return {
        next: () => Promise.race([events.next(), over]),
        return: async () => events.return?.() ?? over,
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
}

/** texts answers what a history shows, sender and text. */
export async function texts(player: Player, id: Uint8Array, limit = 100): Promise<string[]> {
  return (await player.messenger.history(id, limit)).map(shown);
}

function shown({ senderName, body }: HistoryEntry): string {
  const text = body.kind === "text" ? body.text : body.kind;
  return `${senderName ?? "?"}: ${text}`;
}

/** faultsOf lists the faults of a report by name. */
export function faultsOf({ faults }: SyncReport): string[] {
  return faults.map(({ fault }) => fault.fault);
}

/** syncAll syncs everybody in turn, so often that what one did reaches all. */
export async function syncAll(players: readonly Player[], rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const { messenger } of players) await messenger.sync();
  }
}

/** assertAgreed asserts that all see one group of so many members in one epoch. */
export async function assertAgreed(
  players: readonly Player[],
  id: Uint8Array,
  members: number,
): Promise<void> {
  const views = await Promise.all(players.map(({ messenger }) => messenger.groupView(id)));
  const seen = views.map((view) => ({ ...view, members: view.members.length }));
  for (const view of seen) assert.deepEqual(view, { ...seen[0], members });
}
