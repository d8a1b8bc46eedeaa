import assert from "node:assert/strict";
import { test } from "node:test";
import { createClock } from "../rpc/clock.ts";
import type { Call } from "../rpc/service.ts";
import { createHealthService } from "./health.ts";

test("it counts whole seconds, and says when it drains", async () => {
  const clock = createClock();
  let draining = false;
  const [health] = createHealthService({ clock, draining: () => draining, proofs: undefined });
  const ask = () => health?.handle({} as never, {} as Call);
  assert.deepEqual(await ask(), { status: "ok", uptimeSecs: 0n });
  clock.advance(61_000);
  draining = true;
  assert.deepEqual(await ask(), { status: "draining", uptimeSecs: 61n });
});

test("it names the key that signs delivery proofs, where there is one", async () => {
  const proofs = { publicKey: new Uint8Array(32).fill(7) };
  const [health] = createHealthService({ clock: createClock(), draining: () => false, proofs });
  const answer = await health?.handle({} as never, {} as Call);
  assert.deepEqual(answer, { status: "ok", uptimeSecs: 0n, signingKey: proofs.publicKey });
});
