// What this client holds of transparency logs: every leaf hash of the home server's, and the last verified
// root of every other domain's. Spec: crypto/key-transparency.md.

import { blob, count, type Operation, q } from "../../storage/sql/statement.ts";

/** LogRoot is the root of a log of `size` leaves. */
export interface LogRoot {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** logSize is how many leaves are held; they are the first of the log, without gaps. */
export function* logSize(): Operation<number> {
  const [row] = yield q("SELECT COALESCE(MAX(leaf_index) + 1, 0) AS size FROM log_leaves");
  return row === undefined ? 0 : count(row, "size");
}

/** appendLeaves adds verified leaf hashes of 32 bytes. It throws RangeError unless `start` is the logSize. */
export function* appendLeaves(start: number, leaves: readonly Uint8Array[]): Operation<void> {
  const size = yield* logSize();
  if (start !== size) throw new RangeError(`leaves from ${start} on, but ${size} are held`);
  for (const [n, leaf] of leaves.entries()) {
    yield q("INSERT INTO log_leaves (leaf_index, leaf_hash) VALUES (?, ?)", start + n, leaf);
  }
}

/** leaves answers the leaf hashes from `start` to before `end`, fewer when not all of them are held. */
export function* leaves(start: number, end: number): Operation<readonly Uint8Array[]> {
  const rows = yield q(
    `SELECT leaf_hash FROM log_leaves WHERE leaf_index >= ? AND leaf_index < ?
     ORDER BY leaf_index`,
    start,
    end,
  );
  return rows.map((row) => blob(row, "leaf_hash"));
}

/** remoteRoot answers the last verified root of another domain's log. */
export function* remoteRoot(domain: string): Operation<LogRoot | undefined> {
  const [row] = yield q("SELECT size, root FROM remote_roots WHERE domain = ?", domain);
  return row && { size: count(row, "size"), root: blob(row, "root") };
}

/** saveRemoteRoot keeps the larger of the stored root and this one, so that a log never shrinks here. */
export function* saveRemoteRoot(domain: string, { size, root }: LogRoot): Operation<void> {
  yield q(
    `INSERT INTO remote_roots (domain, size, root) VALUES (?, ?, ?)
     ON CONFLICT (domain) DO UPDATE SET size = excluded.size, root = excluded.root
     WHERE excluded.size > remote_roots.size`,
    domain,
    size,
    root,
  );
}
