// What holds for all three frames: sizes, the limit, truncation, bytes left over, byte order.
// Spec: framing.md. Numbers are literal: nothing here is read from the code under judgement.

import { type Bytes, join, sizeOf } from "../bytes.ts";
import type { FrameVector } from "../format.ts";
import { bytesField, tag, varint, WireType } from "../protobuf-writer.ts";

const LIMIT = 4_194_304;

/** Kind is one of the three frames, with a header that is good in every other respect. */
export interface Kind<H> {
  readonly name: "request" | "response" | "push";
  /** header writes the bytes before payload_len, as hex. */
  header(fields: H): string;
  /** Fields of the frames below. */
  readonly sample: H;
  readonly headerSize: 10 | 9 | 6;
}

/** Made is how a frame departs from a good one; each vector uses one of them. */
interface Made {
  /** payload_len, where it is not the size of the payload. */
  readonly announced?: number;
  /** Bytes after the frame. */
  readonly tail?: Bytes;
}

/** frameTools are the two ways to state a vector of one kind. */
export function frameTools<H>(kind: Kind<H>) {
  const slug = (id: string) => `frames.${kind.name}.${id}`;
  const write = (fields: H, payload: Bytes, made: Made = {}) => {
    const length = made.announced ?? sizeOf(payload);
    return join({ hex: kind.header(fields) + u32(length) }, payload, made.tail ?? { hex: "" });
  };

  const accept = (id: string, rule: string, comment: string, fields: H, payload: Bytes) => ({
    id: slug(id),
    rule,
    expect: "accept" as const,
    stage: null,
    bytes: write(fields, payload),
    decoded: { ...fields, payload_len: sizeOf(payload), payload },
    comment,
  });

  const reject = (
    id: string,
    rule: string,
    stage: "header" | "payload" | "end",
    comment: string,
    bytes: Bytes,
    decoded: FrameVector<H>["decoded"] = null,
  ) => ({ id: slug(id), rule, expect: "reject" as const, stage, bytes, decoded, comment });

  return { write, accept, reject };
}

