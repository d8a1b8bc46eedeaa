// The choices of a timer.

import assert from "node:assert/strict";
import { it } from "node:test";
import { TIMER_CHOICES, timerSeconds } from "./timer.ts";

it("30m, 1h, 1d and 7d are taken, and off", () => {
  assert.deepEqual(TIMER_CHOICES.map(timerSeconds), [0, 1800, 3600, 86_400, 604_800]);
  assert.deepEqual(TIMER_CHOICES, ["off", "30m", "1h", "1d", "7d"]);
});

it("nothing else is", () => {
  for (const choice of ["", "2h", "30", "1H", " 1h", "constructor"]) {
    assert.equal(timerSeconds(choice), undefined);
  }
});
