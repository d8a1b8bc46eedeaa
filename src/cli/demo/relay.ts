// A server in the middle: it takes the calls of clients, passes them to the honest server, and may
// change the answers. For `qpc demo --lying-server`, where clients have to notice.

import { Status } from "../../registry/statuses.ts";
import { type Caller, createCaller, type Reply } from "../../rpc/caller.ts";
import type {
  ConnectOptions,
  ListenOptions,
  QuicBidi,
  QuicConnection,
  QuicTransport,
} from "../../transport/transport.ts";
import { encodePush, encodeResponse, REQUEST } from "../../wire/frame.ts";
import { readFrame } from "../../wire/reader.ts";

/** Exchange is a call that a client made, and what the honest server answers to it. */
export interface Exchange {
  readonly methodId: number;
  readonly request: Uint8Array;
  /** honest makes the call at the honest server, every time it is called. */
  honest(): Promise<Reply>;
  /** ask makes another call there, on the connection of the same client. */
  ask(methodId: number, request: Uint8Array): Promise<Reply>;
}

/** Lie answers a call; `exchange.honest()` is the truth. */
export type Lie = (exchange: Exchange) => Promise<Reply>;

export interface RelayOptions {
  readonly transport: QuicTransport;
  readonly listen: ListenOptions;
  /** The honest server. */
  readonly upstream: ConnectOptions;
}

export interface Relay {
  readonly port: number;
  /** tell answers calls with `lie` from now on; undefined = the truth. */
  tell(lie: Lie | undefined): void;
  stop(): Promise<void>;
}

const truth: Lie = (exchange) => exchange.honest();

/** startRelay opens one connection to the honest server for each that it takes. */
export async function startRelay({ transport, listen, upstream }: RelayOptions): Promise<Relay> {
  const server = await transport.listen(listen);
  let lie = truth;

  const serve = async (downstream: QuicConnection): Promise<void> => {
    const honest = await transport.connect(upstream);
    const caller = createCaller(honest);
    void passEvents(caller, downstream);
    void downstream.closed.then(() => honest.close(Status.Ok, "the client left"));
    for await (const stream of downstream.acceptBidi()) {
      // A client that gives up on a call has ended this stream, and nothing else.
      void answer(stream, caller, (exchange) => lie(exchange)).catch(() => stream.reset(0));
    }
  };

  void (async () => {
    for await (const connection of server.connections()) {
      void serve(connection).catch(() => connection.close(Status.Unavailable, "no honest server"));
    }
  })();

  return {
    port: server.port,
    tell(next) {
      lie = next ?? truth;
    },
    stop: () => server.close(Status.Ok, "done"),
  };
}

async function answer(stream: QuicBidi, caller: Caller, lie: Lie): Promise<void> {
  const { methodId, requestId, payload } = await readFrame(stream.chunks(), REQUEST);
  const reply = await lie({
    methodId,
    request: payload,
    honest: () => caller.call(methodId, payload),
    ask: (otherMethod, request) => caller.call(otherMethod, request),
  });
  await stream.finish(encodeResponse(reply.status, requestId, reply.payload));
}

async function passEvents(caller: Caller, downstream: QuicConnection): Promise<void> {
  for await (const { eventType, payload } of caller.events()) {
    await downstream.tryOpenUni()?.finish(encodePush(eventType, payload));
  }
}
