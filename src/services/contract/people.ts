// Accounts of services under test: stored as a registration would, with their leaf.

import { bindingEntry } from "../../crypto/kt/entries.ts";
import { leafHash } from "../../crypto/kt/hash.ts";
import type { Host } from "./host.ts";

/** signUp registers an account for the user with this number, and answers whether it could. */
export function signUp({ stores, clock }: Host, username: string, number: number) {
  const identityKey = new Uint8Array(32).fill(number);
  const now = clock.now();
  const leaf = leafHash(bindingEntry(username, identityKey, now));
  return stores.users.register({ username, record: new Uint8Array(192), identityKey }, leaf, now);
}
