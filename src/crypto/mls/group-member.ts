// What one member of an MLS group (RFC 9420) can do, said without the library that does it (spec/crypto/mls.md).
// Values are immutable: `send`, `receive` and the like answer the member as it is afterwards in `next`, and
// the old value stays usable. Who calls stores `next` and goes on with it.

/**
 * MlsFault says what was wrong with the bytes that MLS was given, or with what it was asked to do:
 * - `malformed`: not the encoding of what was expected, or bytes left over
 * - `ciphersuite`: another ciphersuite than 0x0001, or another version than mls10
 * - `credential`: not a basic credential, or its identity is not the signature key of the leaf
 * - `lifetime`: a KeyPackage that is not valid yet, not valid any more, or valid for too long
 * - `signature`: a KeyPackage whose signature, or that of its leaf, is wrong
 * - `welcome`: a Welcome that is not for this KeyPackage, does not open, or leads to an invalid group
 * - `wrong-group`: a message of another group
 * - `past-epoch`: a handshake message of an epoch that is over, or a message of an epoch that is forgotten
 * - `future-epoch`: a message of an epoch that this member has not reached
 * - `replayed`: a message that this member has read, or has sent itself
 * - `undecryptable`: a message that the keys of its epoch do not open, or whose signature is wrong
 * - `not-a-member`: this member was removed, or the identity named is not in the group
 * - `invalid-commit`: a commit or proposal that breaks the rules of RFC 9420 or of this protocol
 * - `group-info`: a GroupInfo that is broken, unsigned, or without what an external join needs
 */
export type MlsFault =
  | "malformed"
  | "ciphersuite"
  | "credential"
  | "lifetime"
  | "signature"
  | "welcome"
  | "wrong-group"
  | "past-epoch"
  | "future-epoch"
  | "replayed"
  | "undecryptable"
  | "not-a-member"
  | "invalid-commit"
  | "group-info";

/** MlsError is what every function of this folder throws for bad input. No state has changed then. */
export class MlsError extends Error {
  override name = "MlsError";
  readonly fault: MlsFault;
  constructor(fault: MlsFault, message: string, options?: ErrorOptions) {
    super(`${fault}: ${message}`, options);
    this.fault = fault;
  }
}

export interface Member {
  /** Place in the ratchet tree, from 0; a removed member's place is used again. */
  readonly leafIndex: number;
  /** Ed25519 public key, 32 bytes: signature key and basic credential in one (mls.credential). */
  readonly identityKey: Uint8Array;
}

/** GroupMember is one member's view of one group in one epoch. */
export interface GroupMember {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly identityKey: Uint8Array;
  readonly leafIndex: number;
  /** False after a commit removed this member; all but `encode` then throws `not-a-member`. */
  readonly active: boolean;
  /** In ascending order of leaf index; of a removed member those of its last epoch, itself among them. */
  readonly members: readonly Member[];
  /** 32 bytes, equal for all members of an epoch (RFC 9420 section 8.7). */
  readonly epochAuthenticator: Uint8Array;
  /** True while proposals wait for a commit; `send` throws `invalid-commit` then (RFC 9420 section 12.4). */
  readonly hasProposals: boolean;

  /** send answers a PrivateMessage (as MLSMessage) with the plaintext, which it does not pad. */
  send(plaintext: Uint8Array): Promise<Sent>;

  /** receive takes one MLSMessage: an application message, a proposal or a commit of another member. */
  receive(message: Uint8Array): Promise<Received>;

  /**
   * commit adds and removes members and commits all waiting proposals; without a change it renews the own
   * keys. `add` holds KeyPackages, `remove` identity keys. It throws for a KeyPackage that
   * `inspectKeyPackage` would refuse, `not-a-member` for an unknown key, `invalid-commit` for the rest.
   * This member stays in its epoch until the answer is merged.
   */
  commit(change?: GroupChange): Promise<PendingCommit>;

  /** proposeUpdate proposes new keys for the own leaf; they come into force with another's commit. */
  proposeUpdate(): Promise<Sent>;

  /** leave proposes the removal of the own leaf, which another member has to commit. */
  leave(): Promise<Sent>;

  /** groupInfo answers an MLSMessage(GroupInfo) with ratchet tree and external_pub, for `joinExternal`. */
  groupInfo(): Promise<Uint8Array>;

  /** encode answers all private state for `Mls.decode`: a version byte, then bytes private to this code. */
  encode(): Uint8Array;
}

export interface Sent {
  readonly next: GroupMember;
  /** MLSMessage. */
  readonly message: Uint8Array;
}

export interface GroupChange {
  readonly add?: readonly Uint8Array[];
  readonly remove?: readonly Uint8Array[];
}

/** Received: what a message was. Members are named by identity key. */
export type Received =
  | {
      readonly kind: "application";
      readonly next: GroupMember;
      readonly sender: Uint8Array;
      /** The epoch of the message, at most four before the own. */
      readonly epoch: bigint;
      readonly plaintext: Uint8Array;
    }
  | {
      readonly kind: "commit";
      readonly next: GroupMember;
      readonly sender: Uint8Array;
      readonly added: readonly Uint8Array[];
      readonly removed: readonly Uint8Array[];
    }
  | { readonly kind: "proposal"; readonly next: GroupMember; readonly sender: Uint8Array };

/** PendingCommit is an own commit that is not in force until it is known that it won its epoch. */
export interface PendingCommit {
  /** MLSMessage for all members of the old epoch. */
  readonly message: Uint8Array;
  /** MLSMessage for the members that this commit adds; undefined when it adds none. */
  readonly welcome: Uint8Array | undefined;
  readonly added: readonly Uint8Array[];
  readonly removed: readonly Uint8Array[];

  /**
   * merge answers the member in the new epoch. What `current` read in the old epoch since this commit was
   * made counts as read afterwards too. It throws `wrong-group`, `past-epoch` or `future-epoch` when
   * `current` is not in the group and epoch that this commit ends.
   */
  merge(current: GroupMember): GroupMember;

  /** encode answers all private state for `Mls.decodePending`. */
  encode(): Uint8Array;
}
