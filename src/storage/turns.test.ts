// Turns by name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

test("work under one name runs in order, also after a failure; other names do not wait", async () => {
  const turns = createTurns();
  const ran: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns("a", async () => {
    await gate.promise;
    ran.push("a1");
    throw new Error("a1 fails");
  });
  const second = turns("a", async () => {
    ran.push("a2");
    return 2;
  });
  await turns("b", async () => {
    ran.push("b");
  });
  gate.resolve();
  await assert.rejects(first, /a1 fails/);
  assert.equal(await second, 2);
  assert.deepEqual(ran, ["b", "a1", "a2"]);
  assert.equal(await turns("a", async () => 3), 3);
});
