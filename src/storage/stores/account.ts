// The end of an account. Spec: services/account.md; C-73, I-08, I-09.

/** NewDeletion is the account to delete, and the revocation of its key that the log gains. */
export interface NewDeletion {
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Leaf hash of the revocation entry, 32 bytes, made with the time that is passed beside it. */
  readonly leafHash: Uint8Array;
  /** Until when nobody may register the username (C-73). */
  readonly nameHeldUntil: number;
}

/** LeftGroup is a group record that lost the account, with the members that it has left. */
export interface LeftGroup {
  readonly groupId: Uint8Array;
  readonly members: readonly Uint8Array[];
}

export interface AccountStore {
  /**
   * delete purges what belongs to an account, ends its sessions and revokes its key, in one transaction;
   * a key that is revoked already keeps its revocation. It answers the group records that lost it as a
   * member, or undefined, having done nothing, when no account has the key.
   */
  delete(deletion: NewDeletion, now: number): Promise<readonly LeftGroup[] | undefined>;
}
