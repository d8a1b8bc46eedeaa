// The log that the vectors are about, entry by entry. Spec: services/kt.md, crypto/key-transparency.md.

import { byte, utf8 } from "../protobuf-writer.ts";
import { leafHash } from "./merkle.ts";

export interface Binding {
  readonly kind: "binding";
  readonly username: string;
  /** Hex, as in all vectors. */
  readonly identityKey: string;
  readonly timeMs: bigint;
}

export interface Revocation {
  readonly kind: "revocation";
  readonly identityKey: string;
  readonly reason: keyof typeof REASONS;
  readonly timeMs: bigint;
}

export type Entry = Binding | Revocation;

const REASONS = { compromised: 1, superseded: 2, user_revoked: 3 } as const;

const [ALICE, BOB, CAROL, ZOE, ALICE_AGAIN] = ["a1", "b2", "c3", "d4", "e5"].map((pair) =>
  pair.repeat(32),
) as [string, string, string, string, string];

/** LOG has a name that is used again after its account was deleted, and every reason. */
export const LOG: readonly Entry[] = [
  binding("alice", ALICE, 1_700_000_000_000n),
  binding("bob", BOB, 1_700_000_000_001n),
  binding("carol", CAROL, 1_700_000_060_000n),
  revocation(BOB, "compromised", 1_700_000_120_000n),
  binding("zoë-名", ZOE, 1_700_000_120_000n),
  revocation(CAROL, "superseded", 1_700_003_600_000n),
  revocation(ALICE, "user_revoked", 1_700_086_400_000n),
  binding("alice", ALICE_AGAIN, 1_702_678_400_001n),
];

/** LEAVES are the leaf hashes of LOG. */
export const LEAVES: readonly string[] = LOG.map((entry) => leafHash(entryBytes(entry)));

/** entryBytes is an entry as hex. */
export function entryBytes(entry: Entry): string {
  if (entry.kind === "revocation") {
    const { identityKey, reason, timeMs } = entry;
    return `02${identityKey}${byte(REASONS[reason])}${uint(timeMs, 8)}`;
  }
  const name = utf8(entry.username);
  return `01${uint(name.length / 2, 2)}${name}${entry.identityKey}${uint(entry.timeMs, 8)}`;
}

function uint(value: bigint | number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, "0");
}

function binding(username: string, identityKey: string, timeMs: bigint): Binding {
  return { kind: "binding", username, identityKey, timeMs };
}

function revocation(identityKey: string, reason: Revocation["reason"], timeMs: bigint): Revocation {
  return { kind: "revocation", identityKey, reason, timeMs };
}
