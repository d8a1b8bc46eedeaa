// An honest server in memory for clients of every kind (spec/services), with everything open to the case
// that runs against it: what came, what is kept, and every answer, which a case may bend into a lie.

import { fromBinary, type Message } from "@bufbuild/protobuf";
import { Status } from "../../../src/registry/statuses.ts";
import type { HostileCall } from "../call.ts";
import type { HostileConnection } from "../connection.ts";
import type { HostileServer } from "../endpoint.ts";
import { AUTH } from "./auth.ts";
import { BLOBS } from "./blobs.ts";
import { CHANNELS } from "./channels.ts";
import { announcement, DELIVERY, store } from "./delivery.ts";
import { DEVICES } from "./devices.ts";
import { type Handler, Refusal, type Visitor, type WorldAnswer } from "./handler.ts";
import { HEALTH } from "./health.ts";
import { KEYS } from "./keys.ts";
import { sessionOf } from "./session.ts";
import { type Account, createState, hex, type WorldState } from "./state.ts";
import { USERS } from "./users.ts";

export type { WorldAnswer } from "./handler.ts";

/** WorldRequest is a call that came, and what was answered. */
export interface WorldRequest {
  readonly method: number;
  readonly payload: Uint8Array;
  /** The decoded request; undefined when the bytes are none, or the method is unknown. */
  readonly message: Message | undefined;
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** The account of its session. */
  readonly account: Account | undefined;
  /** Undefined while it is not answered, and for good when the case dropped the answer. */
  answer: WorldAnswer | undefined;
}

export type WorldCall = Omit<WorldRequest, "answer">;

/**
 * Bend answers a call instead of the world; `honest` is what the world would answer, carried out once.
 * `silence` leaves the call without an answer, `reset` abandons it, `hang-up` closes the connection.
 */
export type Bend = (
  call: WorldCall,
  honest: () => Promise<WorldAnswer>,
) => Promise<WorldAnswer | "silence" | "reset" | "hang-up">;

export interface World extends HostileServer {
  readonly state: WorldState;
  /** All calls that came, in order. */
  readonly requests: readonly WorldRequest[];
  /** bend has a method answered otherwise; the last bend of a method counts. It answers what undoes it. */
  bend(method: number, bend: Bend): () => void;
  /** enqueue puts a payload into an inbox and announces it; it answers its seq. */
  enqueue(recipientKey: Uint8Array, channelId: Uint8Array, payload: Uint8Array): bigint;
  /** calls lists the requests of one method. */
  calls(method: number): readonly WorldRequest[];
  /** hangUp closes every connection; new ones are taken as before. */
  hangUp(): Promise<void>;
  /** False: no events are sent. */
  announces: boolean;
}

const HANDLERS = new Map<number, Handler>(
  [AUTH, DELIVERY, KEYS, CHANNELS, USERS, BLOBS, DEVICES, HEALTH]
    .flat()
    .map((handler) => [handler.method, handler]),
);

const NEW_MESSAGE = 1000;
const NOTHING = new Uint8Array(0);

/** createWorld has a listening server answer as a whole one would. */
export function createWorld(server: HostileServer): World {
  const state = createState();
  const requests: WorldRequest[] = [];
  const bends = new Map<number, Bend[]>();
  const visitors = new Map<HostileConnection, Visitor>();

  function visitorOf(connection: HostileConnection): Visitor {
    const known = visitors.get(connection);
    if (known) return known;
    const visitor: Visitor = {
      number: visitors.size + 1,
      bound: undefined,
      accepted: new Set(),
      pendingLogins: new Map(),
      event(type, payload) {
        // An event that the client leaves no room for is lost, as on any server.
        if (connection.isOpen()) void connection.event(type, payload).catch(() => {});
      },
    };
    visitors.set(connection, visitor);
    return visitor;
  }

  function notify(keys: Iterable<string>, type: number, payload: Uint8Array): void {
    if (!world.announces) return;
    const wanted = new Set(keys);
    for (const visitor of visitors.values()) {
      const accounts = [...visitor.accepted];
      if (accounts.some(({ identityKey }) => wanted.has(hex(identityKey)))) {
        visitor.event(type, payload);
      }
    }
  }

  async function honestly(
    handler: Handler | undefined,
    visitor: Visitor,
    { payload, account }: WorldCall,
    refused: Status | undefined,
  ): Promise<WorldAnswer> {
    if (handler === undefined) return { status: Status.UnknownMethod, payload: NOTHING };
    if (refused !== undefined) return { status: refused, payload: NOTHING };
    return handler.answer(payload, {
      ...{ state, visitor, notify },
      get account() {
        if (account === undefined) throw new Refusal(Status.Unauthorized);
        return account;
      },
    });
  }

  async function answer(call: HostileCall, from: HostileConnection): Promise<void> {
    if (!call.wellFormed) return call.reset(Status.BadRequest);
    const visitor = visitorOf(from);
    const handler = HANDLERS.get(call.method);
    const { account, refused } = handler?.needsSession
      ? session(state, visitor, call.payload)
      : { account: visitor.bound, refused: undefined };
    const request: WorldRequest = {
      ...{ method: call.method, payload: call.payload, account, connection: visitor.number },
      message: handler && decoded(handler, call.payload),
      answer: undefined,
    };
    requests.push(request);
    let carriedOut: Promise<WorldAnswer> | undefined;
    const honest = () => {
      carriedOut ??= honestly(handler, visitor, request, refused);
      return carriedOut;
    };
    const bend = bends.get(call.method)?.at(-1);
    const given = await (bend ? bend(request, honest) : honest());
    if (given === "silence") return;
    if (given === "reset") return call.reset(Status.Internal);
    if (given === "hang-up") return from.close(Status.Unavailable);
    request.answer = given;
    await call.answer(given.status, given.payload);
  }

  const world: World = {
    ...server,
    state,
    requests,
    announces: true,
    bend(method, bend) {
      const list = bends.get(method) ?? [];
      list.push(bend);
      bends.set(method, list);
      return () => {
        const at = list.indexOf(bend);
        if (at >= 0) list.splice(at, 1);
      };
    },
    enqueue(recipientKey, channelId, payload) {
      const seq = store(state, recipientKey, channelId, payload);
      notify([hex(recipientKey)], NEW_MESSAGE, announcement(recipientKey, channelId, seq, payload));
      return seq;
    },
    async hangUp() {
      const open = [...visitors.keys()].filter((connection) => connection.isOpen());
      await Promise.all(open.map((connection) => connection.close()));
    },
    calls: (method) => requests.filter((request) => request.method === method),
  };
  server.serve(answer);
  return world;
}

function session(state: WorldState, visitor: Visitor, payload: Uint8Array) {
  try {
    return { account: sessionOf(state, visitor, payload), refused: undefined };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { account: undefined, refused: error.status };
  }
}

function decoded(handler: Handler, payload: Uint8Array): Message | undefined {
  try {
    return fromBinary(handler.input, payload);
  } catch {
    return undefined;
  }
}
