// Mutants of src/rpc/dispatch.ts: decoding, the method table, statuses and what stands beside them.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const DECODE = "src/rpc/decode.ts";
const DISPATCH = "src/rpc/dispatch.ts";

const DECODING: readonly Mutant[] = [
  {
    id: "dispatch.decoding.faults-ignored",
    file: DECODE,
    find: 'throw new RpcError(Status.BadRequest, "framing.undecodable-payload");',
    replace: "return fromBinary(method.input, new Uint8Array(0));",
    kills: [
      ...ids(
        "framing.undecodable-payload",
        `cut-in-tag varint-cut length-over-end length-2-31 fixed32-cut fixed64-cut field-zero
        wire-type-6 wire-type-7 group-open group-end group-other-end`,
      ),
      "framing.response-header.of-a-refusal",
    ],
  },
  {
    id: "dispatch.decoding.faults-as-internal",
    file: DECODE,
    find: 'throw new RpcError(Status.BadRequest, "framing.undecodable-payload");',
    replace: 'throw new RpcError(Status.Internal, "framing.undecodable-payload");',
    kills: [
      ...ids(
        "framing.undecodable-payload",
        `cut-in-tag varint-cut length-over-end length-2-31 fixed32-cut fixed64-cut field-zero
        wire-type-6 wire-type-7 group-open group-end group-other-end enqueue known-field-cut
        varint-11-bytes`,
      ),
      ...ids("framing.invalid-utf8", "overlong surrogate cut above-last latin-1 register-start"),
      "status.error-detail.undecodable",
      ...ids("status.stream-isolation", "behind-undecodable side-by-side"),
      "methods.check-order.no-session-undecodable",
    ],
  },
  {
    id: "dispatch.decoding.faults-never-answered",
    file: DISPATCH,
    find: "const request = decodeRequest(method, payload);",
    replace: `const request = await new Promise<Message>((resolve) => {
        try {
          resolve(decodeRequest(method, payload));
        } catch {}
      });`,
    kills: ["framing.typed-error.random-payloads", "framing.undecodable-payload.cut-in-tag"],
  },
  {
    id: "dispatch.decoding.utf8-repaired",
    file: DISPATCH,
    find: "const EMPTY = new Uint8Array(0);",
    replace: `const EMPTY = new Uint8Array(0);
const Strict = globalThis.TextDecoder;
globalThis.TextDecoder = class extends Strict {
  constructor(label?: string, options?: object) {
    super(label, { ...options, fatal: false });
  }
};`,
    kills: ids("framing.invalid-utf8", "overlong surrogate cut above-last latin-1 register-start"),
  },
  {
    id: "dispatch.decoding.ascii-only",
    file: DECODE,
    find: "return fromBinary(desc, payload);",
    replace: `if (desc.name === "OpaqueLoginStartRequest" && payload.includes(0xf4)) throw new Error();
    return fromBinary(desc, payload);`,
    kills: ["framing.protobuf-payload.utf8-highest"],
  },
  {
    id: "dispatch.decoding.unknown-fields-refused",
    file: DECODE,
    find: "return fromBinary(desc, payload);",
    replace: `const message = fromBinary(desc, payload);
    if (message.$unknown?.some(({ no }) => no === 1000)) throw new Error("unknown field");
    return message;`,
    kills: [
      ...ids(
        "framing.unknown-fields",
        `health-varint health-fixed64 health-bytes health-group health-fixed32 health-repeated
        register-start enqueue`,
      ),
      "framing.payload-length.255",
    ],
  },
  {
    id: "dispatch.decoding.canonical-only",
    file: DISPATCH,
    find: "const request = decodeRequest(method, payload);",
    replace: `const request = decodeRequest(method, payload);
      if (Buffer.compare(toBinary(method.input, request), payload) !== 0) {
        throw new RpcError(Status.BadRequest, "framing.undecodable-payload");
      }`,
    kills: [
      ...ids("framing.protobuf-payload", "fields-backwards field-twice long-varints"),
      "framing.unknown-fields.register-start",
    ],
  },
];