/** commonVectors are the vectors that each kind of frame has. */
export function commonVectors<H>(kind: Kind<H>): FrameVector<H>[] {
  const { write, accept, reject } = frameTools(kind);
  const { sample } = kind;
  const header = (payload_len: number) => ({ ...sample, payload_len });
  const small: Bytes = { hex: bytesField(1000, "0102030405") };
  const smallSize = sizeOf(small);
  const whole = kind.header(sample) + u32(smallSize);
  const vectors: FrameVector<H>[] = [];

  const sizes = [
    [0, "empty", `the frame is its ${kind.headerSize} header bytes`],
    [255, "255", ""],
    [256, "256", "a reader with the wrong byte order waits for 65,536 bytes"],
    [65_535, "65535", ""],
    [65_536, "65536", "a reader with the wrong byte order takes 256 bytes and leaves the rest"],
    [LIMIT - 1, "one-below-limit", ""],
    [LIMIT, "at-limit", "exactly 4 MiB is allowed"],
  ] as const;
  for (const [size, name, comment] of sizes) {
    const rule = size < LIMIT - 1 ? "framing.payload-length" : "framing.payload-limit";
    vectors.push(accept(`payload-${name}`, rule, comment, sample, payloadOf(size)));
  }

  const tooLarge = (id: string, comment: string, announced: number, payload: Bytes) =>
    reject(
      id,
      "framing.payload-too-large",
      "header",
      comment,
      write(sample, payload, { announced }),
      header(announced),
    );
  vectors.push(
    tooLarge(
      "payload-over-limit",
      "refused although it is all there",
      LIMIT + 1,
      payloadOf(LIMIT + 1),
    ),
    tooLarge(
      "over-limit-header-only",
      "refused on the header, before any payload is awaited or allocated",
      LIMIT + 1,
      { hex: "" },
    ),
    tooLarge("length-2-31", "negative where a reader takes it as signed", 2 ** 31, { hex: "" }),
    tooLarge("length-2-32-less-1", "-1 where a reader takes it as signed", 2 ** 32 - 1, {
      hex: "",
    }),
  );

  for (let size = 0; size < kind.headerSize; size++) {
    vectors.push(
      reject(
        `header-cut-to-${size}`,
        "framing.truncated-header",
        "header",
        size === 0 ? "a stream that ends before it began" : "",
        { hex: whole.slice(0, size * 2) },
      ),
    );
  }

  const cut = (id: string, comment: string, announced: number, payload: Bytes) =>
    reject(
      id,
      "framing.truncated-payload",
      "payload",
      comment,
      write(sample, payload, { announced }),
      header(announced),
    );
  const { hex: smallHex } = small;
  for (const size of [0, 1, smallSize - 1]) {
    const part = { hex: smallHex.slice(0, size * 2) };
    vectors.push(cut(`payload-cut-to-${size}`, "", smallSize, part));
  }
  vectors.push(
    cut("payload-cut-at-limit", "one byte of 4 MiB is missing", LIMIT, shortened(LIMIT)),
    cut("length-one-more", "payload_len is one more than there is", smallSize + 1, small),
  );

  const left = (id: string, rule: string, comment: string, payload: Bytes, made: Made) =>
    reject(
      id,
      rule,
      "end",
      comment,
      write(sample, payload, made),
      header(made.announced ?? sizeOf(payload)),
    );
  const none: Bytes = { hex: "" };
  vectors.push(
    left("byte-after-empty", "framing.trailing-bytes", "", none, { tail: { hex: "00" } }),
    left("byte-after-payload", "framing.trailing-bytes", "", small, { tail: { hex: "ff" } }),
    left("byte-after-limit", "framing.trailing-bytes", "", payloadOf(LIMIT), {
      tail: { hex: "00" },
    }),
    left(
      "length-one-less",
      "framing.payload-length",
      "payload_len is one less than there is",
      small,
      {
        announced: smallSize - 1,
      },
    ),
    left("second-frame", "framing.one-frame", "a stream carries one frame", small, {
      tail: write(sample, small),
    }),
  );

  vectors.push(
    reject(
      "length-little-endian-8",
      "framing.big-endian",
      "header",
      "payload_len written little-endian announces 128 MiB",
      write(sample, small, { announced: 0x08000000 }),
      header(0x08000000),
    ),
    reject(
      "length-little-endian-256",
      "framing.big-endian",
      "payload",
      "256 written little-endian announces 65,536 bytes",
      write(sample, payloadOf(256), { announced: 65_536 }),
      header(65_536),
    ),
    reject(
      "length-little-endian-65536",
      "framing.big-endian",
      "end",
      "65,536 written little-endian announces 256 bytes",
      write(sample, payloadOf(65_536), { announced: 256 }),
      header(256),
    ),
  );
  return vectors;
}

/**
 * payloadOf is one unknown field, number 1000, that fills `size` bytes: every message type decodes it
 * to its defaults, so the frame can be sent to a live peer as it is. 4 <= size, or 0.
 */
export function payloadOf(size: number): Bytes {
  if (size === 0) return { hex: "" };
  for (const lengthSize of [1, 2, 3, 4]) {
    const length = size - 2 - lengthSize;
    const prefix = tag(1000, WireType.Length) + varint(length);
    if (prefix.length / 2 === 2 + lengthSize)
      return join({ hex: prefix }, { fill: length, byte: 0 });
  }
  throw new RangeError(`no field fills ${size} bytes`);
}

/** shortened lacks the last byte of payloadOf(size). */
function shortened(size: number): Bytes {
  const prefix = tag(1000, WireType.Length) + varint(size - 6);
  return join({ hex: prefix }, { fill: size - 7, byte: 0 });
}

/** u8, u16 and u32 write big-endian integers as hex. */
export const u8 = (value: number) => value.toString(16).padStart(2, "0");
export const u16 = (value: number) => value.toString(16).padStart(4, "0");
export const u32 = (value: number) => value.toString(16).padStart(8, "0");
