// Durable Enqueues (spec/services/delivery.md): through the server with many calls in flight, whose
// writes share commits, beside the store alone with a commit for each.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { connect, logIn, newAccount, register } from "../conformance/crash/client.ts";
import { createTls, startReference } from "../conformance/crash/reference.ts";
import { DeliveryService } from "../src/gen/qpc/v1/methods_pb.ts";
import { openStores } from "../src/storage/drivers/open.ts";
import { createDataDir } from "./data-dir.ts";
import { median, type Outcome } from "./outcome.ts";
import { putLoad } from "./rpc/load.ts";

const IN_FLIGHT = 64;
const MEASURED_MS = 4_000;
const WARM_UP_MS = 1_000;
const ROUNDS = 3;

/** More inboxes than one, because one holds no more than 10,000 messages. */
const RECIPIENTS = Array.from({ length: IN_FLIGHT }, () => randomBytes(32));
const PAYLOAD = randomBytes(1024);

/** benchEnqueue answers Enqueues per second, the median of interleaved rounds. */
export async function benchEnqueue(): Promise<Outcome> {
  await using stack = new AsyncDisposableStack();
  const overTheWire = await connectServer(stack);
  const inTheStore = await openStore(stack);
  await putLoad(overTheWire, IN_FLIGHT, WARM_UP_MS);
  await putLoad(inTheStore, 1, WARM_UP_MS);

  const server: number[] = [];
  const store: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    server.push((await putLoad(overTheWire, IN_FLIGHT, MEASURED_MS)).perSecond);
    store.push((await putLoad(inTheStore, 1, MEASURED_MS)).perSecond);
  }
  const rows = server.map((rate, index) => [
    `round ${index + 1}`,
    Math.round(rate),
    Math.round(store[index] ?? 0),
  ]);
  return {
    columns: ["durable Enqueues/s, 1 KiB", `server, ${IN_FLIGHT} in flight`, "store, one by one"],
    rows: [...rows, ["median", Math.round(median(server)), Math.round(median(store))]],
    findings: ["Both on node:sqlite with synchronous FULL; the server's writes share commits."],
    passed: true,
  };
}

async function connectServer(stack: AsyncDisposableStack): Promise<() => Promise<unknown>> {
  const tls = await createTls();
  const server = await startReference(await createDataDir(stack), tls);
  stack.defer(server.stop);
  const client = await connect(server.port, tls);
  stack.defer(client.close);
  const account = newAccount();
  await register(client, account);
  await logIn(client, account);
  let calls = 0;
  return () => {
    const request = { recipientKey: nextRecipient(calls++), payload: PAYLOAD };
    return client.call(DeliveryService.method.enqueue, request);
  };
}

async function openStore(stack: AsyncDisposableStack): Promise<() => Promise<void>> {
  const path = join(await createDataDir(stack), "qpc.db");
  const stores = await openStores({ backend: "sql", path });
  stack.defer(() => stores.close());
  let calls = 0;
  return async () => {
    const now = Date.now();
    const recipient = nextRecipient(calls++);
    const message = { recipient, channelId: new Uint8Array(0), payload: PAYLOAD };
    await stores.deliveries.enqueue([{ ...message, expiresAt: now + 86_400_000 }], now);
  };
}

function nextRecipient(call: number): Uint8Array {
  return RECIPIENTS[call % RECIPIENTS.length] as Uint8Array;
}
