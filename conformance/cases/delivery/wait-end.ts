// What ends a FetchWait beside a message: the client, the server's cap, the drain
// (spec/services/delivery.md; C-15, C-16, I-06).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  deliveryCase,
  fetched,
  holdsTexts,
  isWoken,
  LONG_MS,
  peeked,
  put,
  START_MS,
  spellSeqs,
  waitFor,
} from "./inbox.ts";

const { fetchWait } = DeliveryService.method;

export const waitEndCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.fetch-wait.stop-sending",
    rules: ["delivery.wait-cancelled", "status.stream-isolation"],
    sends: "a whole FetchWait request, then STOP_SENDING on its stream; then a message",
    expects: "the connection goes on, and the message is there for a FetchWait and a Fetch on it",
    checks: ["peek", "woken", "kept"],
    errata: ["I-06"],
    run: (t) =>
      cancel(t, async (bob) => {
        const stream = await bob.peer.open();
        await stream.finish(bob.frame(fetchWait, { recipientKey: bob.key, timeoutMs: 5000n }));
        await sleep(START_MS);
        stream.quic.stopSending(Status.Ok);
      }),
  }),

  deliveryCase({
    id: "delivery.fetch-wait.reset",
    rules: ["delivery.wait-cancelled", "status.stream-isolation"],
    sends: "a FetchWait request without FIN, then RESET_STREAM and STOP_SENDING; then a message",
    expects: "the connection goes on, and the message is there for a FetchWait and a Fetch on it",
    checks: ["peek", "woken", "kept"],
    errata: ["I-06"],
    run: (t) =>
      cancel(t, async (bob) => {
        const stream = await bob.peer.open();
        await stream.write(bob.frame(fetchWait, { recipientKey: bob.key, timeoutMs: 5000n }));
        await sleep(START_MS);
        stream.quic.reset(Status.Ok);
        stream.quic.stopSending(Status.Ok);
      }),
  }),

  deliveryCase({
    id: "delivery.fetch-wait.connection-lost",
    rules: ["delivery.wait-cancelled"],
    sends: "a FetchWait whose connection is closed while it waits, then a message",
    expects: "the message is there for the next login",
    checks: ["kept"],
    errata: ["I-06"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const away = await t.logIn(bob.account);
      const lost = waitFor(away, 5000).catch(() => undefined);
      await sleep(START_MS);
      await away.peer.close();
      await lost;
      await put(alice, bob, "one");
      holdsTexts(t, "kept", await fetched(bob), ["one"]);
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.cap",
    rules: ["limits.fetch-wait-cap", "delivery.wait-timeout"],
    server: { limits: { wait_ms: 1000 } },
    sends: "FetchWaits with timeout_ms 2^64 - 1, 2^63, 2^32 and 2^31 on a server with a cap of 1 s",
    expects: "Ok and empty lists within 3 s, and not at once",
    checks: ["answer", "empty", "capped", "held"],
    errata: ["C-16"],
    async run(t) {
      const bob = await t.user();
      const start = performance.now();
      const timeouts = [2n ** 64n - 1n, 2n ** 63n, 2n ** 32n, 2n ** 31n];
      const answers = await Promise.all(
        timeouts.map((timeoutMs) => bob.call(fetchWait, { recipientKey: bob.key, timeoutMs })),
      );
      for (const answer of answers) t.status(answer, Status.Ok);
      const lists = answers.flatMap((answer) => answer.message().payloads);
      t.check("empty", lists.length === 0, { expected: "none", got: spellSeqs(lists) });
      const took = answers.map(({ at }) => Math.round(at - start));
      const got = took.map((ms) => `${ms} ms`).join(", ");
      t.check("capped", Math.max(...took) < 3000, { expected: "within 3 s", got });
      // C-16: an early Ok is accepted, but a client that gets one at once would spin.
      const held = Math.min(...took) > 500;
      t.check("held", held, { expected: "the whole second", got }, "info");
    },
  }),

  deliveryCase({
    id: "delivery.fetch-wait.drain",
    rules: ["delivery.wait-draining"],
    server: {},
    sends: "a FetchWait for 20 s, and SIGTERM to the server while it waits",
    expects: "Ok and an empty list within 3 s",
    checks: ["answer", "empty", "soon"],
    errata: ["C-15", "I-06"],
    async run(t) {
      const bob = await t.user();
      const waiting = waitFor(bob, 20_000);
      await sleep(START_MS);
      const start = performance.now();
      void t.terminate();
      const answer = await waiting;
      t.status(answer, Status.Ok);
      holdsTexts(t, "empty", answer.message().payloads, []);
      const took = Math.round(answer.at - start);
      t.check("soon", took < 3000, { expected: "within 3 s", got: `${took} ms` });
    },
  }),
];

async function cancel(t: Trial, abandon: (bob: User) => Promise<void>): Promise<void> {
  const [alice, bob] = [await t.user(), await t.user()];
  await abandon(bob);
  holdsTexts(t, "peek", await peeked(bob), []);
  const waiting = waitFor(bob, LONG_MS);
  await sleep(START_MS);
  await put(alice, bob, "one");
  await isWoken(t, "woken", waiting, ["one"]);
  // A server that drains gave it to the second wait; only the abandoned one must not have taken it.
  const left = t.profile.fetch === "drain" ? [] : ["one"];
  holdsTexts(t, "kept", await fetched(bob), left);
}
