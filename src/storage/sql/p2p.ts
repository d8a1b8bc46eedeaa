// Node addresses: one per identity, the last publication counts. Spec: services/p2p.md; S-07.

import { refuseDeleted } from "./deleted.ts";
import { blob, type Operation, q } from "./statement.ts";

/** publishEndpoint stores an address; an empty one leaves the identity without. */
export function* publishEndpoint(
  identityKey: Uint8Array,
  nodeAddress: Uint8Array,
  now: number,
): Operation<void> {
  yield* refuseDeleted(identityKey);
  if (nodeAddress.length === 0) {
    yield q("DELETE FROM endpoints WHERE identity_key = ?", identityKey);
    return;
  }
  yield q(
    `INSERT INTO endpoints (identity_key, node_addr, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (identity_key)
     DO UPDATE SET node_addr = excluded.node_addr, updated_at = excluded.updated_at`,
    identityKey,
    nodeAddress,
    now,
  );
}

export function* resolveEndpoint(identityKey: Uint8Array): Operation<Uint8Array | undefined> {
  const [row] = yield q("SELECT node_addr FROM endpoints WHERE identity_key = ?", identityKey);
  return row && blob(row, "node_addr");
}
