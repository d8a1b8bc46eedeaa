// When a sweep runs, and that a failed one is not the last.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClock } from "../rpc/clock.ts";
import { StorageUnavailable } from "../storage/stores.ts";
import { createSweeper } from "./sweeper.ts";

test("a sweep goes on until nothing is left, and never runs beside another", async () => {
  const swept: ((deleted: number) => void)[] = [];
  const sweep = () => new Promise<number>((resolve) => swept.push(resolve));
  const run = createSweeper({ sweep }, createClock(), { error: assert.fail });
  const first = run();
  await run();
  assert.equal(swept.length, 1);
  swept[0]?.(1000);
  await new Promise(setImmediate);
  assert.equal(swept.length, 2);
  swept[1]?.(0);
  await first;
  void run();
  assert.equal(swept.length, 3);
});

test("a sweep that fails is told, and the next one runs", async () => {
  const told: string[] = [];
  const sweep = () => Promise.reject(new StorageUnavailable("the disk is full"));
  const error = (_: unknown, message?: string) => told.push(String(message));
  const run = createSweeper({ sweep }, createClock(), { error });
  await run();
  await run();
  assert.deepEqual(told, ["sweep failed", "sweep failed"]);
});
