// The hybrid public keys of others as the outbox needs them: remembered for a while, since an owner may
// replace his at any time, and asked for again when it is over.

import { hexOf } from "../bytes.ts";
import { createPeerKeys, type PeerKeysOptions } from "../peer-keys.ts";

/**
 * HybridKeyOf answers undefined for somebody who has no hybrid key; `fresh` asks the server in any case. It
 * throws as PeerKeys does.
 */
export type HybridKeyOf = (
  identityKey: Uint8Array,
  options: { readonly fresh: boolean },
) => Promise<Uint8Array | undefined>;

const REMEMBERED_MS = 600_000;

export function rememberingHybridKeys(options: PeerKeysOptions): HybridKeyOf {
  const { hybridKeysOf } = createPeerKeys(options);
  const known = new Map<string, { readonly key: Uint8Array | undefined; readonly until: number }>();
  return async (identityKey, { fresh }) => {
    const name = hexOf(identityKey);
    const remembered = known.get(name);
    if (!fresh && remembered && remembered.until > options.now()) return remembered.key;
    const [key] = await hybridKeysOf([identityKey]);
    known.set(name, { key, until: options.now() + REMEMBERED_MS });
    return key;
  };
}
