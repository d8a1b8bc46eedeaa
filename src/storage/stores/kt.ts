// The key-transparency log as the services see it. Spec: services/kt.md; C-52, I-10, I-20.
//
// The log holds hashes only; what was hashed is known to whoever asked for it (C-73).

/** NewRevocation is a key to be revoked, and the leaf that says so. */
export interface NewRevocation {
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly reason: string;
  /** Leaf hash of the revocation entry, 32 bytes, made with the time that is passed beside it. */
  readonly leafHash: Uint8Array;
}

export interface Revocation {
  readonly reason: string;
  /** Index of its leaf in the log. */
  readonly leafIndex: number;
  readonly revokedAt: number;
}

export interface KtStore {
  /** leaves answers at most `limit` leaf hashes of 32 bytes from index `from` on, in order. */
  leaves(from: number, limit: number): Promise<readonly Uint8Array[]>;
  /**
   * revoke appends the leaf, ends every session of the key and drops its KeyPackages and hybrid key. A
   * key that is revoked already keeps its first revocation, which is answered, and nothing is appended
   * (I-10). Undefined, and nothing done, when no account has the key.
   */
  revoke(revocation: NewRevocation, now: number): Promise<Revocation | undefined>;
  /** findRevocation answers undefined for every other key, an unknown one included. */
  findRevocation(identityKey: Uint8Array): Promise<Revocation | undefined>;
}
