// What the bytes of a tap are blamed for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodePush, encodeRequest, encodeResponse } from "../../src/wire/frame.ts";
import { faultsOf } from "./inspect.ts";
import type { Half, Tapped } from "./tap.ts";

const HEALTH = 802;
const REQUEST = encodeRequest(HEALTH, 5, new Uint8Array(0));
const ANSWER = encodeResponse(0, 5, Uint8Array.of(0x0a, 2, 0x6f, 0x6b));

const half = (bytes: Uint8Array, end: Half["end"] = "fin"): Half => ({ chunks: [bytes], end });

const call = (request: Half, response: Half): Tapped => ({
  connection: 1,
  stream: 0,
  kind: "call",
  fromClient: request,
  fromServer: response,
});

const push = (bytes: Uint8Array): Tapped => ({
  ...call(half(new Uint8Array(0), "open"), half(bytes)),
  kind: "push",
});

const blamed = (stream: Tapped): string => faultsOf({ streams: [stream] }).join();

test("an honest call, a refusal, an event", () => {
  assert.equal(blamed(call(half(REQUEST), half(ANSWER))), "");
  assert.equal(blamed(call(half(REQUEST), half(encodeResponse(5, 5, new Uint8Array(0))))), "");
  assert.equal(blamed(push(encodePush(1000, new Uint8Array(0)))), "");
});

test("what was given up may be cut anywhere", () => {
  const [start, cut] = [half(REQUEST.subarray(0, 4), "cut"), half(ANSWER.subarray(0, 3), "cut")];
  assert.equal(blamed(call(start, cut)), "");
});

test("every fault has a sentence", () => {
  const long = new Uint8Array([...REQUEST, 1]);
  const faults: readonly (readonly [RegExp, Tapped])[] = [
    [/never answered/, call(half(REQUEST), half(new Uint8Array(0), "open"))],
    [/10 header bytes|of 10/, call(half(REQUEST.subarray(0, 4)), half(ANSWER))],
    [/follow the frame/, call(half(long), half(ANSWER))],
    [
      /request_id 5 was answered with 6/,
      call(half(REQUEST), half(encodeResponse(0, 6, Uint8Array.of()))),
    ],
    [/status 6 is not assigned/, call(half(REQUEST), half(encodeResponse(6, 5, Uint8Array.of())))],
    [
      /is no HealthResponse/,
      call(half(REQUEST), half(encodeResponse(0, 5, Uint8Array.of(0x0a, 9)))),
    ],
    [/is no ErrorDetail/, call(half(REQUEST), half(encodeResponse(1, 5, Uint8Array.of(0x0a, 9))))],
    [/nobody assigned/, call(half(encodeRequest(65_535, 5, Uint8Array.of())), half(ANSWER))],
    [/event 1500 is not known/, push(encodePush(1500, Uint8Array.of()))],
    [/is no NewMessage/, push(encodePush(1000, Uint8Array.of(0x0a, 9)))],
    [/nobody opens such a stream/, { ...push(Uint8Array.of()), kind: "client-uni" }],
  ];
  for (const [sentence, stream] of faults) assert.match(blamed(stream), sentence);
});
