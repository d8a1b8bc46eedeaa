// The calling side of one connection: a call per stream, events from the server's own streams
// (spec/transport.md, spec/framing.md, spec/events.md).

import { isStatus, Status } from "../registry/statuses.ts";
import { type QuicBidi, type QuicConnection, StreamError } from "../transport/transport.ts";
import { encodeRequest, FrameError, RESPONSE } from "../wire/frame.ts";
import { readFrame } from "../wire/reader.ts";
import { type EventFrame, EventInbox } from "./event-inbox.ts";

export interface Reply {
  readonly status: Status;
  /** The status that came, where it is one that is not assigned; `status` is Internal then (C-09). */
  readonly unassigned?: number;
  readonly payload: Uint8Array;
}

export interface Caller {
  /**
   * call sends one request and answers what came back, whatever its status. It throws FrameError for
   * a request over the limit and for a broken response, and the errors of the stream; `signal`
   * abandons the call, which then throws the reason of the signal.
   */
  call(methodId: number, payload: Uint8Array, signal?: AbortSignal): Promise<Reply>;
  /**
   * events yields push frames in the order in which they were complete, and skips broken ones. They
   * are collected from the start, within bounds: whoever takes none loses the oldest.
   */
  events(): AsyncIterableIterator<EventFrame>;
  /** lostEvents counts events dropped so far; when it has grown, the queues have to be fetched. */
  lostEvents(): number;
}

/**
 * isBrokenAnswer is true for an error of `call` that is about this one answer: it is no frame, or its stream
 * was reset. The connection and its other calls live on.
 */
export function isBrokenAnswer(error: unknown): error is Error {
  return error instanceof FrameError || (error instanceof StreamError && error.kind === "reset");
}

/** createCaller numbers the requests of one connection from 1, and takes all its pushes. */
export function createCaller(connection: QuicConnection): Caller {
  const inbox = new EventInbox(connection);
  let lastRequestId = 0;
  return {
    async call(methodId, payload, signal) {
      lastRequestId = (lastRequestId + 1) >>> 0;
      const requestId = lastRequestId;
      const request = encodeRequest(methodId, requestId, payload);
      const stream = await openStream(connection, signal);
      const frame = await exchange(stream, requestId, request, signal);
      if (isStatus(frame.status)) return { status: frame.status, payload: frame.payload };
      // The connection lives on.
      return { status: Status.Internal, unassigned: frame.status, payload: frame.payload };
    },
    events: () => inbox.events(),
    lostEvents: () => inbox.lost,
  };
}

// A stream may have to wait for credit, and whoever gave up does not wait with it.
async function openStream(connection: QuicConnection, signal?: AbortSignal): Promise<QuicBidi> {
  signal?.throwIfAborted();
  const opening = connection.openBidi();
  if (signal === undefined) return opening;
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([opening, given.promise]);
  } catch (error) {
    opening.then(abandon, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function exchange(
  stream: QuicBidi,
  requestId: number,
  request: Uint8Array,
  signal?: AbortSignal,
) {
  const giveUp = () => abandon(stream);
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    signal?.throwIfAborted();
    // A server may answer before it took the whole request; then the answer counts, not the write.
    stream.finish(request).catch(() => {});
    const frame = await readFrame(stream.chunks(), RESPONSE);
    if (frame.requestId !== requestId) {
      const wrong = `the response carries request_id ${frame.requestId}, not ${requestId}`;
      throw new FrameError("framing.client-request-id", wrong);
    }
    return frame;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
    abandon(stream);
  }
}

// Touches only what is unfinished: after a whole exchange there is nothing left to abandon.
function abandon(stream: QuicBidi): void {
  stream.reset(Status.Ok);
  stream.stopSending(Status.Ok);
}
