// The session trailer of a request: any bytes either name a caller or are refused with a status
// (spec/sessions.md [sessions.trailer]).

import assert from "node:assert/strict";
import { SessionTrailerSchema } from "../../src/gen/qpc/v1/common_pb.ts";
import { DeliveryService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import type { Connection } from "../../src/rpc/connection.ts";
import { identify } from "../../src/rpc/credentials.ts";
import { decodeRequest } from "../../src/rpc/decode.ts";
import { RpcError } from "../../src/rpc/error.ts";
import { decode, messageVectors, PROTOBUF_SOURCES } from "../message-target.ts";
import { outcomeOf, type Target } from "../target.ts";

const FETCH = methodOf(DeliveryService.method.fetch);

/** The only token there is; whoever comes up with another one is nobody. */
const NO_SESSIONS = {
  sessions: async () => undefined,
  operatorToken: undefined,
  isAdmin: () => false,
  sealedSender: false,
  bindDevice: async () => new Uint8Array(0),
};

export const sessionTrailer: Target = {
  name: "session-trailer",
  covers: [...PROTOBUF_SOURCES, "/src/rpc/credentials.ts", "/src/rpc/trailer.ts"],
  seeds: () =>
    messageVectors(
      new Map([
        ["SessionTrailer", SessionTrailerSchema],
        ["FetchRequest", FETCH.input],
      ]),
    ).map(({ bytes }) => bytes),
  async run(input) {
    await decode(SessionTrailerSchema, input);
    const decoded = await outcomeOf(() => decodeRequest(FETCH, input), isRpcError);
    if ("refusal" in decoded) return;
    const outcome = await outcomeOf(
      () => identify(FETCH, decoded.value, unboundConnection(), NO_SESSIONS),
      isRpcError,
    );
    assert.ok("refusal" in outcome, "nobody has a session here");
    // A trailer that does not decode is refused with its request.
    assert.equal((outcome.refusal as RpcError).status, Status.Unauthorized);
  },
};

function unboundConnection(): Connection {
  return {
    host: "fuzz",
    peerDomain: undefined,
    binding: undefined,
    accepted: new Map(),
    ended: new AbortController().signal,
    openPush: () => undefined,
  };
}

function isRpcError(error: unknown): error is RpcError {
  return error instanceof RpcError;
}
