// Frame decoders against every golden vector, whole, byte by byte, cut at each offset and round trip;
// then against arbitrary bytes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { FrameError, type HeaderFormat, PUSH, REQUEST, RESPONSE } from "../src/wire/frame.ts";
import { decodeFrame, readFrame } from "../src/wire/reader.ts";
import { materialise, sizeOf } from "../vectors/bytes.ts";
import { loadVectors } from "../vectors/load.ts";
import { stream } from "./frame-target.ts";
import type { Target } from "./target.ts";
import { pushFrame } from "./targets/push-frame.ts";
import { requestFrame } from "./targets/request-frame.ts";
import { responseFrame } from "./targets/response-frame.ts";

type Kind = "request" | "response" | "push";

const DECODERS: readonly (readonly [
  Kind,
  Target,
  HeaderFormat<{ readonly payloadLength: number }>,
])[] = [
  ["request", requestFrame, REQUEST],
  ["response", responseFrame, RESPONSE],
  ["push", pushFrame, PUSH],
];

/** Rules that a refusal at a stage of the vectors may name. */
const RULES = {
  header: ["framing.truncated-header", "framing.payload-too-large"],
  payload: ["framing.truncated-payload"],
  end: ["framing.trailing-bytes"],
} as const;

/** Longer frames are cut and split near their ends only: the middle of a payload is all alike. */
const SMALL = 2048;
const NEAR = 64;

for (const [kind, target, format] of DECODERS) {
  describe(`${kind} frames`, () => {
    const { vectors } = loadVectors(`frames/${kind}`);

    for (const { id, bytes, stage } of vectors) {
      test(id, async () => {
        const input = materialise(bytes);
        await target.run(input);
        const wanted = stage === null ? undefined : RULES[stage];
        expectRule(refusalOf(input, format), wanted);
        expectRule(await readRefusal(singles(input), format), wanted);
      });
    }

    test("a good frame cut anywhere is refused, and says where it was cut", async () => {
      for (const { bytes } of vectors.filter(({ expect }) => expect === "accept")) {
        const input = materialise(bytes);
        for (const at of offsets(sizeOf(bytes))) {
          const part = input.subarray(0, at);
          const wanted = at < format.size ? RULES.header : RULES.payload;
          expectRule(refusalOf(part, format), wanted);
          expectRule(await readRefusal([part], format), wanted);
        }
      }
    });

    test("arbitrary bytes are one frame or refused", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), (input) => target.run(input)),
        { numRuns: 500 },
      );
    });

    test("a frame with any announced length, payload and tail is one frame or refused", async () => {
      const part = fc.uint8Array({ maxLength: 300 });
      const skew = fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 }), fc.nat());
      await fc.assert(
        fc.asyncProperty(part, skew, part, async (payload, by, tail) => {
          const header = Buffer.alloc(format.size);
          header.writeUInt32BE((payload.length + by) >>> 0, format.size - 4);
          await target.run(Buffer.concat([header, payload, tail]));
        }),
        { numRuns: 500 },
      );
    });
  });
}

test("a target throws when its decoder does not agree with itself", async () => {
  const { frameTarget } = await import("./frame-target.ts");
  const forgetful = frameTarget("push", PUSH, () => new Uint8Array(6));
  await assert.rejects(forgetful.run(Uint8Array.of(3, 232, 0, 0, 0, 1, 7)), assert.AssertionError);
});

function expectRule(rule: string | undefined, wanted: readonly string[] | undefined): void {
  if (wanted === undefined) assert.equal(rule, undefined);
  else assert.ok(wanted.includes(String(rule)), `${rule} is not ${wanted.join(" or ")}`);
}

function refusalOf(
  input: Uint8Array,
  format: HeaderFormat<{ readonly payloadLength: number }>,
): string | undefined {
  try {
    decodeFrame(input, format);
    return undefined;
  } catch (error) {
    return ruleOf(error);
  }
}

async function readRefusal(
  pieces: Iterable<Uint8Array>,
  format: HeaderFormat<{ readonly payloadLength: number }>,
): Promise<string | undefined> {
  try {
    await readFrame(stream(pieces), format);
    return undefined;
  } catch (error) {
    return ruleOf(error);
  }
}

function ruleOf(error: unknown): string {
  if (error instanceof FrameError) return error.rule;
  throw error;
}

function* singles(input: Uint8Array): Generator<Uint8Array> {
  const single = new Set(offsets(input.length));
  for (let at = 0; at < input.length; ) {
    const next = single.has(at) ? at + 1 : Math.max(at + 1, input.length - NEAR);
    yield input.subarray(at, next);
    at = next;
  }
}

/** Every offset of a small input, those near the ends of a large one. */
function offsets(length: number): readonly number[] {
  const all = Array.from({ length: Math.min(length, SMALL + 2 * NEAR) }, (_, index) => index);
  if (length <= SMALL) return all;
  return [...all.slice(0, NEAR), ...all.slice(0, NEAR).map((index) => length - NEAR + index)];
}
