// What the services ask of storage: one interface per method family, no SQL in sight.
// Spec: sessions.md, services/*.md.
//
// Every promise of a writing call resolves after the COMMIT that made it durable (I-25). Times are
// Unix milliseconds and always passed in, so that a test can move the clock. Byte arrays that come
// back are copies and belong to the caller; those passed in must not change until the promise settles.

import type { AccountStore } from "./stores/account.ts";
import type { BlobStore } from "./stores/blobs.ts";
import type { ChannelStore } from "./stores/channels.ts";
import type { DeviceStore } from "./stores/devices.ts";
import type { FederationStore } from "./stores/federation.ts";
import type { GroupStore } from "./stores/groups.ts";
import type { KtStore } from "./stores/kt.ts";
import type { ModerationStore } from "./stores/moderation.ts";
import type { EndpointStore } from "./stores/p2p.ts";
import type { RecoveryStore } from "./stores/recovery.ts";

export interface Stores {
  readonly users: UserStore;
  readonly kt: KtStore;
  readonly sessions: SessionStore;
  readonly devices: DeviceStore;
  readonly deliveries: DeliveryStore;
  readonly keyPackages: KeyPackageStore;
  readonly hybridKeys: HybridKeyStore;
  readonly channels: ChannelStore;
  readonly groups: GroupStore;
  readonly federation: FederationStore;
  readonly moderation: ModerationStore;
  readonly blobs: BlobStore;
  readonly recovery: RecoveryStore;
  readonly endpoints: EndpointStore;
  readonly accounts: AccountStore;
  readonly serverState: ServerStateStore;
  /** sweep deletes at most `batch` dead rows of each kind and says how many went in all: 0 when none was left. */
  sweep(now: number, batch: number): Promise<number>;
  /** close finishes pending writes and releases the database. Later calls reject with StorageUnavailable. */
  close(): Promise<void>;
}

/** StorageUnavailable: the database refused or lost a write; nothing of it is stored. Status Unavailable on the wire. */
export class StorageUnavailable extends Error {
  override name = "StorageUnavailable";
}

/** AccountGone: the account of the caller was deleted since the call was accepted. Status Unauthorized. */
export class AccountGone extends Error {
  override name = "AccountGone";
}

/** InboxFull: the inbox is at its cap and holds nothing that an acknowledgement freed (C-106). */
export class InboxFull extends Error {
  override name = "InboxFull";
}

export interface User {
  readonly username: string;
  /** OPAQUE registration record, 192 bytes. */
  readonly record: Uint8Array;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
}

/** RegisteredUser is an account with its place in the key-transparency log. */
export interface RegisteredUser extends User {
  /** The time in the leaf. */
  readonly registeredAt: number;
  /** Index of the leaf that binds the name to the key. */
  readonly leafIndex: number;
}

export interface UserStore {
  /**
   * register stores a new user and appends `leafHash` (32 bytes), made with the same `now`, to the log.
   * It answers false when the username or the identity key is taken, when the key is revoked, or when
   * the name is held after a deletion (C-27, I-09); then nothing is overwritten or appended.
   */
  register(user: User, leafHash: Uint8Array, now: number): Promise<boolean>;
  find(username: string): Promise<RegisteredUser | undefined>;
  findByKey(identityKey: Uint8Array): Promise<RegisteredUser | undefined>;
}

export interface Session {
  /** SHA-256 of the token, 32 bytes; the token itself is never stored (C-112). */
  readonly tokenHash: Uint8Array;
  readonly identityKey: Uint8Array;
  /** 16 bytes, or empty while the session names no device (C-103). */
  readonly deviceId: Uint8Array;
  readonly expiresAt: number;
}

export interface SessionStore {
  /** create answers false, and stores nothing, when the key is banned server-wide (I-07). */
  create(session: Session, now: number): Promise<boolean>;
  /** find answers undefined for an unknown and for an expired session alike. */
  find(tokenHash: Uint8Array, now: number): Promise<Session | undefined>;
}

/** Inbox names one queue: recipient (32 bytes) and channel (16 bytes, or empty for the default one). */
export interface Inbox {
  readonly recipient: Uint8Array;
  readonly channelId: Uint8Array;
}

/** Outgoing is one message to be queued. */
export interface Outgoing extends Inbox {
  readonly payload: Uint8Array;
  readonly expiresAt: number;
  /** Set when the call has a message_id. */
  readonly dedup?: {
    /** Of sender, recipient, channel and message_id (C-37). */
    readonly hash: Uint8Array;
    readonly until: number;
  };
  /** Handed back with the answer, and with that of every duplicate (C-40). */
  readonly receipt?: Uint8Array;
}

export interface Enqueued {
  readonly seq: bigint;
  /** True when the message_id was seen before: seq is that of the first copy, nothing was stored. */
  readonly duplicate: boolean;
  /** That of the message, or of the first copy where there is one. */
  readonly receipt?: Uint8Array;
}

export interface StoredEnvelope {
  readonly seq: bigint;
  readonly data: Uint8Array;
}

export interface ViewBounds {
  /** Most envelopes to return, at least 1. */
  readonly limit: number;
  /** Most bytes of encoded envelopes; the first envelope is returned whatever its size (I-05). */
  readonly maxBytes: number;
  readonly now: number;
}

export interface DeliveryStore {
  /**
   * enqueue stores the whole batch in one transaction or nothing of it (I-02), and answers one entry per
   * message in order. It rejects with InboxFull, having stored nothing.
   */
  enqueue(batch: readonly Outgoing[], now: number): Promise<readonly Enqueued[]>;
  /**
   * view answers the longest prefix, in seq order, of what this view has not acknowledged and what has
   * not expired; undefined when the recipient has not registered this device. An empty deviceId is the
   * unscoped view.
   */
  view(
    inbox: Inbox,
    deviceId: Uint8Array,
    bounds: ViewBounds,
  ): Promise<readonly StoredEnvelope[] | undefined>;
  /**
   * ack moves the cursor of the view: max(old, min(seqUpTo, highest assigned seq)), on unsigned 64-bit
   * values (I-03). False when the recipient has not registered this device.
   */
  ack(inbox: Inbox, deviceId: Uint8Array, seqUpTo: bigint): Promise<boolean>;
}

export interface KeyPackageStore {
  /**
   * upload queues a package unless the same bytes are queued or were handed out during their lifetime
   * (C-107); beyond `cap` the oldest is dropped (C-101).
   */
  upload(
    entry: {
      identityKey: Uint8Array;
      package: Uint8Array;
      fingerprint: Uint8Array;
      expiresAt: number;
    },
    cap: number,
    now: number,
  ): Promise<void>;
  /** pop removes and returns the oldest living package, or undefined; two calls never get the same one. */
  pop(identityKey: Uint8Array, now: number): Promise<Uint8Array | undefined>;
}

export interface HybridKeyStore {
  put(identityKey: Uint8Array, publicKey: Uint8Array, now: number): Promise<void>;
  /** getMany answers one entry per identity, in order; undefined where none is stored. */
  getMany(identityKeys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
}

export interface ServerStateStore {
  /** getOrCreate answers the stored secret of that name, or stores and answers what `create` makes. */
  getOrCreate(name: string, create: () => Uint8Array): Promise<Uint8Array>;
}
