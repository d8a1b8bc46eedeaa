// Bounds on waiting and leaving (spec/limits.md, Time; C-15, C-16). A cap of a second and a drain that
// ends at once are tested by delivery and transport.

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newUsername } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { deliveryCase, waitFor } from "../delivery/inbox.ts";
import { BLINDED } from "../opaque-literals.ts";

const { opaqueRegisterStart } = AuthService.method;

const CAP_MS = 30_000;
const DRAIN_MS = 1_000;
const SLACK_MS = 3_000;

export const timeCases: readonly Case[] = [
  deliveryCase({
    id: "limits.fetch-wait.default-cap",
    rules: ["limits.fetch-wait-cap", "delivery.wait-timeout"],
    tier: "full",
    ms: 45_000,
    // C-16: the idle timeout is longer than the cap; that of the other cases is not.
    server: { limits: { idle_ms: 120_000 } },
    sends: "FetchWait for 60 s on an empty inbox",
    expects: "Ok and no messages after at most 30 s, never DeadlineExceeded",
    checks: ["answer", "empty", "capped"],
    errata: ["C-16"],
    async run(t) {
      const alice = await t.user();
      const start = performance.now();
      const answer = await waitFor(alice, 60_000);
      t.status(answer, Status.Ok);
      const { length } = answer.message().payloads;
      t.check("empty", length === 0, { expected: "no messages", got: `${length}` });
      const took = Math.round(answer.at - start);
      t.check("capped", took < CAP_MS + SLACK_MS, { expected: "30 s", got: `${took} ms` });
    },
  }),

  defineCase({
    id: "limits.drain-timeout.stuck-call",
    rules: ["limits.drain-timeout"],
    features: ["auth"],
    ms: 45_000,
    // Without deadlines nothing else ends the call.
    server: { limits: { header_ms: 0, frame_ms: 0, idle_ms: 0, drain_ms: DRAIN_MS } },
    sends:
      "half a request whose other half never comes, and SIGTERM to a server told to drain for 1 s",
    expects: "the end of the process after that time, or after at most 30 s if it cannot be told",
    checks: ["gone"],
    errata: ["C-15"],
    async run(t) {
      const peer = await t.peer();
      const request = { username: newUsername(), request: BLINDED };
      const stuck = await peer.open();
      await stuck.write(peer.frame(opaqueRegisterStart, request).subarray(0, -4));
      await peer.call(opaqueRegisterStart, request); // answered, so the half has arrived as well
      const start = performance.now();
      const code = await t.terminate();
      const took = Math.round(performance.now() - start);
      t.check("gone", isNear(took, DRAIN_MS) || isNear(took, CAP_MS), {
        expected: "1 s, or 30 s",
        got: `${took} ms`,
      });
      t.note(`exit code ${code} after ${took} ms`);
    },
  }),
];

function isNear(ms: number, limit: number): boolean {
  return ms > limit / 2 && ms < limit + SLACK_MS;
}
