// What the services ask of storage about group records: keys and opaque bytes beside an MLS group.
// Spec: services/group.md, services/channel.md; C-59, C-61.

import type { OpenedChannel } from "./channels.ts";

/** GroupCall registers a group record or extends it. */
export interface GroupCall {
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  /** 16 random bytes: the ID of the channel, where the record is new. */
  readonly channelId: Uint8Array;
  readonly caller: Uint8Array;
  /** Keys that become members besides the caller, with an account or without; some may be already. */
  readonly memberKeys: readonly Uint8Array[];
}

export interface OpenedGroup extends OpenedChannel {
  /** Members after the call, ascending. */
  readonly members: readonly Uint8Array[];
  /** Those that the call added, the caller of a registration not among them. */
  readonly added: readonly Uint8Array[];
}

/** GroupRefusal: the caller is no member of the registered record, or there is no room for the keys. */
export type GroupRefusal = "stranger" | "full";

export interface Removal {
  /** False when the key was no member. */
  readonly removed: boolean;
  /** Members after the call, ascending. */
  readonly members: readonly Uint8Array[];
}

/** Metadata fields that are absent stay as they are (C-61). */
export interface MetadataChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly settings?: Uint8Array | undefined;
}

export interface StoredMember {
  readonly identityKey: Uint8Array;
  /** Empty when no account has the key. */
  readonly username: string;
  readonly joinedAt: number;
}

export interface GroupStore {
  /** open registers a record of at most `most` members, or adds to it; refused, it stores nothing. */
  open(call: GroupCall, most: number, now: number): Promise<OpenedGroup | GroupRefusal>;
  /** isMember answers undefined when there is no such record. */
  isMember(groupId: Uint8Array, identityKey: Uint8Array): Promise<boolean | undefined>;
  /** remove makes a member a former one; the record goes with its last member. Undefined: no record. */
  remove(groupId: Uint8Array, memberKey: Uint8Array, now: number): Promise<Removal | undefined>;
  /** describe answers the revision, which counts the calls that changed a field; undefined: no record. */
  describe(groupId: Uint8Array, change: MetadataChange): Promise<bigint | undefined>;
  /** members answers at most `limit` members with a key above `afterKey`, ascending; none without a record. */
  members(
    groupId: Uint8Array,
    afterKey: Uint8Array,
    limit: number,
  ): Promise<readonly StoredMember[]>;
}
