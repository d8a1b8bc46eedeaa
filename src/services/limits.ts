// Limits that services go by. A configuration sets them and a hook may change them while the server runs,
// so they are read where they are needed and never copied.

/** ServiceLimits are milliseconds. */
export interface ServiceLimits {
  /** Longest wait of a FetchWait (C-16). */
  readonly waitMs: number;
  readonly sessionMs: number;
  readonly pendingLoginMs: number;
}
