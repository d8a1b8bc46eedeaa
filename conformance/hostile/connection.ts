// One connection of a client at a hostile server: its streams, and pushes of any bytes.
// Spec: transport.md, events.md.

import type { QuicBidi, QuicConnection } from "../../src/transport/transport.ts";
import { encodePush } from "../../src/wire/frame.ts";
import type { Trace } from "../judge/trace.ts";
import { type HostileCall, readCall, SERVE_MS } from "./call.ts";
import type { Mailbox } from "./mailbox.ts";

export interface HostileConnection {
  readonly quic: QuicConnection;
  /** stream is the next one that the client opened, unread. Throws NoAnswer. */
  stream(ms?: number): Promise<QuicBidi>;
  /** call is the next one, read until FIN. Throws NoAnswer. */
  call(ms?: number): Promise<HostileCall>;
  /** push sends bytes on a unidirectional stream of their own; FIN unless told otherwise. */
  push(bytes: Uint8Array, how?: { readonly fin?: boolean }): Promise<void>;
  /** event pushes a whole frame. */
  event(type: number, payload: Uint8Array): Promise<void>;
  /** serve gives every further call to `handler`, those that wait first. */
  serve(handler: (call: HostileCall) => void | Promise<void>): void;
  close(code?: number, reason?: string): Promise<void>;
  isOpen(): boolean;
}

/** Incoming is a stream that nobody has looked at yet. */
export interface Incoming {
  readonly from: HostileConnection;
  readonly stream: QuicBidi;
}

export interface ConnectionContext {
  readonly trace: Trace;
  readonly incoming: Mailbox<Incoming>;
  /** How long a case waits for the client, in milliseconds. */
  readonly ms: number;
  /** Told of what a handler did wrong. */
  readonly onError: (error: unknown) => void;
}

/** hostileConnection takes over a connection whose handshake is done. */
export function hostileConnection(
  quic: QuicConnection,
  { trace, incoming, ms: usual, onError }: ConnectionContext,
): HostileConnection {
  let open = true;
  void quic.closed.then((info) => {
    open = false;
    trace.add(
      "note",
      `connection closed by ${info.by}, code ${info.code} ${info.reason}`.trimEnd(),
    );
  });
  const isOurs = ({ from }: Incoming) => from === connection;

  const connection: HostileConnection = {
    quic,
    async stream(ms = usual) {
      return (await incoming.take("the client opens no stream", ms, isOurs)).stream;
    },
    async call(ms = usual) {
      const start = performance.now();
      const { stream } = await incoming.take("the client sends no request", ms, isOurs);
      return readCall(stream, trace, ms - (performance.now() - start));
    },
    async push(bytes, { fin = true } = {}) {
      trace.add("sent", fin ? "push, FIN" : "push", bytes);
      const stream = await quic.openUni();
      await (fin ? stream.finish(bytes) : stream.write(bytes));
    },
    event: (type, payload) => connection.push(encodePush(type, payload)),
    serve(handler) {
      incoming.each(isOurs, ({ stream }) => {
        readCall(stream, trace, SERVE_MS).then(handler).catch(onError);
      });
    },
    async close(code = 0, reason = "") {
      if (open) trace.add("sent", `CONNECTION_CLOSE ${code} ${reason}`.trimEnd());
      await quic.close(code, reason);
    },
    isOpen: () => open,
  };
  void accept();
  return connection;

  async function accept(): Promise<void> {
    for await (const stream of quic.acceptBidi()) incoming.put({ from: connection, stream });
  }
}
