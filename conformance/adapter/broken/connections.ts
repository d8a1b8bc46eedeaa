// Level 1 of the small adapter: connections and calls over this repository's QUIC, sound or with one
// fault of the adapter's own, which is no fault of the protocol that it speaks.

import { createHash } from "node:crypto";
import { createQuicTransport } from "../../../src/transport/quic/quic.ts";
import {
  ConnectionError,
  type QuicBidi,
  type QuicConnection,
  type QuicReceive,
  StreamError,
} from "../../../src/transport/transport.ts";
import { type Bytes, materialise } from "../../../vectors/bytes.ts";

export interface Arguments {
  readonly id: number;
  readonly op: string;
  readonly conn?: string;
  readonly call?: number;
  readonly [field: string]: unknown;
}

interface Connection {
  readonly quic: QuicConnection;
  readonly events: object[];
  isOpen: boolean;
  lastRequest: number;
  /** Faults that keep calls apart wait for this. */
  before: Promise<unknown>;
}

interface Call {
  readonly stream: QuicBidi;
  readonly cancelled: PromiseWithResolvers<"cancelled">;
}

const HEADER = 9;
const MOST = 4_194_304;

/** createConnections answers what does the operations of level 1. */
export function createConnections(fault: string) {
  const transport = createQuicTransport();
  const connections = new Map<string, Connection>();
  const calls = new Map<number, Call>();

  async function open(args: Arguments): Promise<object> {
    const { conn = "", host, port, server_name: serverName, ca_pem: caPem, alpn } = args;
    await connections.get(conn)?.quic.close(0);
    try {
      const quic = await transport.connect({
        host: String(host),
        port: Number(port),
        serverName: String(serverName),
        ...(fault !== "any-certificate" && { caPem: String(caPem) }),
        alpn: [String(alpn)],
        idleTimeoutMs: 60_000,
        timeoutMs: Number(args.timeout_ms),
      });
      const made: Connection = {
        quic,
        events: [],
        isOpen: true,
        lastRequest: 0,
        before: Promise.resolve(),
      };
      connections.set(conn, made);
      void quic.closed.then(() => {
        made.isOpen = false;
      });
      void listen(made);
      return { ok: {} };
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      const { code, by } = error.info;
      if (by === "timeout") return { err: { class: "deadline" } };
      return {
        err: { class: code === 0x178 ? "conn.alpn" : code > 0x100 ? "conn.cert" : "conn.closed" },
      };
    }
  }

  async function call(args: Arguments): Promise<object> {
    const connection = connections.get(args.conn ?? "");
    if (!connection?.isOpen) return { err: { class: "conn.closed" } };
    const { before } = connection;
    if (fault === "one-call") {
      const mine = before.then(() => callOn(connection, args));
      connection.before = mine.catch(() => {});
      return mine;
    }
    const mine = callOn(connection, args);
    connection.before = Promise.allSettled([before, mine]);
    if (fault === "in-order") await before;
    return mine;
  }

  async function callOn(connection: Connection, args: Arguments): Promise<object> {
    const body = Buffer.from(materialise(args.body as Bytes));
    if (fault === "small-bodies" && body.length > 65_536)
      return { err: { class: "local.invalid" } };
    const requestId = ++connection.lastRequest;
    const request = Buffer.alloc(10 + body.length);
    request.writeUInt16BE(Number(args.method), 0);
    request.writeUInt32BE(requestId, 2);
    request.writeUInt32BE(body.length, 6);
    body.copy(request, 10);
    const late = Promise.withResolvers<"deadline">();
    const timer = setTimeout(late.resolve, Number(args.timeout_ms), "deadline");
    if (fault === "no-deadline") clearTimeout(timer);
    try {
      const stream = await connection.quic.openBidi();
      const cancelled = Promise.withResolvers<"cancelled">();
      calls.set(args.id, { stream, cancelled });
      stream.finish(request).catch(() => {});
      const answer = await Promise.race([read(stream), late.promise, cancelled.promise]);
      if (typeof answer === "string") {
        stream.reset(0);
        stream.stopSending(0);
        return { err: { class: answer } };
      }
      return judge(answer, requestId);
    } catch (error) {
      if (error instanceof StreamError) return { err: { class: "stream.reset" } };
      if (error instanceof ConnectionError) return { err: { class: "conn.closed" } };
      throw error;
    } finally {
      calls.delete(args.id);
      clearTimeout(timer);
    }
  }

  function judge(frame: Buffer, requestId: number): object {
    if (frame.readUInt32BE(1) !== requestId) return { err: { class: "frame.req_id" } };
    const body = frame.subarray(HEADER);
    const long = body.length > 65_536 && fault !== "hex-for-all";
    return { ok: { status: frame.readUInt8(0), body: long ? digest(body) : hex(body) } };
  }

  async function read(stream: QuicBidi): Promise<Buffer | string> {
    const held: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of stream.chunks()) {
      held.push(chunk);
      size += chunk.length;
      const whole = size < HEADER ? undefined : Buffer.concat(held.slice(0, 9));
      if (whole && whole.length >= HEADER && whole.readUInt32BE(5) > MOST) return "frame.too_large";
    }
    const whole = Buffer.concat(held);
    if (whole.length < HEADER) return "frame.truncated";
    const announced = whole.readUInt32BE(5);
    if (whole.length - HEADER < announced) return "frame.truncated";
    return whole.length - HEADER > announced ? "frame.trailing" : whole;
  }

  async function listen({ quic, events }: Connection): Promise<void> {
    for await (const stream of quic.acceptUni()) void take(stream, events).catch(() => {});
  }

  async function take(stream: QuicReceive, events: object[]): Promise<void> {
    const held: Uint8Array[] = [];
    for await (const chunk of stream.chunks()) held.push(chunk);
    const whole = Buffer.concat(held);
    if (whole.length < 6 || whole.readUInt32BE(2) !== whole.length - 6) return;
    events.push({ event: whole.readUInt16BE(0), body: hex(whole.subarray(6)) });
  }

  async function events({ conn = "", want, timeout_ms: ms }: Arguments): Promise<object> {
    const connection = connections.get(conn);
    if (!connection) return { err: { class: "conn.closed" } };
    const end = performance.now() + Number(ms);
    while (connection.events.length < Number(want) && performance.now() < end) await pause(5);
    return { ok: { events: connection.events.splice(0, Number(want)) } };
  }

  return {
    /** run answers the reply to an operation, or undefined when it is none of level 1. */
    async run(args: Arguments): Promise<object | undefined> {
      const connection = connections.get(args.conn ?? "");
      switch (args.op) {
        case "open":
          return open(args);
        case "call":
          return call(args);
        case "events":
          return events(args);
        case "cancel":
          if (fault !== "cancels-nothing")
            calls.get(args.call ?? 0)?.cancelled.resolve("cancelled");
          return { ok: {} };
        case "state":
          if (fault === "deaf-state") {
            while (calls.size > 0) await pause(5);
          }
          return { ok: { open: connection?.isOpen ?? false } };
        case "close":
          if (fault !== "closes-nothing") await connection?.quic.close(0, "done");
          return { ok: {} };
        default:
          return undefined;
      }
    },
  };
}

function hex(bytes: Uint8Array): object {
  return { hex: Buffer.from(bytes).toString("hex") };
}

function digest(bytes: Uint8Array): object {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), len: bytes.length };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
