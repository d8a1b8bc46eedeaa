// The way to the server: connects when something is to be called, logs in when there is no session, and
// makes a new connection when the old one broke (spec/sessions.md, spec/client/client.md).

import { LIMITS } from "../../registry/limits.ts";
import { methodById, needsSession } from "../../registry/methods.ts";
import { Status } from "../../registry/statuses.ts";
import { type Caller, isBrokenAnswer, type Reply } from "../../rpc/caller.ts";
import { type SessionCredentials, withTrailer } from "../call.ts";
import { ResponseError } from "../client.ts";
import type { ConnectedServer } from "../connect.ts";
import { Unreachable } from "./errors.ts";
import { patiently } from "./patience.ts";

export interface LinkOptions {
  connect(): Promise<ConnectedServer>;
  /** loadSession answers undefined when no session is known. */
  loadSession(): Promise<SessionCredentials | undefined>;
  /** openSession logs in and keeps the session for loadSession. */
  openSession(caller: Caller): Promise<SessionCredentials>;
}

/**
 * Link offers callers that outlive connections. They throw Unreachable when there is none to be had, and
 * ResponseError for a broken answer; they wait where the server asks for patience.
 */
export interface Link {
  /** Its calls carry the session wherever a method looks at it. */
  readonly caller: Caller;
  /** A connection of its own that never carries a session (C-114). */
  readonly anonymous: Caller;
  /** current answers the connection of `caller`, and makes one if need be. */
  current(): Promise<ConnectedServer>;
  /** logIn opens a new session, whether or not the old one is still good. */
  logIn(): Promise<void>;
  close(): Promise<void>;
}

/** No server takes longer for a call, but for a FetchWait, which may wait besides. */
function withTimeout(methodId: number, signal: AbortSignal | undefined): AbortSignal {
  const mayWait = methodById(methodId)?.name === "FetchWait";
  const ms = LIMITS.rpcTimeout.value + (mayWait ? LIMITS.fetchWait.value : 0);
  const timeout = AbortSignal.timeout(ms);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

export function createLink({ connect, loadSession, openSession }: LinkOptions): Link {
  const main = createWire(connect);
  const second = createWire(connect);
  let session: Promise<SessionCredentials> | undefined;

  const openAnother = async () => openSession(await main.steady());
  const credentials = () => {
    session ??= loadSession().then((known) => known ?? openAnother());
    return forgetIfRejected(session);
  };
  const renew = (refused: Promise<SessionCredentials> | undefined) => {
    // Of several calls that were refused together, the first one logs in.
    if (session === refused) session = openAnother();
    return forgetIfRejected(session ?? credentials());
  };
  const forgetIfRejected = async (opening: Promise<SessionCredentials>) => {
    try {
      return await opening;
    } catch (error) {
      if (session === opening) session = undefined;
      throw error;
    }
  };

  const authorized: Caller["call"] = async (methodId, payload, signal) => {
    const method = methodById(methodId);
    if (method === undefined || !needsSession(method)) return main.call(methodId, payload, signal);
    const shown = await credentials();
    const used = session;
    const reply = await main.call(methodId, withTrailer(payload, shown), signal);
    if (reply.status !== Status.Unauthorized) return reply;
    return main.call(methodId, withTrailer(payload, await renew(used)), signal);
  };

  const patient =
    (call: Caller["call"]): Caller["call"] =>
    (methodId, payload, signal) =>
      patiently(() => call(methodId, payload, signal), signal);

  return {
    caller: { ...main.events, call: patient(authorized) },
    anonymous: { ...second.events, call: patient(second.call) },
    current: main.current,
    async logIn() {
      await renew(session);
    },
    async close() {
      await Promise.all([main.close(), second.close()]);
    },
  };
}

/** Wire is one connection at a time, replaced when it broke. */
function createWire(connect: () => Promise<ConnectedServer>) {
  let opening: Promise<ConnectedServer> | undefined;
  let closed = false;

  const current = async (): Promise<ConnectedServer> => {
    if (closed) throw new Unreachable("this messenger is closed");
    opening ??= connect();
    const mine = opening;
    try {
      return await mine;
    } catch (error) {
      if (opening === mine) opening = undefined;
      throw new Unreachable(error);
    }
  };
  /** After a broken answer the connection is as good as before, and others may be waiting on it. */
  const lost = (
    error: unknown,
    used: Promise<ConnectedServer> | undefined,
    server: ConnectedServer,
  ): Error => {
    if (isBrokenAnswer(error)) return new ResponseError(error.message, { cause: error });
    if (opening === used) opening = undefined;
    server.close().catch(() => {});
    return new Unreachable(error);
  };

  /** Every call of the protocol may be repeated: what would count twice carries a message_id. */
  const call = async (methodId: number, payload: Uint8Array, signal?: AbortSignal) => {
    if (payload.length > LIMITS.framePayload.value) throw new RangeError("the request is too long");
    const wasOpen = opening !== undefined;
    try {
      return await callOnce(methodId, payload, signal);
    } catch (error) {
      if (!(error instanceof Unreachable) || !wasOpen || closed) throw error;
      return callOnce(methodId, payload, signal);
    }
  };
  const callOnce = async (
    methodId: number,
    payload: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Reply> => {
    const server = await current();
    const used = opening;
    try {
      return await server.caller.call(methodId, payload, withTimeout(methodId, signal));
    } catch (error) {
      signal?.throwIfAborted();
      throw lost(error, used, server);
    }
  };

  const events: Pick<Caller, "events" | "lostEvents"> = {
    async *events() {
      yield* (await current()).caller.events();
    },
    lostEvents: () => 0,
  };
  return {
    call,
    current,
    events,
    /** steady answers a caller that stays on one connection, as a login has to. */
    async steady(): Promise<Caller> {
      const server = await current();
      const used = opening;
      const calling: Caller["call"] = async (methodId, payload, signal) => {
        try {
          return await server.caller.call(methodId, payload, withTimeout(methodId, signal));
        } catch (error) {
          throw lost(error, used, server);
        }
      };
      return { ...server.caller, call: calling };
    },
    async close() {
      closed = true;
      const server = await opening?.catch(() => undefined);
      await server?.close();
    },
  };
}
