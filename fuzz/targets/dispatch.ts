// Any bytes as the payload of any method, through the dispatcher to a handler that does nothing: an
// answer with a status that the method declares, and no exception (spec/methods.md, Order of the checks).
// The first byte of an input chooses the method, the second one the caller, the rest is the payload.

import assert from "node:assert/strict";
import { METHODS, type Method } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import type { Connection } from "../../src/rpc/connection.ts";
import { createDispatcher } from "../../src/rpc/dispatch.ts";
import type { RateLimiter } from "../../src/rpc/rate-limit.ts";
import { messageVectors, PROTOBUF_SOURCES } from "../message-target.ts";
import type { Target } from "../target.ts";

const UNLIMITED: RateLimiter = { take: () => 0, giveBack: () => {} };
const SESSION = {
  tokenHash: new Uint8Array(32).fill(1),
  identityKey: new Uint8Array(32).fill(0x11),
  deviceId: new Uint8Array(0),
  expiresAt: Number.MAX_SAFE_INTEGER,
};
/** Bound to a session, to nothing, and another server. */
const CONNECTIONS: readonly Partial<Connection>[] = [
  { binding: SESSION.tokenHash },
  {},
  { peerDomain: "b.test" },
];

const dispatch = createDispatcher({
  methods: METHODS.map((method) => ({ method, handle: async () => ({}), longPoll: false })),
  credentials: {
    sessions: async (tokenHash) =>
      Buffer.compare(tokenHash, SESSION.tokenHash) === 0 ? SESSION : undefined,
    operatorToken: undefined,
    isAdmin: () => true,
    sealedSender: true,
    bindDevice: async () => new Uint8Array(0),
  },
  access: {
    membership: async ([first = 0]) => (first === 0 ? undefined : first % 2 === 0),
    isRevoked: async ([first = 0]) => first === 0,
  },
  accountRate: UNLIMITED,
  hostRate: UNLIMITED,
  rpcTimeoutMs: 0,
  statusOf: () => Status.Internal,
  report({ kind, method, status, error }) {
    throw new Error(`${method.name}: ${kind} ${status}`, { cause: error });
  },
});

export const dispatched: Target = {
  name: "dispatch",
  covers: [
    ...PROTOBUF_SOURCES,
    ...["access", "credentials", "decode", "dispatch", "fields", "trailer"].map(
      (name) => `/src/rpc/${name}.ts`,
    ),
  ],
  seeds() {
    const types = new Map(METHODS.map(({ input }) => [input.name, input]));
    return messageVectors(types).map(({ type, bytes }, at) => {
      const index = METHODS.findIndex(({ input }) => input === type);
      return Buffer.concat([Buffer.of(index, at % CONNECTIONS.length), bytes]);
    });
  },
  async run([index = 0, caller = 0, ...payload]) {
    const method = METHODS[index % METHODS.length] as Method;
    const bytes = Uint8Array.from(payload);
    const header = { methodId: method.id, requestId: 1, payloadLength: bytes.length };
    const { status } = await dispatch({
      frame: { ...header, payload: bytes },
      connection: { ...CONNECTION, ...CONNECTIONS[caller % CONNECTIONS.length] },
      gone: () => new AbortController().signal,
      late: false,
    });
    assert.notEqual(status, Status.Internal, method.name);
  },
};

const CONNECTION: Connection = {
  host: "fuzz",
  peerDomain: undefined,
  binding: undefined,
  accepted: new Map(),
  ended: new AbortController().signal,
  openPush: () => undefined,
};
