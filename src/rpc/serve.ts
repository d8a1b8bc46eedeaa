// Serves one connection: each bidirectional stream carries one request frame and one response frame
// (spec/transport.md, spec/framing.md). A fault on one stream never touches another.

import { Status } from "../registry/statuses.ts";
import type { QuicBidi, QuicConnection } from "../transport/transport.ts";
import { encodeResponse, FrameError, REQUEST, type RequestHeader } from "../wire/frame.ts";
import { readFrame } from "../wire/reader.ts";
import type { Connection } from "./connection.ts";
import type { Answer, Dispatch } from "./dispatch.ts";
import { errorPayload, RpcError } from "./error.ts";
import { networkOf } from "./network.ts";

export interface ServeOptions {
  readonly dispatch: Dispatch;
  /** From stream open to the complete header, in milliseconds; 0 = no bound (S-01). */
  readonly headerDeadlineMs: number;
  /** From stream open to FIN, and for the answer to be taken, in milliseconds; 0 = no bound. */
  readonly frameDeadlineMs: number;
  /** True once the server drains: streams opened from then on are late (C-15). */
  readonly draining: () => boolean;
  /** Domain of a connection on the federation listener; absent on the client listener. */
  readonly peerDomain?: (quic: QuicConnection) => string;
  /** Told of every connection, so that pushes find it. */
  readonly onConnection: (connection: Connection) => void;
  /** Told of every stream that is being served, so that a drain can wait for it. */
  readonly onStream: (served: Promise<void>) => void;
}

/** serveConnection answers every stream of a connection until the connection ends. */
export async function serveConnection(quic: QuicConnection, options: ServeOptions): Promise<void> {
  const ended = new AbortController();
  const connection: Connection = {
    host: networkOf(quic.remote.host),
    peerDomain: options.peerDomain?.(quic),
    binding: undefined,
    accepted: new Map(),
    ended: ended.signal,
    openPush: () => quic.tryOpenUni(),
  };
  options.onConnection(connection);
  void refuseUniStreams(quic);
  try {
    for await (const stream of quic.acceptBidi()) {
      options.onStream(serveStream(stream, connection, options));
    }
  } finally {
    ended.abort();
  }
}

// Clients have nothing to say on unidirectional streams [transport.push-streams].
async function refuseUniStreams(quic: QuicConnection): Promise<void> {
  for await (const stream of quic.acceptUni()) stream.stopSending(Status.BadRequest);
}

async function serveStream(
  stream: QuicBidi,
  connection: Connection,
  options: ServeOptions,
): Promise<void> {
  try {
    const reply = await readAndDispatch(stream, connection, options);
    if (reply) await send(stream, reply, options.frameDeadlineMs);
  } catch {
    // The stream or the connection is gone; there is nobody left to tell.
    abandon(stream, Status.Internal);
  }
}

async function readAndDispatch(
  stream: QuicBidi,
  connection: Connection,
  options: ServeOptions,
): Promise<Uint8Array | undefined> {
  const late = options.draining();
  let header: RequestHeader | undefined;
  const slow = () => abandon(stream, Status.DeadlineExceeded);
  const headerTimer = startTimer(options.headerDeadlineMs, slow);
  const frameTimer = startTimer(options.frameDeadlineMs, slow);
  try {
    const frame = await readFrame(stream.chunks(), REQUEST, (complete) => {
      header = complete;
      clearTimeout(headerTimer);
    });
    clearTimeout(frameTimer);
    const gone = () => whenGone(stream, connection);
    const answer = await options.dispatch({ frame, connection, gone, late });
    return encodeResponse(answer.status, frame.requestId, answer.payload);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    if (header === undefined) {
      abandon(stream, Status.BadRequest);
      return undefined;
    }
    // The request_id is known, so the fault can be answered; the rest of the stream is not read.
    stream.stopSending(Status.BadRequest);
    const { status, payload } = frameRefusal(error);
    return encodeResponse(status, header.requestId, payload);
  } finally {
    clearTimeout(headerTimer);
    clearTimeout(frameTimer);
  }
}

function frameRefusal(error: FrameError): Answer {
  const oversize = error.rule === "framing.payload-too-large";
  const refusal = new RpcError(Status.BadRequest, error.rule, {
    ...(oversize && { code: "PAYLOAD_TOO_LARGE" }),
  });
  return { status: refusal.status, payload: errorPayload(refusal) };
}

// A client that does not take its answer must not hold the memory of it for ever.
async function send(stream: QuicBidi, reply: Uint8Array, deadlineMs: number): Promise<void> {
  const timer = startTimer(deadlineMs, () => stream.reset(Status.DeadlineExceeded));
  try {
    await stream.finish(reply);
  } finally {
    clearTimeout(timer);
  }
}

function whenGone(stream: QuicBidi, connection: Connection): AbortSignal {
  const stopped = new AbortController();
  void stream.stopped.then(() => stopped.abort());
  return AbortSignal.any([stopped.signal, connection.ended]);
}

function abandon(stream: QuicBidi, code: number): void {
  stream.reset(code);
  stream.stopSending(code);
}

function startTimer(ms: number, fire: () => void): NodeJS.Timeout | undefined {
  return ms === 0 ? undefined : setTimeout(fire, ms);
}
