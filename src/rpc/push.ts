// Push events on server-initiated unidirectional streams (spec/events.md, C-18, I-11).

import { encodePush } from "../wire/frame.ts";
import { type Connection, keyOf } from "./connection.ts";
import type { SessionLookup } from "./credentials.ts";

/** PushEvent is an event type with its encoded message. */
export interface PushEvent {
  readonly eventType: number;
  readonly payload: Uint8Array;
}

/** PushHub knows the living connections and sends events to those that a receiver uses. */
export interface PushHub {
  /** add remembers a connection until it ends. */
  add(connection: Connection): void;
  /**
   * push sends an event to every connection on which a living session of `identityKey` was accepted.
   * The event is made only when somebody wants it. One that cannot be sent at once is dropped; a push
   * never delays its caller and never fails [events.no-delay].
   */
  push(identityKey: Uint8Array, makeEvent: () => PushEvent): void;
  /** drop loses the next `count` pushes, each to one connection, as a full or broken path would (S-15). */
  drop(count: number): void;
}

/** Pushes that a connection has not taken yet, and their bytes; beyond these, further ones are dropped. */
const UNTAKEN_PUSHES = 64;
const UNTAKEN_BYTES = 16 << 20;

interface State {
  untaken: number;
  untakenBytes: number;
  /** Identity keys of the accepted sessions, as keyOf spells them. */
  keys: ReadonlySet<string>;
}

/** createPushHub sends pushes while the session behind them lives, as `sessions` answers it. */
export function createPushHub(sessions: SessionLookup): PushHub {
  const connections = new Map<Connection, State>();
  // A push must not cost more the more connections there are, and one call may push a thousand times.
  const byKey = new Map<string, Set<Connection>>();
  let toDrop = 0;

  function setKeys(connection: Connection, state: State, keys: ReadonlySet<string>): void {
    for (const key of state.keys) {
      const others = byKey.get(key);
      if (keys.has(key) || others === undefined) continue;
      others.delete(connection);
      if (others.size === 0) byKey.delete(key);
    }
    for (const key of keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(connection));
    state.keys = keys;
  }

  function sessionsOf(connection: Connection, identityKey: Uint8Array) {
    const accepted = [...connection.accepted.values()];
    return accepted.filter((one) => Buffer.compare(one.identityKey, identityKey) === 0);
  }

  async function isReceiver(connection: Connection, identityKey: Uint8Array): Promise<boolean> {
    for (const { tokenHash } of sessionsOf(connection, identityKey)) {
      if ((await sessions(tokenHash)) !== undefined) return true;
    }
    return false;
  }

  async function send(connection: Connection, frame: Uint8Array): Promise<void> {
    const state = connections.get(connection);
    if (state === undefined || state.untaken >= UNTAKEN_PUSHES) return;
    if (state.untakenBytes + frame.length > UNTAKEN_BYTES) return;
    if (toDrop > 0) {
      toDrop -= 1;
      return;
    }
    const stream = connection.openPush();
    if (stream === undefined) return;
    state.untaken += 1;
    state.untakenBytes += frame.length;
    try {
      await stream.finish(frame);
    } finally {
      state.untaken -= 1;
      state.untakenBytes -= frame.length;
    }
  }

  async function pushAll(
    receivers: ReadonlySet<Connection>,
    identityKey: Uint8Array,
    makeEvent: () => PushEvent,
  ): Promise<void> {
    let frame: Uint8Array | undefined;
    for (const connection of receivers) {
      if (!(await isReceiver(connection, identityKey))) continue;
      if (frame === undefined) {
        const { eventType, payload } = makeEvent();
        frame = encodePush(eventType, payload);
      }
      void send(connection, frame).catch(ignore);
    }
  }

  return {
    add(connection) {
      const state: State = { untaken: 0, untakenBytes: 0, keys: new Set() };
      connections.set(connection, state);
      connection.acceptedChanged = () => setKeys(connection, state, keysOf(connection));
      connection.ended.addEventListener("abort", () => {
        connections.delete(connection);
        delete connection.acceptedChanged;
        setKeys(connection, state, new Set());
      });
    },
    push(identityKey, makeEvent) {
      const receivers = byKey.get(keyOf(identityKey));
      if (receivers) void pushAll(receivers, identityKey, makeEvent).catch(ignore);
    },
    drop(count) {
      toDrop = count;
    },
  };
}

function keysOf({ accepted }: Connection): ReadonlySet<string> {
  return new Set([...accepted.values()].map(({ identityKey }) => keyOf(identityKey)));
}

// The client refused or left, or the store cannot say who is still logged in: the message stays in its
// queue and can be fetched [events.queue-remains].
function ignore(): void {}
