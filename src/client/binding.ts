// The proof that a name leads to a key (spec/crypto/key-transparency.md; C-53).

import { bindingEntry } from "../crypto/kt/entries.ts";
import { leafHash } from "../crypto/kt/hash.ts";
import { verifyInclusion } from "../crypto/kt/verify.ts";
import type { InclusionProof } from "../gen/qpc/v1/kt_pb.ts";
import { sameBytes } from "./bytes.ts";
import { ClientFault } from "./faults.ts";

/** Address is a name as people write it, taken apart. */
export interface Address {
  /** The name that the log of its server has. */
  readonly username: string;
  /** In lower case; undefined for a user of the home server. */
  readonly domain: string | undefined;
}

/** addressOf splits `user@domain`; no name has an @ itself (C-108). */
export function addressOf(name: string): Address {
  const at = name.indexOf("@");
  if (at < 0) return { username: name, domain: undefined };
  return { username: name.slice(0, at), domain: name.slice(at + 1).toLowerCase() };
}

/** The length of a name has two bytes in an entry. */
const MOST_NAME_BYTES = 65_535;

/**
 * demandName throws ClientFault `log-proof` for a name that nobody has (C-108), whatever the server proves
 * of it: one that no entry holds, or with control characters, at which some databases would cut it.
 */
export function demandName(name: string): void {
  const isPossible = !/\p{Cc}/u.test(name) && Buffer.byteLength(name) <= MOST_NAME_BYTES;
  if (!isPossible) throw new ClientFault("log-proof", "the key of a name that nobody can have");
}

/**
 * checkBinding throws ClientFault `log-proof` unless the proof is of the binding of this name to this key
 * (32 bytes), in a log of its size and root. That this log is the one that others see it does not tell.
 */
export function checkBinding(
  username: string,
  identityKey: Uint8Array,
  proof: InclusionProof,
): void {
  const entry = bindingEntry(username, identityKey, proof.timestampMs);
  if (!sameBytes(leafHash(entry), proof.leafHash)) {
    throw new ClientFault("log-proof", "the proof is of another name, key or time");
  }
  if (verifyInclusion(proof)) return;
  throw new ClientFault("log-proof", "the inclusion proof does not hold");
}
