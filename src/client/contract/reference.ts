// The reference server in memory for tests of the client, people with accounts on it, and ways to make it
// lie.

import type { TestContext } from "node:test";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { bindingEntry } from "../../crypto/kt/entries.ts";
import { leafHash } from "../../crypto/kt/hash.ts";
import { methodOf } from "../../registry/methods.ts";
import { Status } from "../../registry/statuses.ts";
import { type Caller, createCaller } from "../../rpc/caller.ts";
import { type AdjustableClock, createClock } from "../../rpc/clock.ts";
import { DEFAULT_LIMITS } from "../../server/limits.ts";
import { createLog } from "../../server/log.ts";
import { type RunningServer, type ServerConfig, startServer } from "../../server/server.ts";
import { openStores } from "../../storage/drivers/open.ts";
import type { Database } from "../../storage/sql/statement.ts";
import type { Stores } from "../../storage/stores.ts";
import { createMemoryTransport } from "../../transport/memory.ts";
import { logIn, register } from "../auth.ts";
import { type Identity, newIdentity } from "../identity.ts";
import { saveAccount } from "../store/account.ts";
import { type ClientStore, openClientStore } from "../store/open.ts";
import { weakenArgon2id } from "./argon2id.ts";

weakenArgon2id();

export interface Reference {
  readonly clock: AdjustableClock;
  readonly stores: Stores;
  readonly running: RunningServer;
  /** connect answers a caller without a session. */
  connect(): Promise<Caller>;
  /** signUp makes an account whose password is `password of <name>`, with a session and a store. */
  signUp(username: string): Promise<Person>;
  /** enrol makes an account that nobody logs in to, and answers its identity; it costs no password hash. */
  enrol(username: string): Promise<Identity>;
}

/** Person is an account whose connection is bound to a session. */
export interface Person {
  readonly username: string;
  readonly password: string;
  readonly identity: Identity;
  readonly caller: Caller;
  readonly token: Uint8Array;
  readonly store: ClientStore;
  readonly database: Database;
}

/** startReference serves until the test is over. */
export async function startReference(
  t: Pick<TestContext, "after">,
  options: Partial<ServerConfig> = {},
): Promise<Reference> {
  const transport = createMemoryTransport();
  const common = { host: "192.0.2.1", port: 0, alpn: ["qpc"] };
  const clock = options.clock ?? createClock();
  const stores = options.stores ?? (await openStores({ backend: "memory" }));
  const running = await startServer({
    ...common,
    transport,
    certPem: "",
    keyPem: "",
    operatorToken: undefined,
    admins: new Set(),
    sealedSender: false,
    deliveryProof: false,
    limits: { ...DEFAULT_LIMITS, ratePerSecond: 0 },
    log: createLog("silent"),
    ...options,
    clock,
    stores,
  });
  t.after(() => running.stop());
  const { port } = running;
  const address = { ...common, port, serverName: "", idleTimeoutMs: 0, timeoutMs: 1000 };
  const connect = async () => createCaller(await transport.connect(address));

  return {
    clock,
    stores,
    running,
    connect,
    async enrol(username) {
      const identity = newIdentity();
      const identityKey = identity.publicKey;
      const now = clock.now();
      const leaf = leafHash(bindingEntry(username, identityKey, now));
      const account = { username, record: new Uint8Array(192), identityKey };
      await stores.users.register(account, leaf, now);
      return identity;
    },
    async signUp(username) {
      const password = `password of ${username}`;
      const identity = newIdentity();
      const caller = await connect();
      await register(caller, username, password, identity.publicKey);
      const token = await logIn(caller, username, password, identity.publicKey);
      const store = await openClientStore({ kind: "memory" });
      t.after(() => store.close());
      const { database } = store;
      const keys = { identityKey: identity.publicKey, identitySeed: identity.privateKey };
      await database.write(saveAccount({ username, ...keys }));
      return { username, password, identity, caller, token, store, database };
    },
  };
}

/**
 * lying answers a caller on which `method` answers otherwise; everything else is the server's own. `lie`
 * gets the message of every Ok and the number of the call, from 0, and answers the fields that change.
 */
export function lying<O extends DescMessage>(
  caller: Caller,
  method: DescMethod & { output: O },
  lie: (answer: MessageShape<O>, call: number) => Partial<MessageShape<O>>,
): Caller {
  const { id } = methodOf(method);
  let calls = 0;
  return {
    ...caller,
    async call(methodId, payload, signal) {
      const reply = await caller.call(methodId, payload, signal);
      if (methodId !== id || reply.status !== Status.Ok) return reply;
      const answer = fromBinary(method.output, reply.payload);
      Object.assign(answer, lie(answer, calls));
      calls += 1;
      return { ...reply, payload: toBinary(method.output, answer) };
    },
  };
}

/** answering answers `method` itself, and leaves the rest to the server. */
export function answering<I extends DescMessage, O extends DescMessage>(
  caller: Caller,
  method: DescMethod & { input: I; output: O },
  answer: (request: MessageShape<I>) => Partial<MessageShape<O>>,
): Caller {
  const { id } = methodOf(method);
  return {
    ...caller,
    async call(methodId, payload, signal) {
      if (methodId !== id) return caller.call(methodId, payload, signal);
      const message = create(method.output);
      Object.assign(message, answer(fromBinary(method.input, payload)));
      return { status: Status.Ok, payload: toBinary(method.output, message) };
    },
  };
}

/** recording answers a caller, and the names of the methods that were called on it. */
export function recording(caller: Caller): { caller: Caller; methods: number[] } {
  const methods: number[] = [];
  return {
    methods,
    caller: {
      ...caller,
      call(methodId, payload, signal) {
        methods.push(methodId);
        return caller.call(methodId, payload, signal);
      },
    },
  };
}

/** flipped is a copy with one bit inverted. */
export function flipped(bytes: Uint8Array, at = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
