// One stream of a peer, byte by byte: what is written, and how the subject reacts.

import { LIMITS } from "../../src/registry/limits.ts";
import { Status } from "../../src/registry/statuses.ts";
import {
  type CloseInfo,
  ConnectionError,
  type QuicBidi,
  StreamError,
} from "../../src/transport/transport.ts";
import { RESPONSE } from "../../src/wire/frame.ts";
import { decodeFrame } from "../../src/wire/reader.ts";
import { spell, type Trace } from "./trace.ts";

/** No response is longer: the header and the most that a payload may have. */
const MOST_BYTES = RESPONSE.size + LIMITS.framePayload.value;

/** Reaction is everything a subject can do with a stream. `at` is performance.now() when it was seen. */
export type Reaction =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly requestId: number;
      readonly payload: Uint8Array;
      /** The whole response as it came. */
      readonly raw: Uint8Array;
      readonly at: number;
    }
  | { readonly kind: "malformed"; readonly raw: Uint8Array; readonly at: number }
  | { readonly kind: "reset"; readonly code: number; readonly at: number }
  | { readonly kind: "closed"; readonly info: CloseInfo; readonly at: number }
  /** We ended the stream or the connection ourselves: nothing that the subject did. */
  | { readonly kind: "local"; readonly at: number }
  | { readonly kind: "silence"; readonly at: number };

export interface RawStream {
  readonly quic: QuicBidi;
  write(bytes: Uint8Array): Promise<void>;
  /** finish writes `last`, if any, and FIN. */
  finish(last?: Uint8Array): Promise<void>;
  /** reaction waits at most `ms` milliseconds for the end of the subject's half. */
  reaction(ms: number): Promise<Reaction>;
  /** sentAt is performance.now() when the engine had taken the FIN; undefined before. */
  sentAt(): number | undefined;
}

/** openStream opens a stream that writes into the trace. */
export function rawStream(quic: QuicBidi, trace: Trace, onLimited?: () => void): RawStream {
  const name = `stream ${quic.id}`;
  const ended = readToEnd(quic);
  let sentAt: number | undefined;
  return {
    sentAt: () => sentAt,
    quic,
    async write(bytes) {
      trace.add("sent", name, bytes);
      await quic.write(bytes);
    },
    async finish(last) {
      trace.add("sent", `${name} FIN`, last);
      await quic.finish(last);
      sentAt = performance.now();
    },
    async reaction(ms) {
      const late = Promise.withResolvers<Reaction>();
      const timer = setTimeout(() => late.resolve({ kind: "silence", at: performance.now() }), ms);
      const reaction = await Promise.race([ended, late.promise]);
      clearTimeout(timer);
      if (reaction.kind === "response" && reaction.status === Status.RateLimited) onLimited?.();
      trace.add("got", `${name} ${describe(reaction)}`, rawBytes(reaction));
      return reaction;
    },
  };
}

/** describe says a reaction in a few words. */
export function describe(reaction: Reaction): string {
  switch (reaction.kind) {
    case "response":
      return `response, status ${reaction.status}, request_id ${reaction.requestId}`;
    case "malformed":
      return `no response frame: ${spell(reaction.raw)}`;
    case "reset":
      return `stream reset, code ${reaction.code}`;
    case "closed":
      return `connection closed by ${reaction.info.by}, code ${reaction.info.code}`;
    case "local":
      return "ended by ourselves";
    case "silence":
      return "silence";
  }
}

function rawBytes(reaction: Reaction): Uint8Array | undefined {
  return reaction.kind === "response" || reaction.kind === "malformed" ? reaction.raw : undefined;
}

async function readToEnd(quic: QuicBidi): Promise<Reaction> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of quic.chunks()) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES) {
        quic.stopSending(Status.BadRequest);
        return { kind: "malformed", raw: Buffer.concat(chunks), at: performance.now() };
      }
    }
  } catch (error) {
    return endOf(error, performance.now());
  }
  const at = performance.now();
  const raw = Buffer.concat(chunks);
  try {
    const { status, requestId, payload } = decodeFrame(raw, RESPONSE);
    return { kind: "response", status, requestId, payload, raw, at };
  } catch {
    return { kind: "malformed", raw, at };
  }
}

function endOf(error: unknown, at: number): Reaction {
  if (error instanceof StreamError && error.kind === "reset") {
    return { kind: "reset", code: error.code, at };
  }
  if (error instanceof ConnectionError && error.info.by !== "local") {
    return { kind: "closed", info: error.info, at };
  }
  return { kind: "local", at };
}
