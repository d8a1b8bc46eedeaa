// The rate limit: 50 calls per second in a sliding window (spec/limits.md, Rate; C-86).

import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../../src/gen/qpc/v1/common_pb.ts";
import { DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { User } from "../../judge/user.ts";
import {
  burst,
  busiestWindow,
  countOf,
  exhaust,
  look,
  nextWindow,
  RATE,
  ROUNDING_MS,
  rateCase,
  type Shot,
  UNPACED,
} from "./steps.ts";

const { batchEnqueue } = DeliveryService.method;
const { fetchHybridKeys } = KeyService.method;

const BURST = 500;

export const rateCases: readonly Case[] = [
  rateCase({
    id: "limits.rate.50-at-once",
    rules: ["limits.rate-limit"],
    sends: "50 Peeks at once from one session, and 50 more when a second is over",
    expects: "Ok for all",
    checks: ["first", "second"],
    errata: ["C-86"],
    async run(t) {
      const alice = await t.user();
      for (const check of ["first", "second"]) {
        if (check === "second") await nextWindow();
        const served = countOf(await burst(RATE, () => look(alice)), Status.Ok);
        t.check(check, served === RATE, { expected: "50 times Ok", got: `${served} times` });
      }
    },
  }),

  rateCase({
    id: "limits.rate.burst-500",
    rules: ["limits.rate-limit", "status.rate-limited"],
    twin: "limits.rate.50-at-once",
    sends: "500 Peeks at once from one session; Health; a Peek when a second is over",
    expects: "Ok or RateLimited, at most 50 times Ok in a second; then Ok on the same connection",
    checks: ["statuses", "at-most", "answer", "connection-lives", "after"],
    errata: ["C-86"],
    async run(t) {
      const alice = await t.user();
      const shots = await burst(BURST, () => look(alice));
      const [served, limited] = [countOf(shots, Status.Ok), countOf(shots, Status.RateLimited)];
      t.check("statuses", served + limited === BURST && served >= RATE, {
        expected: "at least 50 times Ok, otherwise RateLimited",
        got: `${served} times Ok, ${limited} times RateLimited`,
      });
      const most = busiestWindow(shots);
      t.check("at-most", most <= RATE, { expected: "50 in a second", got: `${most}` });
      const refused = shots.find(({ answer }) => answer.status === Status.RateLimited);
      t.refused((refused ?? (shots[0] as Shot)).answer, Status.RateLimited);
      await t.connectionLives(alice.peer);
      await nextWindow();
      const { status } = await look(alice);
      t.check("after", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  rateCase({
    id: "limits.rate.sliding",
    rules: ["limits.rate-limit"],
    sends:
      "per session a Peek, 49 after 700 ms, and 50 at a time from 1.05 s to 1.65 s; two, 0.5 s apart",
    expects: "in no second more than 50 times Ok, wherever it begins",
    checks: ["some", "alice", "bob"],
    errata: ["C-86"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [first, second] = await Promise.all([
        salvoes(alice),
        sleep(500).then(() => salvoes(bob)),
      ]);
      const served = Math.min(countOf(first, Status.Ok), countOf(second, Status.Ok));
      t.check("some", served >= RATE, { expected: "50 or more", got: `${served}` });
      for (const [check, shots] of [
        ["alice", first],
        ["bob", second],
      ] as const) {
        const most = busiestWindow(shots);
        t.check(check, most <= RATE, { expected: "50 in a second", got: `${most}` });
      }
    },
  }),

  rateCase({
    id: "limits.rate.retry-hint",
    rules: ["limits.retry-hint"],
    when: { "rate-limit": ["on"], reconstructed: ["draft"] },
    sends: "Peeks until one is RateLimited, and one more when its retry_after_ms is over",
    expects: "a hint of 1 to 1000 ms, and Ok after it",
    checks: ["hint", "after"],
    errata: ["C-11", "C-86"],
    async run(t) {
      const alice = await t.user();
      const { answer } = await exhaust(() => look(alice));
      const hint = Number(fromBinary(ErrorDetailSchema, answer.payload).retryAfterMs);
      t.check("hint", hint >= 1 && hint <= 1000, { expected: "1 to 1000 ms", got: `${hint} ms` });
      await sleep(Math.min(hint, 1000) + ROUNDING_MS);
      const { status } = await look(alice);
      t.check("after", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  rateCase({
    id: "limits.batch-cost.100-recipients",
    rules: ["limits.batch-cost"],
    twin: "delivery.batch-enqueue.100-recipients",
    sends: "49 Peeks and, within the same second, a BatchEnqueue for 100 recipients",
    expects: "RateLimited, because it counts as two calls",
    errata: ["I-23"],
    async run(t) {
      const user = await t.user();
      t.refused(await lastOfWindow(user, batch(user, 100)), Status.RateLimited);
    },
  }),

  rateCase({
    id: "limits.batch-cost.100-identities",
    rules: ["limits.batch-cost"],
    twin: "keys.batch.order",
    features: ["auth", "delivery", "keys"],
    sends: "49 Peeks and, within the same second, a FetchHybridKeys for 100 identities",
    expects: "RateLimited, because it counts as two calls",
    errata: ["I-23"],
    async run(t) {
      const user = await t.user();
      const identityKeys = Array.from({ length: 100 }, () => user.key);
      const answer = await lastOfWindow(user, () =>
        user.call(fetchHybridKeys, { identityKeys }, UNPACED),
      );
      t.refused(answer, Status.RateLimited);
    },
  }),

  rateCase({
    id: "limits.batch-cost.one-recipient",
    rules: ["limits.batch-cost"],
    sends: "49 Peeks and, within the same second, a BatchEnqueue for one recipient",
    expects: "Ok: it counts as one call",
    errata: ["I-23"],
    async run(t) {
      const user = await t.user();
      t.status(await lastOfWindow(user, batch(user, 1)), Status.Ok);
    },
  }),
];

// A window that begins anew with the second, or with the first call, lets through 50 calls just before it
// does and 50 just after; two sessions half a second apart meet the turn of any second.
async function salvoes(user: User): Promise<readonly Shot[]> {
  const begin = performance.now();
  const shots: Promise<readonly Shot[]>[] = [];
  for (const [at, count] of [
    [0, 1],
    [700, RATE - 1],
    [1050, RATE],
    [1200, RATE],
    [1350, RATE],
    [1500, RATE],
    [1650, RATE],
  ] as const) {
    await sleep(Math.max(0, begin + at - performance.now()));
    shots.push(burst(count, () => look(user)));
  }
  return (await Promise.all(shots)).flat();
}

function batch({ call, key }: User, recipients: number): () => Promise<Answer> {
  const recipientKeys = Array.from({ length: recipients }, () => key);
  return () => call(batchEnqueue, { recipientKeys, payload: Buffer.from("x") }, UNPACED);
}

/** lastOfWindow makes a call as the 50th of one second, again if that took longer than a second. */
async function lastOfWindow(user: User, call: () => Promise<Answer>): Promise<Answer> {
  for (let round = 1; ; round++) {
    const begin = performance.now();
    await burst(RATE - 1, () => look(user));
    const answer = await call();
    if (answer.at - begin < 950 || round === 5) return answer;
    await nextWindow();
  }
}
