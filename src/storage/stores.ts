// What the services ask of storage: one interface per method family, no SQL in sight.
// Spec: services/auth.md, sessions.md, services/delivery.md, services/keys.md, services/channel.md.
//
// Every promise of a writing call resolves after the COMMIT that made it durable (I-25). Times are
// Unix milliseconds and always passed in, so that a test can move the clock. Byte arrays that come
// back are copies and belong to the caller; those passed in must not change until the promise settles.

export interface Stores {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly deliveries: DeliveryStore;
  readonly keyPackages: KeyPackageStore;
  readonly hybridKeys: HybridKeyStore;
  readonly channels: ChannelStore;
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

export interface UserStore {
  /** register stores a new user; false when the username or the identity key is taken (C-27). Nothing is overwritten. */
  register(user: User, now: number): Promise<boolean>;
  find(username: string): Promise<User | undefined>;
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
  create(session: Session, now: number): Promise<void>;
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
  /** Set when the call has a message_id: the hash of (sender, recipient, channel, message_id) and how long to remember it (C-37). */
  readonly dedup?: { readonly hash: Uint8Array; readonly until: number };
}

export interface Enqueued {
  readonly seq: bigint;
  /** True when the message_id was seen before: seq is that of the first copy, nothing was stored. */
  readonly duplicate: boolean;
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
  /** view answers the longest prefix, in seq order, of what this view has not acknowledged and what has not expired. */
  view(inbox: Inbox, deviceId: Uint8Array, bounds: ViewBounds): Promise<readonly StoredEnvelope[]>;
  /** ack moves the cursor of the view: max(old, min(seqUpTo, highest assigned seq)), on unsigned 64-bit values (I-03). */
  ack(inbox: Inbox, deviceId: Uint8Array, seqUpTo: bigint): Promise<void>;
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

export interface Channel {
  readonly channelId: Uint8Array;
  readonly members: readonly Uint8Array[];
  /** Keys that were members once: they may still read and acknowledge what is queued for them (I-18). */
  readonly formerMembers: readonly Uint8Array[];
}

export interface ChannelStore {
  find(channelId: Uint8Array): Promise<Channel | undefined>;
  /** create records a channel with its members; a known channelId is left as it is. */
  create(channelId: Uint8Array, members: readonly Uint8Array[], now: number): Promise<void>;
}

export interface ServerStateStore {
  /** getOrCreate answers the stored secret of that name, or stores and answers what `create` makes. */
  getOrCreate(name: string, create: () => Uint8Array): Promise<Uint8Array>;
}
