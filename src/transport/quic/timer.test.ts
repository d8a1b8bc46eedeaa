import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "./binding.ts";
import { EngineTimer } from "./timer.ts";

/** An engine whose deadline is set by hand; it counts what it was told. */
function fakeEngine() {
  const state = { timeout: null as number | null, expired: 0 };
  const engine = {
    timeout: () => state.timeout,
    onTimeout: () => {
      state.expired += 1;
    },
  };
  return { state, engine: engine as unknown as Engine };
}

describe("EngineTimer", () => {
  it("tells the engine when its deadline has come, and nobody before", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { state, engine } = fakeEngine();
    let calls = 0;
    const timer = new EngineTimer(engine, () => {
      calls += 1;
    });
    state.timeout = 50;
    timer.arm();
    // The deadline moved on while the timer ran: it is armed again, and nothing is reported.
    state.timeout = 20;
    t.mock.timers.tick(51);
    assert.deepEqual([state.expired, calls], [0, 0]);
    state.timeout = 0;
    t.mock.timers.tick(21);
    assert.deepEqual([state.expired, calls], [1, 1]);
  });

  it("can be stopped, and is when the engine has no deadline", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { state, engine } = fakeEngine();
    const timer = new EngineTimer(engine, () => assert.fail("it was stopped"));
    for (const withoutDeadline of [true, false]) {
      state.timeout = 10;
      timer.arm();
      state.timeout = null;
      if (withoutDeadline) timer.arm();
      else timer.clear();
      state.timeout = 0;
      t.mock.timers.tick(1000);
    }
    assert.equal(state.expired, 0);
  });

  it("waits for deadlines beyond the reach of setTimeout", async () => {
    const { state, engine } = fakeEngine();
    const timer = new EngineTimer(engine, () => assert.fail("far too early"));
    state.timeout = 2 ** 40;
    timer.arm();
    state.timeout = 0;
    await new Promise((resolve) => setTimeout(resolve, 20));
    timer.clear();
    assert.equal(state.expired, 0);
  });
});
