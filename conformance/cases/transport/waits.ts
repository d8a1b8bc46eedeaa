// A call that waits, or a request that is long under way, holds up nobody else (spec/transport.md).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { RawStream } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { AT_ONCE_MS, allOk, health, isOk, transportCase } from "./calls.ts";

const { enqueue, fetchWait } = DeliveryService.method;

/** Longer than the case, shorter than the cap of 30 s. */
const WAIT_MS = 20_000n;

export const waitCases: readonly Case[] = [
  transportCase({
    id: "transport.concurrent-calls.beside-fetch-wait",
    rules: ["transport.concurrent-calls"],
    features: ["auth", "delivery"],
    sends: "a FetchWait on an empty inbox; beside it 16 Health calls, then an Enqueue to the inbox",
    expects: "the calls are answered while the wait goes on, and the Enqueue ends it",
    checks: ["answer", "waits", "woken"],
    errata: ["C-12"],
    async run(t) {
      const user = await t.user();
      const wait = await startWait(user);
      allOk(t, await Promise.all(Array.from({ length: 16 }, (_, i) => health(user.peer, i))));
      await t.silent("waits", wait, 100);
      await ends(t, user, wait);
    },
  }),

  transportCase({
    id: "transport.concurrent-connections.fetch-wait",
    rules: ["transport.concurrent-connections"],
    features: ["auth", "delivery"],
    sends: "a FetchWait on one connection; Health on another, and an Enqueue of another session",
    expects: "both are answered while the wait goes on, and the Enqueue ends it",
    checks: ["answer", "waits", "woken"],
    async run(t) {
      const [waiter, other] = [await t.user(), await t.user()];
      const wait = await startWait(waiter);
      allOk(t, [await health(await t.peer()), await health(other.peer)]);
      await t.silent("waits", wait, 100);
      await ends(t, other, wait, waiter.key);
    },
  }),

  transportCase({
    id: "transport.concurrent-connections.many-waits",
    rules: ["transport.concurrent-connections", "transport.concurrent-calls"],
    features: ["auth", "delivery"],
    sends: "12 FetchWaits on one connection; on another, Health and an Enqueue to their inbox",
    expects: "both are answered, and then every wait",
    checks: ["answer", "woken"],
    errata: ["I-06"],
    async run(t) {
      const [waiter, other] = [await t.user(), await t.user()];
      const waits = await Promise.all(Array.from({ length: 12 }, () => startWait(waiter)));
      allOk(t, [await health(other.peer)]);
      await put(other, waiter.key);
      allOk(t, await Promise.all(waits.map((wait) => wait.reaction(AT_ONCE_MS))), "woken");
    },
  }),

  transportCase({
    id: "transport.concurrent-calls.beside-upload",
    rules: ["transport.concurrent-calls"],
    features: ["auth", "delivery"],
    sends: "the first 3 MiB of an Enqueue of 4,000,000 bytes, a Health call, then the rest",
    expects: "Ok to both, the Health call first",
    checks: ["answer", "upload"],
    async run(t) {
      const user = await t.user();
      const request = { recipientKey: user.key, payload: new Uint8Array(4_000_000) };
      const bytes = user.frame(enqueue, request);
      const upload = await user.peer.open();
      await upload.write(bytes.subarray(0, 3 << 20));
      allOk(t, [await health(user.peer)]);
      await upload.finish(bytes.subarray(3 << 20));
      allOk(t, [await upload.reaction(AT_ONCE_MS)], "upload");
    },
  }),
];

/** startWait begins a FetchWait on the default inbox and gives the subject time to begin it too. */
export async function startWait(user: User): Promise<RawStream> {
  const stream = await user.peer.open();
  await stream.finish(user.frame(fetchWait, { recipientKey: user.key, timeoutMs: WAIT_MS }));
  // What is answered later on the same connection arrived later.
  await health(user.peer);
  return stream;
}

async function ends(t: Trial, sender: User, wait: RawStream, key = sender.key): Promise<void> {
  await put(sender, key);
  const got = await wait.reaction(AT_ONCE_MS);
  const brought = isOk(got) && got.kind === "response" && got.payload.length > 0;
  t.check("woken", brought, { expected: "Ok with the message", got: got.kind });
}

async function put(sender: User, recipientKey: Uint8Array): Promise<void> {
  const payload = Buffer.from("wake up");
  demandOk(await sender.call(enqueue, { recipientKey, payload }), "Enqueue");
}