const STATUSES: readonly Mutant[] = [
  {
    id: "dispatch.table.other-numbers",
    file: DISPATCH,
    find: "[composed.method.id, composed]",
    replace: "[composed.method.id + 2000, composed]",
    kills: ids(
      "methods.table",
      `100-opaque-register-start 101-opaque-register-finish 102-opaque-login-start
        103-opaque-login-finish 200-enqueue 201-fetch 202-fetch-wait 203-peek 204-ack
        205-batch-enqueue 300-upload-key-package 301-fetch-key-package 302-upload-hybrid-key
        303-fetch-hybrid-key 304-fetch-hybrid-keys 802-health`,
    ),
  },
  {
    id: "dispatch.unknown-method.not-found",
    file: DISPATCH,
    find: "status: Status.UnknownMethod,",
    replace: "status: Status.NotFound,",
    kills: [
      ...ids(
        "methods.missing-family",
        `delivery-and-keys groups-and-moderation users-and-log blobs-and-devices
        peers-and-account`,
      ),
      ...ids("methods.reserved", "99 104 199 206 299 305 399 409 414 499 512 803 906 949 951 999"),
      ...ids("status.unknown-method", "0 1 1000 1001 1002 1003 1004 8707 32768 65535"),
      "status.stream-isolation.behind-unknown-method",
      "methods.check-order.unknown-method-undecodable",
      "status.error-detail.unknown-method",
    ],
  },
  {
    id: "dispatch.missing-family.served-all-the-same",
    file: "src/server/server.ts",
    find: "!config.without?.includes(method.family)",
    replace: "method !== undefined",
    kills: ids(
      "methods.missing-family",
      `delivery-and-keys groups-and-moderation users-and-log blobs-and-devices
        peers-and-account`,
    ),
  },
  {
    id: "dispatch.missing-family.not-declared",
    file: "src/server/declaration.ts",
    find: "DECLARED_FEATURES.filter((feature) =>",
    replace: 'DECLARED_FEATURES.filter((feature) => feature !== "keys" &&',
    kills: ["methods.missing-family.undeclared"],
  },
  {
    id: "dispatch.unknown-method.unassigned-status",
    file: DISPATCH,
    find: "status: Status.UnknownMethod,",
    replace: "status: 12,",
    kills: ["status.unassigned.never-sent"],
  },
  {
    id: "dispatch.unknown-method.text",
    file: DISPATCH,
    find: "const EMPTY = new Uint8Array(0);",
    replace: 'const EMPTY = Buffer.from("no such method");',
    kills: ["status.error-detail.unknown-method"],
  },
  {
    id: "dispatch.refusal.text",
    file: "src/rpc/error.ts",
    find: "return toBinary(ErrorDetailSchema, detail);",
    replace: "return Buffer.from(detail.message);",
    kills: ids(
      "status.error-detail",
      `too-large truncated-payload undecodable field-rule foreign-inbox no-session
        unknown-channel`,
    ),
  },
  {
    id: "dispatch.refusal.as-internal",
    file: DISPATCH,
    find: "return { status: error.status, payload: errorPayload(error) };",
    replace: "return { status: Status.Internal, payload: errorPayload(error) };",
    kills: [
      "status.bad-request.empty-request",
      "status.unauthorized.no-session",
      "status.forbidden.foreign-inbox",
      "status.not-found.unknown-channel",
      "status.rate-limited.burst",
      "transport.drain-refuses-calls.later-call",
      ...ids("status.stream-isolation", "behind-field-rule behind-foreign-inbox"),
      ...ids(
        "methods.check-order",
        `no-session-short-key no-session-undecodable short-foreign-key
        foreign-inbox-unknown-channel short-key-empty-payload`,
      ),
      "keys.upload-key-package.no-session",
      "keys.fetch-key-package.no-session",
      "keys.upload-hybrid-key.no-session",
      "keys.fetch-hybrid-key.no-session",
      "keys.fetch-hybrid-keys.no-session",
    ],
  },
  {
    id: "dispatch.ok.without-message",
    file: DISPATCH,
    find: "create(method.output, response as Record<string, unknown>),",
    replace: "create(method.output, {}),",
    kills: ["status.ok.register-start", "framing.request-header.ten-bytes"],
  },
  {
    id: "dispatch.empty-queue.not-found",
    file: "src/services/delivery.ts",
    find: "return { payloads: [...payloads] };\n  }",
    replace: `demand(payloads.length > 0, Status.NotFound, "delivery.empty-queue");
    return { payloads: [...payloads] };
  }`,
    kills: ["status.not-found.not-for-an-empty-queue"],
  },
  {
    id: "dispatch.rate.unlimited",
    file: DISPATCH,
    find: "const wait = limiter.take(key, cost);",
    replace: "const wait = 0 * limiter.take(key, cost);",
    kills: ["status.rate-limited.burst"],
  },
  {
    id: "dispatch.owner.anybody",
    file: "src/rpc/access.ts",
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: "demand(own || true, Status.Forbidden, method.accessRule);",
    kills: ["status.forbidden.foreign-inbox", "status.stream-isolation.behind-foreign-inbox"],
  },
];

export const DISPATCH_MUTANTS: readonly Mutant[] = [...DECODING, ...STATUSES];
