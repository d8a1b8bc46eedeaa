// The SDK under test as a case sees it: connections and users that live in the adapter.

import type { DescMethod } from "@bufbuild/protobuf";
import { methodOf } from "../../src/registry/methods.ts";
import { hex } from "../../vectors/bytes.ts";
import { readBytes } from "../adapter/compare.ts";
import { type AdapterError, isObject, type Json, show } from "../adapter/protocol.ts";
import { PrerequisiteFailed, SubjectLost } from "../judge/errors.ts";

/** SdkReply is a reply that a case may look at; the other forms end the case. */
export type SdkReply = { readonly ok: Json } | { readonly err: AdapterError };

/** Asking is a request that is on its way; `id` is that of the request. */
export interface Asking {
  readonly id: number;
  readonly reply: Promise<SdkReply>;
}

export type Ask = (op: string, args: Json, ms?: number) => Asking;

/** SdkCall is a call that is under way; awaiting it answers the reply. */
export interface SdkCall extends PromiseLike<SdkReply> {
  readonly id: number;
}

export interface CallOptions {
  /** How long the SDK may wait for the answer; default 5 s. */
  readonly timeoutMs?: number;
}

export interface SdkConnection {
  readonly name: string;
  /** call puts one request on a stream of its own; `body` is the payload of its frame. */
  call(method: number | DescMethod, body?: Uint8Array, options?: CallOptions): SdkCall;
  cancel(call: SdkCall): Promise<SdkReply>;
  /** events waits for `want` events that were not handed out before; default 2 s. */
  events(want: number, timeoutMs?: number): Promise<SdkReply>;
  state(): Promise<SdkReply>;
  close(): Promise<SdkReply>;
}

/** What an adapter may take beyond the time limit that it was given. */
export const GRACE_MS = 5_000;

const CALL_MS = 5_000;
const EVENTS_MS = 2_000;

/** sdkConnection is a connection that was opened under this name. */
export function sdkConnection(ask: Ask, name: string): SdkConnection {
  return {
    name,
    call(method, body = new Uint8Array(0), { timeoutMs = CALL_MS } = {}) {
      const id = typeof method === "number" ? method : methodOf(method).id;
      const args = { conn: name, method: id, body: hex(body), timeout_ms: timeoutMs };
      return callOf(ask("call", args, timeoutMs + GRACE_MS));
    },
    cancel: ({ id }) => ask("cancel", { conn: name, call: id }).reply,
    events: (want, timeoutMs = EVENTS_MS) =>
      ask("events", { conn: name, want, timeout_ms: timeoutMs }, timeoutMs + GRACE_MS).reply,
    state: () => ask("state", { conn: name }).reply,
    close: () => ask("close", { conn: name }).reply,
  };
}

function callOf({ id, reply }: Asking): SdkCall {
  return {
    id,
    // biome-ignore lint/suspicious/noThenProperty: a call is awaited like a promise, and has an id
    then: (done, failed) => reply.then(done, failed),
  };
}

export interface SdkUser {
  /** The username; the adapter knows the user by the same name. */
  readonly name: string;
  readonly password: string;
  /** ask adds `user` to the arguments. */
  ask(op: string, args?: Json, ms?: number): Promise<SdkReply>;
  /** register answers the identity key. Throws PrerequisiteFailed when it is refused. */
  register(): Promise<Uint8Array>;
  login(password?: string): Promise<SdkReply>;
  publish(): Promise<void>;
  /** createChannel answers the id of the conversation with a peer. Throws PrerequisiteFailed. */
  createChannel(peer: string): Promise<Uint8Array>;
  send(channel: Uint8Array, text: string): Promise<SdkReply>;
  /** recv waits for `want` messages that were not handed out before; default 5 s. */
  recv(want: number, timeoutMs?: number): Promise<Received>;
}

/** Received is what a user got, and what was refused on the way. */
export interface Received {
  readonly messages: readonly {
    readonly channel: Uint8Array;
    readonly from: Uint8Array;
    readonly text: string;
    readonly seq?: unknown;
  }[];
  readonly faults: readonly { readonly class: string; readonly stage?: unknown }[];
}

/** Operations of level 2 do Argon2id, key pairs and several calls. */
const USER_MS = 20_000;

/** sdkUser is a user that was opened under this name. */
export function sdkUser(ask: Ask, name: string, password: string): SdkUser {
  const user: SdkUser = {
    name,
    password,
    ask: (op, args = {}, ms = USER_MS) => ask(op, { user: name, ...args }, ms).reply,
    async register() {
      const reply = await user.ask("user.register", { username: name, password });
      return bytesOf(okOf(reply, "user.register"), "identity_key");
    },
    login: (other = password) => user.ask("user.login", { username: name, password: other }),
    async publish() {
      okOf(await user.ask("keys.publish"), "keys.publish");
    },
    async createChannel(peer) {
      return bytesOf(okOf(await user.ask("channel.create", { peer }), "channel.create"), "channel");
    },
    send: (channel, text) => user.ask("send", { channel: hex(channel), text }),
    async recv(want, timeoutMs = CALL_MS) {
      const args = { want, timeout_ms: timeoutMs };
      return receivedOf(okOf(await user.ask("recv", args, timeoutMs + USER_MS), "recv"));
    },
  };
  return user;
}

/** okOf answers the fields of a good reply. Throws PrerequisiteFailed for a refusal. */
export function okOf(reply: SdkReply, what: string): Json {
  if ("ok" in reply) return reply.ok;
  throw new PrerequisiteFailed(`${what}: ${show(reply)}`);
}

/** bytesOf reads a field of bytes. Throws SubjectLost, for a reply without it breaks the protocol. */
export function bytesOf(from: Json, field: string): Uint8Array {
  const bytes = readBytes(from[field]);
  if (bytes) return bytes;
  throw new SubjectLost("harness-error", `a reply without bytes in ${field}: ${show(from)}`);
}

function receivedOf(ok: Json): Received {
  const messages = listOf(ok, "messages").map((one) => ({
    channel: bytesOf(one, "channel"),
    from: bytesOf(one, "from"),
    text: String(one.text),
    seq: one.seq,
  }));
  const faults = listOf(ok, "faults").map((one) => ({ ...one, class: String(one.class) }));
  return { messages, faults };
}

/** listOf reads a field that is a list of objects; an absent one is empty. Throws SubjectLost. */
export function listOf(from: Json, field: string): readonly Json[] {
  const list = from[field] ?? [];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw new SubjectLost("harness-error", `a reply whose ${field} is no list: ${show(from)}`);
}
