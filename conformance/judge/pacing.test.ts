// Which calls wait when a subject says RateLimited.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacing, type Pacing } from "./pacing.ts";

const ENQUEUE = 200;
const FETCH_BUNDLE = 751;

test("a short hint holds every call", async () => {
  const pacing = open();
  const order = await orderOf({
    held: pacing.hold(400, ENQUEUE),
    other: pacing.turn(FETCH_BUNDLE),
  });
  assert.deepEqual(order, ["held", "other"]);
});

test("a long hint holds the calls of its method, and no others", async () => {
  const pacing = open();
  const order = await orderOf({
    held: pacing.hold(2_500, FETCH_BUNDLE),
    same: pacing.turn(FETCH_BUNDLE),
    other: pacing.turn(ENQUEUE),
  });
  assert.deepEqual(order, ["other", "held", "same"]);
});

test("that the run is slowed is told once", async () => {
  let told = 0;
  const pacing = open(() => (told += 1));
  await Promise.all([pacing.hold(1), pacing.hold(1), pacing.turn(ENQUEUE)]);
  assert.equal(told, 1);
});

function open(onFirst = () => {}): Pacing {
  return createPacing({ perSecond: 0, onFirst });
}

/** orderOf answers the names of the works in the order in which they ended. */
async function orderOf(works: Readonly<Record<string, Promise<void>>>): Promise<readonly string[]> {
  const ended: string[] = [];
  const watched = Object.entries(works).map(([name, work]) => work.then(() => ended.push(name)));
  await Promise.all(watched);
  return ended;
}
