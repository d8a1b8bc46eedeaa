// A FetchWait and the session and the rate limit behind it (spec/services/delivery.md, spec/limits.md;
// C-23, C-86, I-06).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { User } from "../../judge/user.ts";
import { burst, countOf, look, RATE, rateCase, UNPACED } from "../limits/steps.ts";
import { deliveryCase, holdsTexts, LONG_MS, put, START_MS, waitFor } from "./inbox.ts";

/** Lifetime of a session, long enough for a registration and a login on a slow machine. */
const SESSION_MS = 3_000;
/** Longer than the window of the rate limit, in milliseconds. */
const WAIT_MS = 1_500;

export const waitSessionCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.fetch-wait.session-expires",
    rules: ["delivery.wait-session-ends", "sessions.expiry"],
    server: { limits: { session_ms: SESSION_MS } },
    sends: "a FetchWait for 5 s by a session that ends after 3 s, then a message",
    expects: "Unauthorized, or Ok with an empty list: nothing that came after the end",
    checks: ["status", "no-message", "at-the-end"],
    errata: ["C-23", "I-06"],
    async run(t) {
      const bob = await t.newUser();
      const alice = await t.newUser();
      const waiting = waitFor(alice, LONG_MS);
      waiting.catch(() => {}); // of no interest when bob cannot log in
      await sleep(SESSION_MS + START_MS);
      const again = await t.logIn(bob.account);
      await put(again, alice, "too late");
      const answer = await waiting;
      const isOver = answer.status === Status.Unauthorized;
      t.check("status", isOver || answer.status === Status.Ok, {
        expected: "Unauthorized or Ok",
        got: statusName(answer.status),
      });
      holdsTexts(t, "no-message", isOver ? [] : answer.message().payloads, []);
      // I-06: a wait that runs to its timeout is accepted as well.
      t.check("at-the-end", isOver, { expected: "Unauthorized", got: "Ok" }, "warn");
    },
  }),

  rateCase({
    id: "limits.rate.wait-counts-once",
    rules: ["limits.rate-limit"],
    sends: "49 FetchWaits for 1.5 s at once and a Peek; 49 Peeks when the waits are over",
    expects: "Ok for all: a wait counts when it begins, and neither while it waits nor at its end",
    checks: ["waits", "beside", "after"],
    errata: ["C-86", "I-06"],
    async run(t) {
      const alice = await t.user();
      const waits = burst(RATE - 1, () => waitOnce(alice));
      const beside = await look(alice);
      const served = countOf(await waits, Status.Ok);
      t.check("waits", served === RATE - 1, { expected: "49 times Ok", got: `${served} times` });
      const { status } = beside;
      t.check("beside", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      const after = countOf(await burst(RATE - 1, () => look(alice)), Status.Ok);
      t.check("after", after === RATE - 1, { expected: "49 times Ok", got: `${after} times` });
    },
  }),
];

function waitOnce({ call, key }: User) {
  const request = { recipientKey: key, timeoutMs: BigInt(WAIT_MS) };
  return call(DeliveryService.method.fetchWait, request, { ...UNPACED, ms: WAIT_MS + 5000 });
}
