// The session trailer of a request: any bytes either name a caller or are refused with a status
// (spec/sessions.md [sessions.trailer]).

import assert from "node:assert/strict";
import { SessionTrailerSchema } from "../../src/gen/qpc/v1/common_pb.ts";
import { DeliveryService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import type { Connection } from "../../src/rpc/connection.ts";
import { identify } from "../../src/rpc/credentials.ts";
import { RpcError } from "../../src/rpc/error.ts";
import { decode, messageVectors, PROTOBUF_SOURCES } from "../message-target.ts";
import { outcomeOf, type Target } from "../target.ts";

const TRAILER_FIELD = 15;
const FETCH = methodOf(DeliveryService.method.fetch);

/** The only token there is; whoever comes up with another one is nobody. */
const NO_SESSIONS = { sessions: async () => undefined, operatorToken: undefined };

export const sessionTrailer: Target = {
  name: "session-trailer",
  covers: [...PROTOBUF_SOURCES, "/src/rpc/credentials.ts"],
  seeds: () =>
    messageVectors(
      new Map([
        ["SessionTrailer", SessionTrailerSchema],
        ["FetchRequest", FETCH.input],
      ]),
    ).map(({ bytes }) => bytes),
  async run(input) {
    const trailer = await decode(SessionTrailerSchema, input);
    const request = await decode(FETCH.input, input);
    if (request === undefined) return;
    const outcome = await outcomeOf(
      () => identify(FETCH, request, input, unboundConnection(), NO_SESSIONS),
      isRpcError,
    );
    assert.ok("refusal" in outcome, "nobody has a session here");
    // The runtime reads a known field whatever its wire type, so the bytes of a request may not be
    // those of a trailer; that counts once they claim to hold one.
    const claimed = request.$unknown?.some(({ no }) => no === TRAILER_FIELD) === true;
    const expected = claimed && trailer === undefined ? Status.BadRequest : Status.Unauthorized;
    assert.equal((outcome.refusal as RpcError).status, expected);
  },
};

function unboundConnection(): Connection {
  return {
    host: "fuzz",
    binding: undefined,
    accepted: new Map(),
    ended: new AbortController().signal,
    openPush: () => undefined,
  };
}

function isRpcError(error: unknown): error is RpcError {
  return error instanceof RpcError;
}
