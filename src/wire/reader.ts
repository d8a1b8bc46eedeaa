// Reads exactly one frame from a byte stream that ends with FIN (spec/framing.md).

import { checkLength, FrameError, type HeaderFormat } from "./frame.ts";

/** Frame is a header of one kind with the payload that followed it. */
export type Frame<H> = H & { readonly payload: Uint8Array };

/**
 * readFrame reads a header, its payload and the FIN. It calls `onHeader` as soon as the header is
 * complete, and refuses a length over the limit right then, before the payload is waited for.
 *
 * Throws FrameError: framing.truncated-header, framing.payload-too-large, framing.truncated-payload,
 * framing.trailing-bytes. Errors of the stream itself pass through. Memory held is what arrived,
 * never what the header merely announced.
 */
export async function readFrame<H extends { readonly payloadLength: number }>(
  chunks: AsyncIterator<Uint8Array>,
  format: HeaderFormat<H>,
  onHeader?: (header: H) => void,
): Promise<Frame<H>> {
  const buffered = new ChunkBuffer(chunks);
  if (!(await buffered.fill(format.size))) {
    throw new FrameError(
      "framing.truncated-header",
      `stream ended after ${buffered.length} of ${format.size} header bytes`,
    );
  }
  const header = format.read(dataView(buffered.take(format.size)));
  onHeader?.(header);
  checkLength(header.payloadLength);

  if (!(await buffered.fill(header.payloadLength))) {
    throw new FrameError(
      "framing.truncated-payload",
      `stream ended after ${buffered.length} of ${header.payloadLength} payload bytes`,
    );
  }
  const payload = buffered.take(header.payloadLength);
  if (await buffered.fill(1)) {
    throw new FrameError("framing.trailing-bytes", "bytes follow the frame");
  }
  return { ...header, payload };
}

/** decodeFrame reads one frame from a whole buffer. It throws as readFrame does. */
export function decodeFrame<H extends { readonly payloadLength: number }>(
  bytes: Uint8Array,
  format: HeaderFormat<H>,
): Frame<H> {
  if (bytes.length < format.size) {
    throw new FrameError("framing.truncated-header", `${bytes.length} of ${format.size} bytes`);
  }
  const header = format.read(dataView(bytes));
  checkLength(header.payloadLength);
  const payload = bytes.subarray(format.size);
  if (payload.length < header.payloadLength) {
    throw new FrameError(
      "framing.truncated-payload",
      `${payload.length} of ${header.payloadLength} payload bytes`,
    );
  }
  if (payload.length > header.payloadLength) {
    throw new FrameError("framing.trailing-bytes", "bytes follow the frame");
  }
  return { ...header, payload };
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** ChunkBuffer joins chunks on demand. `length` is the number of bytes held and not yet taken. */
class ChunkBuffer {
  length = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source;
  }

  /** fill reads until `wanted` bytes are held; false when the stream ends before. */
  async fill(wanted: number): Promise<boolean> {
    while (this.length < wanted) {
      const { done, value } = await this.#source.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.#held.push(value);
      this.length += value.length;
    }
    return true;
  }

  /** take removes the first `count` bytes. This assumes that fill(count) answered true. */
  take(count: number): Uint8Array {
    const whole = this.#held.length === 1 && this.#held[0] ? this.#held[0] : join(this.#held);
    this.#held = whole.length > count ? [whole.subarray(count)] : [];
    this.length -= count;
    return whole.subarray(0, count);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
