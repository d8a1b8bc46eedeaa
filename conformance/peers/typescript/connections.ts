// Level 1: connections and calls of the client as they are, with nothing on top.

import { decodeResponse } from "../../../src/client/client.ts";
import {
  type ConnectedServer,
  connectTo,
  type ServerLocation,
  trustAnchor,
} from "../../../src/client/connect.ts";
import { EventError, type EventFault, readEvent } from "../../../src/client/events.ts";
import { methodById } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Caller } from "../../../src/rpc/caller.ts";
import type { EventFrame } from "../../../src/rpc/event-inbox.ts";
import { createQuicTransport } from "../../../src/transport/quic/quic.ts";
import { ConnectionError, type QuicConnection } from "../../../src/transport/transport.ts";
import { atBye, bytesOf, type Operations, Refusal, type Request, toBytes } from "./operations.ts";

export const connections: Operations = {
  open,
  call: (request) => {
    const { server } = connectionOf(request);
    return answerOf(server.caller, request);
  },
  cancel: ({ call }) => {
    underWay.get(Number(call))?.abort(new Refusal({ class: "cancelled" }));
    return {};
  },
  events: (request) => {
    const connection = connectionOf(request);
    const events = connection.reading.then(() => nextEvents(connection, request));
    connection.reading = events;
    return events;
  },
  state: ({ conn }) => {
    const connection = opened.get(String(conn));
    return connection?.isOpen ? { open: true } : { open: false, err: { class: "conn.closed" } };
  },
  close: async ({ conn }) => {
    await opened.get(String(conn))?.server.close();
    opened.delete(String(conn));
    return {};
  },
};

interface Connection {
  readonly server: ConnectedServer;
  isOpen: boolean;
  /** The event that comes next; it outlives whoever gave up waiting. */
  next: Promise<IteratorResult<EventFrame, undefined>> | undefined;
  readonly events: AsyncIterator<EventFrame, undefined>;
  /** Requests for events are served one after the other. */
  reading: Promise<unknown>;
}

const opened = new Map<string, Connection>();
/** Calls that can be cancelled, by the ids of their requests. */
const underWay = new Map<number, AbortController>();
const transport = createQuicTransport();

async function open(request: Request): Promise<object> {
  const name = String(request.conn);
  await opened.get(name)?.server.close();
  opened.delete(name);
  const { server, quic } = await dial(locationOf(request));
  const events = server.caller.events();
  const connection: Connection = {
    ...{ server, events, isOpen: true, next: undefined, reading: Promise.resolve() },
  };
  opened.set(name, connection);
  quic.closed.then(
    () => {
      connection.isOpen = false;
    },
    () => {},
  );
  return {};
}

atBye(async () => {
  await Promise.all([...opened.values()].map(({ server }) => server.close()));
});

/** locationOf reads where a server is and what is to be trusted. Throws Refusal. */
export function locationOf(request: Request): ServerLocation {
  return {
    host: String(request.host),
    port: Number(request.port),
    serverName: String(request.server_name),
    caPem: readAnchor(String(request.ca_pem)),
    alpn: [String(request.alpn)],
    timeoutMs: Number(request.timeout_ms),
  };
}

function readAnchor(pem: string): string {
  try {
    return trustAnchor(Buffer.from(pem));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refusal({ class: "local.invalid", msg: error.message });
  }
}

/** dial connects as every client does, and keeps the connection below in sight. */
export async function dial(location: ServerLocation) {
  const made: QuicConnection[] = [];
  const dialer = {
    async connect(options: Parameters<typeof transport.connect>[0]) {
      const connection = await transport.connect(options);
      made.push(connection);
      return connection;
    },
  };
  const server = await connectTo(dialer, location).catch((error) => {
    const isLate = error instanceof ConnectionError && error.info.by === "timeout";
    throw isLate ? new Refusal({ class: "deadline", msg: error.message }) : error;
  });
  const [quic] = made;
  if (quic === undefined) throw new Error("connected without a connection");
  return { server, quic };
}

function connectionOf(request: Request): Connection {
  const connection = opened.get(String(request.conn));
  if (connection) return connection;
  throw closed(request);
}

function closed({ conn }: Request): Refusal {
  return new Refusal({ class: "conn.closed", msg: `no connection ${conn} is open` });
}

/** answerOf makes a call, within its time and until it is cancelled. */
export async function answerOf(caller: Pick<Caller, "call">, request: Request): Promise<object> {
  const method = Number(request.method);
  const body = bytesOf(request, "body");
  const { status, unassigned, payload } = await cancellable(request, (signal) =>
    caller.call(method, body, signal),
  );
  const known = methodById(method);
  if (status === Status.Ok && known) decodeResponse(known, payload);
  const answer = { status: unassigned ?? status, body: toBytes(payload) };
  return unassigned === undefined ? answer : { ...answer, treat_as: status };
}

async function cancellable<T>(
  { id, timeout_ms }: Request,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const late = setTimeout(
    () => giveUp.abort(new Refusal({ class: "deadline" })),
    Number(timeout_ms),
  );
  underWay.set(id, giveUp);
  try {
    return await work(giveUp.signal);
  } finally {
    clearTimeout(late);
    underWay.delete(id);
  }
}

async function nextEvents(connection: Connection, request: Request): Promise<object> {
  const { want, timeout_ms } = request;
  const events: object[] = [];
  const dropped: object[] = [];
  const over = new Promise<undefined>((resolve) => {
    setTimeout(resolve, Number(timeout_ms), undefined).unref();
  });
  while (events.length < Number(want)) {
    connection.next ??= connection.events.next();
    const result = await Promise.race([connection.next, over]);
    if (result === undefined) break;
    if (result.done && events.length === 0) throw closed(request);
    if (result.done) break;
    connection.next = undefined;
    try {
      readEvent(result.value);
      events.push({ event: result.value.eventType, body: toBytes(result.value.payload) });
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      dropped.push({ class: DROPPED[error.fault] });
    }
  }
  return { events, dropped };
}

const DROPPED: Readonly<Record<EventFault, string>> = {
  unknown: "push.unknown",
  undecodable: "push.decode",
};
