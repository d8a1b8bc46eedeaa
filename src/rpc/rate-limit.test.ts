import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRateLimiter } from "./rate-limit.ts";

test("the window slides: a call is free again a window after it was counted", () => {
  const { take, at } = limiter(3, 1000);
  assert.deepEqual([take("a"), at(100).take("a"), at(200).take("a")], [0, 0, 0]);
  assert.equal(at(300).take("a"), 700, "until the first call has left the window");
  assert.equal(at(999).take("a"), 1);
  assert.equal(at(1000).take("a"), 0);
  assert.equal(at(1000).take("a"), 100, "until the second has");
});

test("keys do not count for each other", () => {
  const { take } = limiter(1, 1000);
  assert.equal(take("a"), 0);
  assert.equal(take("b"), 0);
  assert.notEqual(take("a"), 0);
});

test("a refused call is not counted", () => {
  const { take, at } = limiter(1, 1000);
  assert.equal(take("a"), 0);
  for (let n = 0; n < 10; n++) assert.notEqual(at(500).take("a"), 0);
  assert.equal(at(1000).take("a"), 0);
});

test("a cost counts as that many calls, at most as a whole window", () => {
  const { take, at } = limiter(5, 1000);
  assert.equal(take("a", 3), 0);
  assert.equal(at(400).take("a", 3), 600);
  assert.equal(at(400).take("a", 2), 0);
  assert.equal(at(2000).take("a", 50), 0, "an empty window takes any batch");
  assert.equal(at(2000).take("a"), 1000);
});

test("giveBack takes the newest call out of the count", () => {
  const { take, giveBack, at } = limiter(2, 1000);
  assert.deepEqual([take("a"), at(500).take("a")], [0, 0]);
  giveBack("a");
  assert.equal(at(600).take("a"), 0);
  assert.equal(at(600).take("a"), 400, "the first call still counts");
  giveBack("nobody");
});

test("a limit of 0 limits nothing", () => {
  const { take, giveBack } = limiter(0, 1000);
  for (let n = 0; n < 1000; n++) assert.equal(take("a", 1000), 0);
  giveBack("a");
});

test("an idle key starts afresh", () => {
  const { take, at } = limiter(1, 1000);
  for (let n = 0; n < 50; n++) assert.equal(take(`idle-${n}`), 0);
  assert.equal(at(5000).take("other"), 0);
  assert.equal(at(5000).take("idle-0"), 0);
});

test("a limit that changes counts from the next call on", () => {
  const window = { limit: 3, windowMs: 1000, now: () => 5 };
  const { take } = createRateLimiter(window);
  assert.deepEqual([take("a"), take("a")], [0, 0]);
  window.limit = 1;
  assert.equal(take("a"), 1000);
  window.limit = 0;
  assert.deepEqual([take("a"), take("a")], [0, 0]);
  window.limit = 3;
  assert.deepEqual([take("a"), take("a")], [0, 1000]);
});

test("it agrees with counting by hand, and its hint is exact", () => {
  const calls = fc.array(
    fc.record({
      wait: fc.nat(700),
      key: fc.constantFrom("a", "b"),
      cost: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), calls, (limit, steps) => {
      let time = 0;
      const { take } = createRateLimiter({ limit, windowMs: 1000, now: () => time });
      const counted: { key: string; at: number }[] = [];
      for (const { wait, key, cost } of steps) {
        time += wait;
        const inWindow = (now: number) =>
          counted.filter((call) => call.key === key && call.at > now - 1000).length;
        const needed = Math.min(cost, limit);
        const answer = take(key, cost);
        assert.equal(answer === 0, inWindow(time) + needed <= limit);
        if (answer === 0) {
          for (let n = 0; n < needed; n++) counted.push({ key, at: time });
        } else {
          assert.ok(inWindow(time + answer) + needed <= limit, "the hint is enough");
          assert.ok(inWindow(time + answer - 1) + needed > limit, "and no more than that");
        }
      }
    }),
  );
});

function limiter(limit: number, windowMs: number) {
  let time = 0;
  const made = createRateLimiter({ limit, windowMs, now: () => time });
  return {
    ...made,
    at(now: number) {
      time = now;
      return made;
    },
  };
}
