// A connection of the judge to the subject, and calls on it.

import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ErrorDetailSchema, SessionTrailerSchema } from "../../src/gen/qpc/v1/common_pb.ts";
import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { isStatus, Status } from "../../src/registry/statuses.ts";
import type { QuicConnection } from "../../src/transport/transport.ts";
import { encodeRequest } from "../../src/wire/frame.ts";
import { NoAnswer } from "./errors.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import type { Pacing } from "./pacing.ts";
import { describe, type RawStream, type Reaction, rawStream } from "./stream.ts";
import type { Trace } from "./trace.ts";

/** DescUnary is a generated method descriptor with its message types. */
export type DescUnary<I extends DescMessage, O extends DescMessage> = DescMethod & {
  input: I;
  output: O;
};

export interface Answer<O extends DescMessage = DescMessage> {
  readonly status: number;
  readonly payload: Uint8Array;
  /** performance.now() when the engine had taken the request's FIN. */
  readonly sentAt: number;
  /** performance.now() when the last byte was there. */
  readonly at: number;
  /** message decodes the payload of an Ok. Throws NoAnswer when the payload is not that message. */
  message(): MessageShape<O>;
  /** ErrorDetail.code, or undefined when there is none to be read. */
  readonly code: string | undefined;
}

export interface CallOptions {
  /** Session token to append as SessionTrailer. */
  readonly token?: Uint8Array;
  /** Bytes to append to the encoded request. */
  readonly append?: Uint8Array;
  /** How long the subject may take, in milliseconds. */
  readonly ms?: number;
  /** False: a RateLimited answer is wanted and not waited out. */
  readonly paced?: boolean;
}

export interface Peer {
  readonly quic: QuicConnection;
  readonly events: EventLog;
  /** traceTo sends the frames of this peer to another trace from now on. */
  traceTo(trace: Trace): void;
  isOpen(): boolean;
  /** open opens a stream for bytes of the case's own making. */
  open(): Promise<RawStream>;
  /** send writes bytes and FIN on a new stream and waits for the reaction. It obeys RateLimited. */
  send(bytes: Uint8Array, ms?: number): Promise<Reaction>;
  /** call makes a well-framed call. Throws NoAnswer when no response frame comes back. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<Answer<O>>;
  /** frame is the request frame of a call, for a stream that the case drives itself. */
  frame<I extends DescMessage, O extends DescMessage>(
    method: DescUnary<I, O>,
    request: MessageInitShape<I>,
    options?: Pick<CallOptions, "token" | "append">,
  ): Uint8Array;
  /** callBytes is call with a payload of the case's own making. */
  callBytes<I extends DescMessage, O extends DescMessage>(
    method: DescUnary<I, O>,
    payload: Uint8Array,
    options?: Omit<CallOptions, "token" | "append">,
  ): Promise<Answer<O>>;
  close(): Promise<void>;
}

/** A subject that says RateLimited this often in a row is not waited for any longer. */
const MOST_HOLDS = 10;

export interface PeerContext {
  readonly trace: Trace;
  /** Told when a stream that a case drives itself is answered RateLimited: nobody can repeat it. */
  readonly onLimited?: () => void;
  readonly pacing: Pacing;
  readonly callMs: number;
}

