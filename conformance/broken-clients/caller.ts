// Mutants of src/rpc/caller.ts: request_ids, statuses, and the bytes that are handed on.

import { ids } from "../broken/ids.ts";
import type { Mutant } from "../broken/mutant.ts";
import { ofEveryMethod, ofMethodsWithFields } from "./table.ts";

const CALLER = "src/rpc/caller.ts";

/** Texts that several mutants change. */
const REQUEST = "const request = encodeRequest(methodId, requestId, payload);";

export const CALLER_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-caller.request-id.unchecked",
    file: CALLER,
    find: "if (frame.requestId !== requestId) {",
    replace: "if (frame.requestId < 0) {",
    kills: [
      "client-calls.isolation.wrong-id",
      ...ids(
        "client-framing.response-id",
        `all-ones byte-swapped high-bit high-half low-byte-only minus-one of-an-earlier-call
      of-another-call plus-one swapped-between-calls wrong-in-refusal
      wrong-without-payload zero`,
      ),
    ],
  },
  {
    id: "client-caller.request-id.low-byte-checked",
    file: CALLER,
    find: "if (frame.requestId !== requestId) {",
    replace: "if ((frame.requestId & 255) !== (requestId & 255)) {",
    kills: ids("client-framing.response-id", `high-bit high-half low-byte-only`),
  },
  {
    id: "client-caller.request-id.of-ok-only",
    file: CALLER,
    find: "if (frame.requestId !== requestId) {",
    replace: "if (frame.requestId !== requestId && frame.status === 0) {",
    kills: ["client-framing.response-id.wrong-in-refusal"],
  },
  {
    id: "client-caller.request-id.always-one",
    file: CALLER,
    find: "lastRequestId = (lastRequestId + 1) >>> 0;",
    replace: "lastRequestId = 1;",
    kills: [
      ...ids("client-framing.request", `ids-distinct-at-once ids-distinct-in-turn`),
      ...ids(
        "client-framing.response-id",
        `of-an-earlier-call of-another-call swapped-between-calls`,
      ),
    ],
  },
  {
    id: "client-caller.status.unassigned-as-ok",
    file: CALLER,
    find: "return { status: Status.Internal, unassigned: frame.status, payload: frame.payload };",
    replace: "return { status: Status.Ok, payload: frame.payload };",
    kills: ids(
      "client-status.unassigned",
      `12 127 128 129 13 14 15 16 17 18 19 20 200 21 22 23 24 25 254 255 26 27 28 29 30 31
      32 6 63 64 7 all-others three-at-once undecodable-payload`,
    ),
  },
  {
    id: "client-caller.status.unassigned-closes",
    file: CALLER,
    find: "return { status: Status.Internal, unassigned: frame.status, payload: frame.payload };",
    replace: `await connection.close(1, "strange status");
      return { status: Status.Internal, unassigned: frame.status, payload: frame.payload };`,
    kills: ids("client-status.unassigned", `12 6 all-others`),
  },
  {
    id: "client-caller.status.lost",
    file: CALLER,
    find: "if (isStatus(frame.status)) return { status: frame.status, payload: frame.payload };",
    replace:
      "if (isStatus(frame.status)) return { status: frame.status && Status.BadRequest, payload: frame.payload };",
    kills: [
      "client-session.connection.unauthorized-changes-nothing",
      ...ids(
        "client-status.assigned",
        `10-detail 10-empty 10-undecodable 11-detail 11-empty 11-undecodable 2-detail 2-empty
      2-undecodable 3-detail 3-empty 3-undecodable 4-detail 4-empty 4-undecodable 5-detail
      5-empty 5-undecodable 8-detail 8-empty 8-undecodable 9-detail 9-empty 9-undecodable`,
      ),
      "client-status.deadline-exceeded.is-an-answer",
      "client-status.ok.after-every-refusal",
    ],
  },
  {
    id: "client-caller.status.detail-needed",
    file: CALLER,
    find: "if (isStatus(frame.status)) return {",
    replace: `if (frame.status !== 0 && frame.payload.length === 0) throw new FrameError("framing.truncated-payload", "no detail");
      if (isStatus(frame.status)) return {`,
    kills: [
      ...ofEveryMethod("refusal"),
      ...ids(
        "client-status.assigned",
        `1-empty 10-empty 11-empty 2-empty 3-empty 4-empty 5-empty 8-empty 9-empty`,
      ),
      ...ids(
        "client-status.unassigned",
        `12 127 128 129 13 14 15 16 17 18 19 20 200 21 22 23 24 25 254 255 26 27 28 29 30 31
      32 6 63 64 7 all-others three-at-once`,
      ),
    ],
  },
  {
    id: "client-caller.status.detail-decoded",
    file: CALLER,
    find: "if (isStatus(frame.status)) return {",
    replace: `if (frame.status !== 0) {
        const { fromBinary } = await import("@bufbuild/protobuf");
        const { ErrorDetailSchema } = await import("../gen/qpc/v1/common_pb.ts");
        try {
          fromBinary(ErrorDetailSchema, frame.payload);
        } catch {
          throw new FrameError("framing.truncated-payload", "no detail");
        }
      }
      if (isStatus(frame.status)) return {`,
    kills: [
      ...ids(
        "client-status.assigned",
        `1-undecodable 10-undecodable 11-undecodable 2-undecodable 3-undecodable
      4-undecodable 5-undecodable 8-undecodable 9-undecodable`,
      ),
      ...ids("client-status.detail", `code-not-utf8 cut message-not-utf8 text wire-type zeros`),
      "client-status.unassigned.undecodable-payload",
    ],
  },
  {
    id: "client-caller.status.refusal-closes",
    file: CALLER,
    find: "if (isStatus(frame.status)) return {",
    replace: `if (frame.status !== 0) await connection.close(1, "refused");
      if (isStatus(frame.status)) return {`,
    kills: [
      "client-session.connection.unauthorized-changes-nothing",
      ...ids(
        "client-status.detail",
        `4-mib 64-kib response retry-2-64 text unknown-code unknown-field`,
      ),
      "client-status.ok.after-every-refusal",
      ...ids("client-calls.backoff", `rate-limited rate-limited-hint unavailable-hint`),
    ],
  },
  {
    id: "client-caller.payload.dropped",
    file: CALLER,
    find: "if (isStatus(frame.status)) return { status: frame.status, payload: frame.payload };",
    replace:
      "if (isStatus(frame.status)) return { status: frame.status, payload: new Uint8Array(0) };",
    kills: [
      ...ofMethodsWithFields("ok"),
      ...ids(
        "client-calls.order",
        `backwards beside-a-waiting-call first-one-last in-order interleaved-bytes
      odd-ones-first small-before-large thirty-two-backwards two-connections`,
      ),
      ...ids(
        "client-framing.response-pieces",
        `byte-by-byte cut-at-1 cut-at-10 cut-at-14 cut-at-4 cut-at-5 cut-at-8 cut-at-9
      fin-later one-mib-in-64`,
      ),
      ...ids(
        "client-status.assigned",
        `0 1-detail 10-detail 11-detail 2-detail 3-detail 4-detail 5-detail 8-detail 9-detail`,
      ),
      ...ids("client-status.retry-after", `3 5 9`),
      "client-status.unassigned.three-at-once",
    ],
  },
  {
    id: "client-caller.body.trailer-of-its-own",
    file: CALLER,
    find: REQUEST,
    replace:
      'const request = encodeRequest(methodId, requestId, Buffer.concat([payload, Buffer.from("7a00", "hex")]));',
    kills: [
      ...ids("client-framing.request", `one-byte session-trailer trailer-first two-trailers`),
      ...ids(
        "client-session.token",
        `31-bytes empty in-its-call-alone of-each-connection with-device`,
      ),
    ],
  },
  {
    id: "client-caller.body.token-kept",
    file: CALLER,
    find: REQUEST,
    replace: `const lane = connection as { token?: Uint8Array };
      const at = Buffer.from(payload).indexOf("7a220a20", "hex");
      if (at >= 0) lane.token = payload.slice(at);
      const request = encodeRequest(methodId, requestId, at < 0 && lane.token ? Buffer.concat([payload, lane.token]) : payload);`,
    kills: ["client-session.token.in-its-call-alone"],
  },
  {
    id: "client-caller.body.token-of-the-process",
    file: CALLER,
    find: REQUEST,
    replace: `const lane = globalThis as { token?: Uint8Array };
      const at = Buffer.from(payload).indexOf("7a220a20", "hex");
      if (at >= 0) lane.token = payload.slice(at);
      const request = encodeRequest(methodId, requestId, at < 0 && lane.token && methodId === 201 ? Buffer.concat([payload, lane.token]) : payload);`,
    kills: ids(
      "client-session.token",
      `31-bytes empty in-its-call-alone of-each-connection with-device`,
    ),
  },
  {
    id: "client-caller.method.neighbour",
    file: CALLER,
    find: REQUEST,
    replace: "const request = encodeRequest(methodId ^ 1, requestId, payload);",
    kills: ["client-session.login.nothing-of-its-own"],
  },
  {
    id: "client-caller.request-id.runs-out",
    file: CALLER,
    find: "lastRequestId = (lastRequestId + 1) >>> 0;",
    replace: `if (lastRequestId === 255) throw new StreamError("closed", 0);
      lastRequestId = (lastRequestId + 1) >>> 0;`,
    kills: ["client-transport.streams.three-hundred-calls"],
  },
];
