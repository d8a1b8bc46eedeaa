// Peers, and the keys that live with them. Spec: services/federation.md; C-71, I-19.

import type { PeerAddress } from "../stores/federation.ts";
import { type Operation, q, text } from "./statement.ts";

export function* setPeers(peers: readonly PeerAddress[], now: number): Operation<void> {
  yield q("DELETE FROM federation_peers");
  for (const { domain, address } of peers) {
    yield q(
      "INSERT INTO federation_peers (domain, address, updated_at) VALUES (?, ?, ?)",
      domain,
      address,
      now,
    );
  }
}

export function* listPeers(): Operation<readonly PeerAddress[]> {
  const rows = yield q("SELECT domain, address FROM federation_peers ORDER BY domain");
  return rows.map((row) => ({ domain: text(row, "domain"), address: text(row, "address") }));
}

export function* learnAddress(
  identityKey: Uint8Array,
  domain: string,
  now: number,
): Operation<void> {
  yield q(
    `INSERT INTO remote_addresses (identity_key, domain, learned_at) VALUES (?, ?, ?)
     ON CONFLICT (identity_key)
     DO UPDATE SET domain = excluded.domain, learned_at = excluded.learned_at`,
    identityKey,
    domain,
    now,
  );
}

/** findDomains answers one entry per key, in order; undefined for a key that is unknown or local. */
export function* findDomains(
  identityKeys: readonly Uint8Array[],
): Operation<readonly (string | undefined)[]> {
  const domains: (string | undefined)[] = [];
  for (const identityKey of identityKeys) {
    const [row] = yield q(
      `SELECT domain FROM remote_addresses WHERE identity_key = ?
       AND NOT EXISTS (SELECT 1 FROM users WHERE users.identity_key = remote_addresses.identity_key)`,
      identityKey,
    );
    domains.push(row && text(row, "domain"));
  }
  return domains;
}

export function* haveAccounts(identityKeys: readonly Uint8Array[]): Operation<boolean> {
  for (const identityKey of identityKeys) {
    const [row] = yield q("SELECT username FROM users WHERE identity_key = ?", identityKey);
    if (row === undefined) return false;
  }
  return true;
}
