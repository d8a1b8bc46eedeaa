// Load on a server that is about to be killed: each lane makes one call after the other and records
// what was acknowledged, until the connection is gone.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService, KeyService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { ConnectionError, StreamError } from "../../src/transport/transport.ts";
import { type Client, newAccount, register } from "./client.ts";
import { type CrashRecord, hex, type UserRecord } from "./record.ts";

const ENQUEUE_LANES = 4;
const LARGEST_PAYLOAD = 256;
const PACKAGE_BYTES = 300;

/** Uploads pause here: beyond 100 the server drops the oldest package [keys.queue-cap]. */
const QUEUE_BOUND = 80;

/**
 * putLoad keeps all lanes busy, on a connection per user and one for registrations, until the
 * connections are closed. It rejects when a call is refused.
 */
export async function putLoad(record: CrashRecord, clients: readonly Client[]): Promise<void> {
  const lanes = record.users.flatMap((user, index) => {
    const client = clients[index] as Client;
    const next = record.users[(index + 1) % record.users.length] as UserRecord;
    return [
      ...Array.from({ length: ENQUEUE_LANES }, () => enqueueLane(record, client, user)),
      uploadLane(record, client, user),
      popLane(record, client, user, next),
    ];
  });
  await Promise.all([...lanes, registerLane(record, clients[record.users.length] as Client)]);
}

async function enqueueLane(record: CrashRecord, client: Client, sender: UserRecord) {
  const { users, counts } = record;
  for (let n = 0; ; n++) {
    const { account, inbox } = users[n % users.length] as UserRecord;
    const payload = randomBytes(16 + Math.floor(Math.random() * (LARGEST_PAYLOAD - 16)));
    const text = hex(payload);
    inbox.open.add(text);
    const request = { recipientKey: account.identityKey, payload };
    const answer = await answered(() =>
      client.call(DeliveryService.method.enqueue, request, sender.token),
    );
    if (answer === undefined) return;
    inbox.open.delete(text);
    inbox.stored.set(answer.seq, text);
    counts.messages += 1;
  }
}

async function uploadLane(
  record: CrashRecord,
  client: Client,
  { account, token, queue }: UserRecord,
) {
  for (;;) {
    while (queue.queued.length >= QUEUE_BOUND) await sleep(5);
    const bytes = randomBytes(PACKAGE_BYTES);
    const text = hex(bytes);
    queue.openUpload = text;
    const request = { identityKey: account.identityKey, package: bytes };
    const answer = await answered(() =>
      client.call(KeyService.method.uploadKeyPackage, request, token),
    );
    if (answer === undefined) return;
    queue.openUpload = undefined;
    // A fetch may have been answered before the upload was.
    if (!queue.popped.has(text)) queue.queued.push(text);
    record.counts.uploads += 1;
  }
}

async function popLane(
  { counts, findings }: CrashRecord,
  client: Client,
  caller: UserRecord,
  { account, queue }: UserRecord,
) {
  for (;;) {
    queue.openPops += 1;
    const request = { identityKey: account.identityKey };
    const answer = await answered(() =>
      client.call(KeyService.method.fetchKeyPackage, request, caller.token),
    );
    if (answer === undefined) return;
    queue.openPops -= 1;
    if (answer.package.length === 0) continue;
    const text = hex(answer.package);
    if (queue.popped.has(text)) {
      findings.push({ kind: "key package", what: "a package was handed out twice under load" });
    }
    queue.popped.add(text);
    queue.queued = queue.queued.filter((one) => one !== text);
    counts.pops += 1;
  }
}

async function registerLane({ accounts, counts }: CrashRecord, client: Client) {
  for (;;) {
    const account = newAccount();
    const done = await answered(async () => {
      await register(client, account);
      return true;
    });
    if (done === undefined) return;
    accounts.push(account);
    counts.registrations += 1;
  }
}

/** answered is undefined when the server died before it answered. */
async function answered<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof StreamError) return undefined;
    throw error;
  }
}
