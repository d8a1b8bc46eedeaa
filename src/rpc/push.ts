// Push events on server-initiated unidirectional streams (spec/events.md, C-18, I-11).

import { encodePush } from "../wire/frame.ts";
import type { Connection } from "./connection.ts";
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
}

/** Pushes that a connection has not taken yet; beyond this many, further ones are dropped. */
const UNTAKEN_PUSHES = 64;

/** createPushHub sends pushes while the session behind them lives, as `sessions` answers it. */
export function createPushHub(sessions: SessionLookup): PushHub {
  const connections = new Map<Connection, { untaken: number }>();

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
    const stream = connection.openPush();
    if (stream === undefined) return;
    state.untaken += 1;
    try {
      await stream.finish(frame);
    } finally {
      state.untaken -= 1;
    }
  }

  async function pushAll(identityKey: Uint8Array, makeEvent: () => PushEvent): Promise<void> {
    let frame: Uint8Array | undefined;
    for (const connection of connections.keys()) {
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
      connections.set(connection, { untaken: 0 });
      connection.ended.addEventListener("abort", () => connections.delete(connection));
    },
    push(identityKey, makeEvent) {
      const known = [...connections.keys()].some(
        (connection) => sessionsOf(connection, identityKey).length > 0,
      );
      if (known) void pushAll(identityKey, makeEvent).catch(ignore);
    },
  };
}

// The client refused or left, or the store cannot say who is still logged in: the message stays in its
// queue and can be fetched [events.queue-remains].
function ignore(): void {}
