// A refused or reset call leaves the connection and its other streams alone (spec/status.md).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { describe } from "../../judge/stream.ts";
import { put, waitFor } from "../delivery/inbox.ts";
import { frame, promptly } from "../frames.ts";
import { REFUSALS } from "./refusals.ts";

const { fetch } = DeliveryService.method;

const COMMON = {
  rules: ["status.stream-isolation"],
  features: ["auth", "delivery", "health"],
  errata: ["C-10"],
} as const;

export const isolationCases: readonly Case[] = [
  ...REFUSALS.map(({ name, what, allowed, bytes }) =>
    defineCase({
      ...COMMON,
      id: `status.stream-isolation.behind-${name}`,
      twin: "methods.table.201-fetch",
      sends: `a good Fetch, ${what}, and a good Fetch again, on one connection`,
      expects: "Ok, a refusal, Ok",
      checks: ["answer", "again"],
      async run(t) {
        const user = await t.user();
        const good = () => user.call(fetch, { recipientKey: user.key });
        t.status(await good(), Status.Ok);
        t.reaction(await promptly(user.peer, bytes(t, user)), ...allowed);
        const again = await good();
        t.check("again", again.status === Status.Ok, {
          expected: "Ok (0)",
          got: `status ${again.status}`,
        });
      },
    }),
  ),

  defineCase({
    ...COMMON,
    id: "status.stream-isolation.side-by-side",
    twin: "methods.table.802-health",
    sends:
      "28 streams at once on one connection: every other one is a Health request, the rest is bad",
    expects: "each is answered or reset for itself",
    checks: ["good", "bad"],
    async run(t) {
      const user = await t.user();
      const streams = [...REFUSALS, ...REFUSALS].flatMap((refusal, i) => [
        { id: i, bytes: frame(802, i, new Uint8Array(0)), allowed: [Status.Ok] },
        { id: undefined, bytes: refusal.bytes(t, user), allowed: refusal.allowed },
      ]);
      const reactions = await Promise.all(
        streams.map(async ({ id, bytes, allowed }) => {
          const got = await promptly(user.peer, bytes);
          const status = got.kind === "response" ? got.status : got.kind;
          const own = id === undefined || (got.kind === "response" && got.requestId === id);
          return {
            good: id !== undefined,
            fits: own && allowed.some((one) => one === status),
            got,
          };
        }),
      );
      for (const check of ["good", "bad"]) {
        const group = reactions.filter(({ good }) => good === (check === "good"));
        const wrong = group.filter(({ fits }) => !fits);
        t.check(check, wrong.length === 0, {
          expected: `${group.length} reactions as for each alone`,
          got: wrong.map(({ got }) => describe(got)).join("; "),
        });
      }
    },
  }),

  defineCase({
    ...COMMON,
    id: "status.stream-isolation.beside-a-wait",
    twin: "methods.table.202-fetch-wait",
    sends: "a FetchWait, bad streams of every kind on the same connection, then a message for it",
    expects: "the FetchWait is answered with the message",
    checks: ["answer", "message"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const waiting = waitFor(bob, 10_000);
      // It may fail long before anybody awaits it.
      waiting.catch(() => {});
      await Promise.all(REFUSALS.map(({ bytes }) => promptly(bob.peer, bytes(t, bob))));
      await put(alice, bob, "after all");
      const answer = await waiting;
      t.status(answer, Status.Ok);
      const count = answer.message().payloads.length;
      t.check("message", count === 1, { expected: "one message", got: String(count) });
    },
  }),
];
