// How far each inbox was processed. Spec: client/client.md, services/delivery.md.

import { type Operation, q } from "../../storage/sql/statement.ts";
import { u64, u64Of } from "./columns.ts";

/**
 * cursor is the highest seq of an inbox that was processed, 0 before the first. The default inbox has an
 * empty channelId.
 */
export function* cursor(channelId: Uint8Array): Operation<bigint> {
  const [row] = yield q("SELECT seq FROM cursors WHERE channel_id = ?", channelId);
  return row === undefined ? 0n : u64Of(row, "seq");
}

/** setCursor moves a cursor forward; it never goes back. */
export function* setCursor(channelId: Uint8Array, seq: bigint): Operation<void> {
  yield q(
    `INSERT INTO cursors (channel_id, seq) VALUES (?, ?)
     ON CONFLICT (channel_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > cursors.seq`,
    channelId,
    u64(seq),
  );
}