/** createPeer makes a peer of a connection. */
export function createPeer(quic: QuicConnection, context: PeerContext): Peer {
  let open = true;
  let lastRequestId = 0;
  let trace = context.trace;
  void quic.closed.then(() => {
    open = false;
  });
  const events = createEventLog(quic, () => trace);

  const peer: Peer = {
    quic,
    events,
    traceTo(next) {
      trace = next;
    },
    isOpen: () => open,
    async open() {
      return rawStream(await quic.openBidi(), trace, context.onLimited);
    },
    async send(bytes, ms = context.callMs) {
      for (let held = 0; ; held++) {
        const methodId = methodIdOf(bytes);
        if (methodId !== HEALTH) await context.pacing.turn(methodId);
        const stream = rawStream(await quic.openBidi(), trace);
        // A subject may stop reading a bad frame; its reaction tells more than the failed write.
        stream.finish(bytes).catch(() => {});
        const reaction = await stream.reaction(ms);
        const limited = reaction.kind === "response" && reaction.status === Status.RateLimited;
        if (!limited || held === MOST_HOLDS) return reaction;
        await context.pacing.hold(retryAfter(reaction.payload), methodId);
      }
    },
    frame(method, request, options = {}) {
      const payload = encode(method.input, request, options);
      return encodeRequest(methodOf(method).id, ++lastRequestId, payload);
    },
    call: (method, request, options = {}) =>
      peer.callBytes(method, encode(method.input, request, options), options),
    async callBytes(method, payload, options = {}) {
      for (let held = 0; ; held++) {
        const requestId = ++lastRequestId;
        const frame = encodeRequest(methodOf(method).id, requestId, payload);
        const { id } = methodOf(method);
        if (options.paced !== false && id !== HEALTH) await context.pacing.turn(id);
        const stream = rawStream(await quic.openBidi(), trace);
        stream.finish(frame).catch(() => {});
        const reaction = await stream.reaction(options.ms ?? context.callMs);
        const answer = readAnswer(method, reaction, requestId, stream.sentAt());
        const limited = answer.status === Status.RateLimited && options.paced !== false;
        if (!limited || held === MOST_HOLDS) return answer;
        await context.pacing.hold(retryAfter(answer.payload), id);
      }
    },
    async close() {
      await quic.close(Status.Ok, "done");
    },
  };
  return peer;
}

/** encodeTrailer is SessionTrailer{auth{access_token}} in bytes. */
export function encodeTrailer(token: Uint8Array): Uint8Array {
  const trailer = create(SessionTrailerSchema, { auth: { accessToken: token } });
  return toBinary(SessionTrailerSchema, trailer);
}

/** Health is never counted (C-86), so it need not wait for its turn. */
const HEALTH = methodOf(HealthService.method.health).id;

function methodIdOf(frame: Uint8Array): number {
  const [high = 0, low = 0] = frame;
  return high * 256 + low;
}

function encode<I extends DescMessage>(
  schema: I,
  request: MessageInitShape<I>,
  { token, append }: CallOptions,
): Uint8Array {
  const parts: Uint8Array[] = [toBinary(schema, create(schema, request))];
  if (token) parts.push(encodeTrailer(token));
  if (append) parts.push(append);
  return Buffer.concat(parts);
}

function readAnswer<O extends DescMessage>(
  method: DescUnary<DescMessage, O>,
  reaction: Reaction,
  requestId: number,
  sentAt: number | undefined,
): Answer<O> {
  if (reaction.kind !== "response") {
    throw new NoAnswer(`${method.name}: expected a response, got ${describe(reaction)}`);
  }
  const { status, payload, at } = reaction;
  if (reaction.requestId !== requestId) {
    throw new NoAnswer(
      `${method.name}: request_id ${reaction.requestId} came back for ${requestId}`,
    );
  }
  if (!isStatus(status)) throw new NoAnswer(`${method.name}: status ${status} is not assigned`);
  return {
    status,
    payload,
    sentAt: sentAt ?? at,
    at,
    message: () => decode(method.output, payload),
    code: status === Status.Ok ? undefined : readDetail(payload)?.code || undefined,
  };
}

function decode<O extends DescMessage>(schema: O, payload: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(schema, payload);
  } catch (error) {
    throw new NoAnswer(`the payload is no ${schema.name}: ${(error as Error).message}`);
  }
}

function retryAfter(payload: Uint8Array): number {
  return Number(readDetail(payload)?.retryAfterMs ?? 0n) || 1000;
}

/** readDetail reads the payload of a refusal; undefined when it is no ErrorDetail. */
export function readDetail(payload: Uint8Array) {
  try {
    return fromBinary(ErrorDetailSchema, payload);
  } catch {
    return undefined; // any payload is allowed beside an error (C-11)
  }
}
