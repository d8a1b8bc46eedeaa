// One stream of a client at a hostile server: the request as it came, and any bytes for an answer.
// Spec: framing.md.

import { create, toBinary } from "@bufbuild/protobuf";
import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { HealthResponseSchema } from "../../src/gen/qpc/v1/p2p_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { Status, statusName } from "../../src/registry/statuses.ts";
import type { QuicBidi } from "../../src/transport/transport.ts";
import { encodeResponse, REQUEST } from "../../src/wire/frame.ts";
import { NoAnswer } from "../judge/errors.ts";
import type { Trace } from "../judge/trace.ts";

export interface HostileCall {
  /** Every byte until FIN. */
  readonly raw: Uint8Array;
  /** -1 when the bytes are too few for a header. */
  readonly method: number;
  readonly requestId: number;
  readonly payload: Uint8Array;
  /** A whole header, and a payload of exactly the length that it announces. */
  readonly wellFormed: boolean;
  readonly stream: QuicBidi;
  /** answer sends a whole response frame and FIN. */
  answer(status: number, payload?: Uint8Array): Promise<void>;
  /** send sends bytes, and no FIN. */
  send(bytes: Uint8Array): Promise<void>;
  /** finish sends bytes, if any, and FIN. */
  finish(bytes?: Uint8Array): Promise<void>;
  /** reset abandons the answer (RESET_STREAM). */
  reset(code: number): void;
  /** stop asks the client to stop sending (STOP_SENDING). */
  stop(code: number): void;
  /** dropped: the client stops reading within `ms` milliseconds (STOP_SENDING). Not after a FIN of ours. */
  dropped(ms: number): Promise<boolean>;
}

/** A client that is served may take its time over a request, as long as the case lasts. */
export const SERVE_MS = 120_000;

/** readCall reads a stream until FIN. Throws NoAnswer when the client does not end its request. */
export async function readCall(quic: QuicBidi, trace: Trace, ms: number): Promise<HostileCall> {
  const late = Promise.withResolvers<never>();
  const why = `stream ${quic.id}: the request has no end within ${ms / 1000} s`;
  const timer = setTimeout(() => late.reject(new NoAnswer(why)), ms);
  try {
    return callOf(quic, await Promise.race([wholeOf(quic, trace), late.promise]), trace);
  } finally {
    clearTimeout(timer);
  }
}

async function wholeOf(quic: QuicBidi, trace: Trace): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of quic.chunks()) chunks.push(chunk);
  } catch (error) {
    const raw = Buffer.concat(chunks);
    trace.add("got", `stream ${quic.id} ended early: ${(error as Error).message}`, raw);
    throw new NoAnswer(`the client gave up its request: ${(error as Error).message}`);
  }
  const raw = Buffer.concat(chunks);
  trace.add("got", `stream ${quic.id} FIN`, raw);
  return raw;
}

/** callOf is the call in bytes that were read already; the stream may still be open. */
export function callOf(stream: QuicBidi, raw: Uint8Array, trace: Trace): HostileCall {
  const name = `stream ${stream.id}`;
  const header = headerOf(raw);
  const payload = raw.subarray(REQUEST.size);
  return {
    raw,
    method: header?.methodId ?? -1,
    requestId: header?.requestId ?? 0,
    payload,
    wellFormed: header?.payloadLength === payload.length,
    stream,
    async answer(status, bytes = new Uint8Array(0)) {
      const frame = encodeResponse(status, header?.requestId ?? 0, bytes);
      trace.add("sent", `${name} ${statusName(status)}, FIN`, frame);
      await tolerant(stream.finish(frame), trace, name);
    },
    async send(bytes) {
      trace.add("sent", name, bytes);
      await tolerant(stream.write(bytes), trace, name);
    },
    async finish(bytes) {
      trace.add("sent", `${name} FIN`, bytes);
      await tolerant(stream.finish(bytes), trace, name);
    },
    reset(code) {
      trace.add("sent", `${name} RESET_STREAM ${code}`);
      stream.reset(code);
    },
    stop(code) {
      trace.add("sent", `${name} STOP_SENDING ${code}`);
      stream.stopSending(code);
    },
    async dropped(ms) {
      const late = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => late.resolve(undefined), ms);
      const code = await Promise.race([stream.stopped, late.promise]);
      clearTimeout(timer);
      trace.add(
        "got",
        code === undefined ? `${name} is still read` : `${name} STOP_SENDING ${code}`,
      );
      return code !== undefined;
    },
  };
}

/** answerHealth is the honest answer to Health. */
export function answerHealth(call: HostileCall): Promise<void> {
  const body = create(HealthResponseSchema, { status: "ok", uptimeSecs: 1n });
  return call.answer(Status.Ok, toBinary(HealthResponseSchema, body));
}

/** isHealth: the method number is that of Health. */
export function isHealth({ method }: HostileCall): boolean {
  return method === methodOf(HealthService.method.health).id;
}

function headerOf(raw: Uint8Array) {
  if (raw.length < REQUEST.size) return undefined;
  return REQUEST.read(new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
}

// A client may stop reading, or hang up, whenever it likes: what it does then is what a case looks at.
async function tolerant(work: Promise<void>, trace: Trace, name: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    trace.add("note", `${name}: ${(error as Error).message}`);
  }
}
