// What the three frame decoders have in common: a frame is the same whole and in pieces, and encoded
// again it is the same bytes (spec/framing.md).

import assert from "node:assert/strict";
import { FrameError, type HeaderFormat } from "../src/wire/frame.ts";
import { decodeFrame, type Frame, readFrame } from "../src/wire/reader.ts";
import { materialise, sizeOf } from "../vectors/bytes.ts";
import { loadVectors } from "../vectors/load.ts";
import { outcomeOf, type Target } from "./target.ts";

const COVERS = ["/src/wire/frame.ts", "/src/wire/reader.ts"];

/** Vectors above this size make slow seeds, and hold nothing that a small one does not. */
const LARGEST_SEED = 4096;

type AnyHeader = { readonly payloadLength: number };

/** frameTarget reads one kind of frame; `encode` writes it again. */
export function frameTarget<H extends AnyHeader>(
  kind: "request" | "response" | "push",
  format: HeaderFormat<H>,
  encode: (frame: Frame<H>) => Uint8Array,
): Target {
  return {
    name: `${kind}-frame`,
    covers: COVERS,
    seeds: () =>
      loadVectors(`frames/${kind}`)
        .vectors.filter(({ bytes }) => sizeOf(bytes) <= LARGEST_SEED)
        .map(({ bytes }) => materialise(bytes)),
    async run(input) {
      const whole = await outcomeOf(() => decodeFrame(input, format), isFrameError);
      for (const pieces of [[input], halves(input), singles(input)]) {
        const read = await outcomeOf(() => readFrame(stream(pieces), format), isFrameError);
        if ("refusal" in whole) {
          assert.ok("refusal" in read, "refused whole and accepted in pieces");
          assert.equal(ruleOf(read.refusal), ruleOf(whole.refusal));
        } else {
          assert.ok("value" in read, "accepted whole and refused in pieces");
          assert.deepEqual({ ...read.value, payload: null }, { ...whole.value, payload: null });
          assert.equal(Buffer.compare(read.value.payload, whole.value.payload), 0);
        }
      }
      if ("value" in whole) assert.equal(Buffer.compare(encode(whole.value), input), 0);
    },
  };
}

/** stream yields pieces one after the other. */
export async function* stream(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  yield* pieces;
  return undefined;
}

function isFrameError(error: unknown): error is FrameError {
  return error instanceof FrameError;
}

function ruleOf(error: Error): string {
  return (error as FrameError).rule;
}

function halves(input: Uint8Array): Uint8Array[] {
  const middle = input.length >> 1;
  return [input.subarray(0, middle), input.subarray(middle)];
}

/** A piece per byte, as far as a header reaches and a little beyond; then the rest. */
function singles(input: Uint8Array): Uint8Array[] {
  const count = Math.min(input.length, 64);
  const pieces = Array.from({ length: count }, (_, at) => input.subarray(at, at + 1));
  return [...pieces, input.subarray(count)];
}
