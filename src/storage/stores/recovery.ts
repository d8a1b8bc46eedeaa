// Recovery bundles, found by the hash of their token. Spec: services/recovery.md; C-66, C-67.

export interface RecoveryBundle {
  /** SHA-256 of the recovery token, 32 bytes; the token itself is never stored. */
  readonly tokenHash: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly bundle: Uint8Array;
}

export interface RecoveryStore {
  /**
   * store adds a bundle or replaces the account's own one. `foreign`: another account stored under this
   * hash; `full`: the account has `cap` others. Neither changes anything.
   */
  store(bundle: RecoveryBundle, cap: number, now: number): Promise<"stored" | "foreign" | "full">;
  fetch(tokenHash: Uint8Array): Promise<Uint8Array | undefined>;
  /** remove deletes a bundle of the account. `foreign`: another account's, which stays. */
  remove(
    tokenHash: Uint8Array,
    identityKey: Uint8Array,
  ): Promise<"removed" | "foreign" | "unknown">;
}
