// The record of a crash test: what the server acknowledged, what is open because the server died before
// it answered, and what a restart must therefore show.

import type { Account } from "./client.ts";

/** Finding is a promise that the server broke. */
export interface Finding {
  readonly kind: "message" | "key package" | "account" | "session";
  readonly what: string;
}

/** InboxRecord is one user's inbox. */
export interface InboxRecord {
  /** Acknowledged messages above the cursor: payload in hex by seq. */
  readonly stored: Map<bigint, string>;
  /** Payloads that were sent and never answered: they may be there or not. */
  readonly open: Set<string>;
  /** Acknowledged with Ack; nothing up to here may come back. */
  cursor: bigint;
}

/** QueueRecord is one user's KeyPackages. */
export interface QueueRecord {
  /** Acknowledged and not handed out, in the order of their uploads. */
  queued: string[];
  /** Handed out; none of them may be handed out again. */
  readonly popped: Set<string>;
  /** The upload that was not answered, if there is one. */
  openUpload: string | undefined;
  /** Fetches that were not answered: each may have taken a package with it. */
  openPops: number;
}

/** UserRecord is a user whose inbox and queue are written to. */
export interface UserRecord {
  readonly account: Account;
  readonly token: Uint8Array;
  readonly inbox: InboxRecord;
  readonly queue: QueueRecord;
}

export interface Counts {
  messages: number;
  acks: number;
  uploads: number;
  pops: number;
  registrations: number;
}

export interface CrashRecord {
  readonly users: readonly UserRecord[];
  /** Accounts whose registration was acknowledged, oldest first. */
  readonly accounts: Account[];
  /** Writes that were acknowledged under load. */
  readonly counts: Counts;
  readonly findings: Finding[];
}

/** createRecord begins with users that are registered and logged in. */
export function createRecord(
  users: readonly { readonly account: Account; readonly token: Uint8Array }[],
): CrashRecord {
  return {
    users: users.map((user) => ({
      ...user,
      inbox: { stored: new Map(), open: new Set(), cursor: 0n },
      queue: { queued: [], popped: new Set(), openUpload: undefined, openPops: 0 },
    })),
    accounts: users.map(({ account }) => account),
    counts: { messages: 0, acks: 0, uploads: 0, pops: 0, registrations: 0 },
    findings: [],
  };
}

/** hex is how payloads and packages are remembered. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** checkInbox compares what Fetch returned with the record, and takes over what was open. */
export function checkInbox(
  { stored, open, cursor }: InboxRecord,
  shown: readonly { readonly seq: bigint; readonly data: Uint8Array }[],
): Finding[] {
  const findings: Finding[] = [];
  const report = (what: string) => findings.push({ kind: "message", what });
  const seen = new Map(shown.map(({ seq, data }) => [seq, hex(data)]));
  for (const [seq, payload] of stored) {
    const found = seen.get(seq);
    if (found === undefined) report(`seq ${seq} was acknowledged and is gone`);
    else if (found !== payload) report(`seq ${seq} has other bytes`);
  }
  let last = cursor;
  for (const [seq, payload] of seen) {
    if (seq <= cursor) report(`seq ${seq} is back after the Ack up to ${cursor}`);
    else if (seq <= last) report(`seq ${seq} comes after seq ${last}`);
    else if (!stored.has(seq) && !open.delete(payload)) report(`seq ${seq} was never sent`);
    last = seq;
    stored.set(seq, payload);
  }
  open.clear();
  return findings;
}

/** checkQueue compares what FetchKeyPackage handed out until it was empty with the record. */
export function checkQueue(queue: QueueRecord, handedOut: readonly Uint8Array[]): Finding[] {
  const findings: Finding[] = [];
  const report = (what: string) => findings.push({ kind: "key package", what });
  const given = handedOut.map(hex);
  for (const one of given) {
    if (queue.popped.has(one)) report("a package was handed out again");
    else if (one !== queue.openUpload && !queue.queued.includes(one)) {
      report("a package was never uploaded");
    }
    queue.popped.add(one);
  }
  // A fetch that was not answered may have taken the oldest package, and no other.
  const missing = queue.queued.filter((one) => !given.includes(one));
  const oldest = queue.queued.slice(0, missing.length);
  const lost = missing.filter((one, index) => one !== oldest[index] || index >= queue.openPops);
  for (const one of lost) report(`package ${one.slice(0, 16)}… was acknowledged and is gone`);
  for (const one of missing) queue.popped.add(one);
  queue.queued = [];
  queue.openUpload = undefined;
  queue.openPops = 0;
  return findings;
}
