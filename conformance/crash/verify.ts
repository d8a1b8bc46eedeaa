// After a restart: asks the server over the wire for everything it acknowledged, and adds what is
// missing to the findings.

import { DeliveryService, KeyService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { type Account, type Client, logIn, Refused } from "./client.ts";
import { type CrashRecord, checkInbox, checkQueue, type UserRecord } from "./record.ts";

/** More than an inbox ever holds, so that one Fetch shows all of it. */
const EVERYTHING = 100_000;

/** verify checks every inbox and queue, and that the given accounts log in. */
export async function verify(
  record: CrashRecord,
  client: Client,
  accounts: readonly Account[],
): Promise<void> {
  const { findings } = record;
  for (const user of record.users) {
    try {
      findings.push(...checkInbox(user.inbox, await fetchAll(client, user)));
      findings.push(...checkQueue(user.queue, await popAll(client, user)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      findings.push({ kind: "session", what: `${user.account.username}: ${error.message}` });
    }
  }
  for (const account of accounts) {
    try {
      await logIn(client, account);
    } catch (error) {
      const why = (error as Error).message;
      findings.push({ kind: "account", what: `${account.username} cannot log in: ${why}` });
    }
  }
}

/** acknowledge acks a user's inbox up to a seq; from then on nothing up to it may come back. */
export async function acknowledge(
  { counts }: CrashRecord,
  client: Client,
  { account, token, inbox }: UserRecord,
  seqUpTo: bigint,
): Promise<void> {
  const request = { recipientKey: account.identityKey, seqUpTo };
  await client.call(DeliveryService.method.ack, request, token);
  inbox.cursor = seqUpTo;
  for (const seq of inbox.stored.keys()) if (seq <= seqUpTo) inbox.stored.delete(seq);
  counts.acks += 1;
}

async function fetchAll(client: Client, { account, token }: UserRecord) {
  const request = { recipientKey: account.identityKey, limit: EVERYTHING };
  const { payloads } = await client.call(DeliveryService.method.fetch, request, token);
  return payloads;
}

async function popAll(client: Client, { account, token }: UserRecord): Promise<Uint8Array[]> {
  const handedOut: Uint8Array[] = [];
  for (;;) {
    const request = { identityKey: account.identityKey };
    const answer = await client.call(KeyService.method.fetchKeyPackage, request, token);
    if (answer.package.length === 0) return handedOut;
    handedOut.push(answer.package);
  }
}
