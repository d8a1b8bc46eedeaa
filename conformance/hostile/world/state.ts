// What the world keeps, open to the cases that bend it.

import { randomBytes } from "node:crypto";
import type { ServerSetup } from "../../../src/crypto/opaque/noble/server.ts";
import { newServerSetup } from "./auth-setup.ts";
import { createLog, type WorldLog } from "./log.ts";

/** hex spells bytes as keys of the maps below. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** same tells whether two byte arrays hold the same. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export interface Account {
  readonly username: string;
  identityKey: Uint8Array;
  /** RegistrationRecord, 192 bytes; undefined for people whom the judge plays and nobody logs in. */
  record: Uint8Array | undefined;
  /** The newest binding of the name. */
  leafIndex: number;
  boundAtMs: bigint;
  readonly devices: Map<string, { readonly name: string; readonly atMs: bigint }>;
}

export interface StoredMessage {
  readonly seq: bigint;
  readonly data: Uint8Array;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** Inbox keeps every message; a view sees those above its cursor. */
export interface Inbox {
  readonly owner: Uint8Array;
  readonly channelId: Uint8Array;
  highest: bigint;
  messages: StoredMessage[];
  /** Highest acknowledged seq by device in hexadecimal; "" is the unscoped view. */
  readonly cursors: Map<string, bigint>;
  /** First seq by sender and message_id. */
  readonly seen: Map<string, bigint>;
  readonly waiting: Set<() => void>;
}

export interface Channel {
  readonly id: Uint8Array;
  /** Group record; undefined for a channel of two. */
  readonly groupId: Uint8Array | undefined;
  /** Identity keys by their hexadecimal form, with the time of joining. */
  readonly members: Map<string, bigint>;
  readonly former: Set<string>;
  revision: bigint;
  readonly metadata: Map<string, string>;
}

export interface Blob {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
}

export interface PartialBlob {
  readonly totalSize: bigint;
  readonly mimeType: string;
  bytes: Uint8Array;
}

export interface Revocation {
  readonly reason: string;
  readonly timestampMs: bigint;
  readonly leafIndex: number;
}

/** WorldState is all that the world knows; keys of maps are hexadecimal, usernames excepted. */
export interface WorldState {
  setup: ServerSetup;
  readonly log: WorldLog;
  readonly accounts: Map<string, Account>;
  readonly byKey: Map<string, Account>;
  readonly sessions: Map<string, Account>;
  readonly keyPackages: Map<string, Uint8Array[]>;
  readonly hybridKeys: Map<string, Uint8Array>;
  readonly inboxes: Map<string, Inbox>;
  readonly channels: Map<string, Channel>;
  readonly revocations: Map<string, Revocation>;
  readonly blobs: Map<string, Blob>;
  /** By account and blob_id. */
  readonly partialBlobs: Map<string, PartialBlob>;
  /** Recovery bundles by token_hash. */
  readonly bundles: Map<string, { readonly owner: string; readonly bundle: Uint8Array }>;
}

export function createState(): WorldState {
  return {
    setup: newServerSetup(),
    log: createLog(),
    accounts: new Map(),
    byKey: new Map(),
    sessions: new Map(),
    keyPackages: new Map(),
    hybridKeys: new Map(),
    inboxes: new Map(),
    channels: new Map(),
    revocations: new Map(),
    blobs: new Map(),
    partialBlobs: new Map(),
    bundles: new Map(),
  };
}

/** addAccount registers a name and a key, and binds them in the log. */
export function addAccount(
  state: WorldState,
  username: string,
  identityKey: Uint8Array,
  record?: Uint8Array,
): Account {
  const boundAtMs = BigInt(Date.now());
  const leafIndex = state.log.bind(username, identityKey, boundAtMs);
  const account: Account = {
    ...{ username, identityKey, record, leafIndex, boundAtMs },
    devices: new Map(),
  };
  state.accounts.set(username, account);
  state.byKey.set(hex(identityKey), account);
  return account;
}

/** inboxOf answers an inbox, empty when it is new; an empty channel_id is the default queue. */
export function inboxOf(state: WorldState, owner: Uint8Array, channelId: Uint8Array): Inbox {
  const name = `${hex(owner)}/${hex(channelId)}`;
  const known = state.inboxes.get(name);
  if (known) return known;
  const inbox: Inbox = {
    ...{ owner: owner.slice(), channelId: channelId.slice() },
    ...{ highest: 0n, messages: [], cursors: new Map(), seen: new Map(), waiting: new Set() },
  };
  state.inboxes.set(name, inbox);
  return inbox;
}

/** newChannel opens a channel of these members under a random ID. */
export function newChannel(
  state: WorldState,
  members: readonly Uint8Array[],
  groupId?: Uint8Array,
): Channel {
  const now = BigInt(Date.now());
  const channel: Channel = {
    id: new Uint8Array(randomBytes(16)),
    groupId,
    members: new Map(members.map((key) => [hex(key), now])),
    former: new Set(),
    revision: 0n,
    metadata: new Map(),
  };
  state.channels.set(hex(channel.id), channel);
  return channel;
}
