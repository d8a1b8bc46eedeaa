// Vectors against adapters: each fault is the verdict of the vector that it happened to, the others pass.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CASE_FAULTS } from "./broken/base.ts";
import { dialChannel, type OpenChannel, stdioChannel } from "./channel.ts";
import { plansOf } from "./plan/plans.ts";
import { runVectors } from "./run-vectors.ts";
import { openSession } from "./session.ts";

const BASE = fileURLToPath(new URL("./broken/base.ts", import.meta.url));

const all = plansOf(["frames/push"]);
const victim = all.find(({ id }) => id === "frames.push.header-cut-to-3");
assert.ok(victim);

async function run(
  fault: string,
  open: (command: string) => OpenChannel = stdioChannel,
  plans = all,
) {
  const command = `exec '${process.execPath}' '${BASE}' ${fault}`;
  const timeout = fault.startsWith("hangs") ? 2_000 : 20_000;
  const session = await openSession(open(command), { suite: "test", spec: "test", timeout });
  return runVectors(session, plans, { repro: () => "again", onResult: () => {} });
}

for (const open of [stdioChannel, dialChannel]) {
  test(`a sound adapter passes: ${open.name}`, async () => {
    const { results, notes } = await run("", open);
    assert.deepEqual(new Set(results.map(({ verdict }) => verdict)), new Set(["pass"]));
    assert.deepEqual(notes, []);
  });
}

test("faults of one case", { concurrency: 2 }, async (t) => {
  const one = ([fault, verdict]: [string, string]) =>
    t.test(`${fault}: ${verdict}`, async () => {
      const { results } = await run(`${fault} ${victim.id}`);
      const red = results.filter((result) => result.verdict !== "pass");
      assert.deepEqual(
        red.map((result) => [result.id, result.verdict]),
        [[victim.id, verdict]],
      );
      assert.equal(results.length, all.length);
    });
  await Promise.all(Object.entries(CASE_FAULTS).map(one));
});

test("an adapter that dies of every case is given up, and nothing passes", async () => {
  const { results, notes } = await run("second-reply");
  assert.deepEqual(new Set(results.map(({ verdict }) => verdict)), new Set(["harness-error"]));
  assert.match(notes[0] ?? "", /started 21 times/);
});

test("one that says no hello is not run at all", async () => {
  await assert.rejects(run("other-version"), /hello: "adapter" is 1/);
});
