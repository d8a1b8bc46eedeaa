// The liar of the demo as a test: tricks are found out, and a trick that is none is not. `qpc demo` itself
// says with its exit code whether its story ended well.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ANSWER_TRICKS } from "./answer-tricks.ts";
import { INBOX_TRICKS } from "./inbox-tricks.ts";
import { playLies } from "./lies.ts";
import { createNarrator } from "./narrator.ts";
import type { Trick } from "./scene.ts";
import { openTheatre, type Theatre } from "./theatre.ts";

test("tricks of a lying server are detected and named", async () => {
  const { passed, lines } = await playTricks(SOME_TRICKS);
  assert.deepEqual(
    lines.filter((line) => /NOT DETECTED|FAILED/.test(line)),
    [],
  );
  assert.equal(passed, true);
});

test("a server that does not lie is found guilty of nothing", async () => {
  const { passed, lines } = await playTricks(SOME_TRICKS, { tell: () => {} });
  assert.equal(passed, false);
  assert.deepEqual(
    lines.filter((line) => line.includes(" detected:")),
    [],
  );
});

/** Two kinds of them; `qpc demo --lying-server` plays all. */
const SOME_TRICKS = [...ANSWER_TRICKS.slice(0, 2), ...INBOX_TRICKS.slice(0, 2)];

async function playTricks(tricks: readonly Trick[], changes: Partial<Theatre> = {}) {
  const theatre = await openTheatre();
  const lines: string[] = [];
  const narrator = createNarrator((line) => lines.push(line));
  try {
    return { passed: await playLies({ ...theatre, ...changes }, narrator, tricks), lines };
  } finally {
    await theatre.close();
  }
}
