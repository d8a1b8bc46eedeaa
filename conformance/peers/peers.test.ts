// The adapters of this repository: every golden vector passes, and doctor finds nothing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { TOPICS } from "../../vectors/load.ts";
import { stdioChannel } from "../adapter/channel.ts";
import { examine } from "../adapter/doctor.ts";
import { plansOf } from "../adapter/plan/plans.ts";
import { FAMILIES } from "../adapter/protocol.ts";
import { runVectors } from "../adapter/run-vectors.ts";
import { openSession } from "../adapter/session.ts";
import type { Plan } from "../adapter/step.ts";
import { OFFLINE } from "./typescript/families.ts";

const VERSIONS = { suite: "test", spec: "test" };

const TYPESCRIPT = `exec '${process.execPath}' '${pathOf("./typescript/adapter.ts")}'`;
const PYTHON = `exec python3 -B '${pathOf("./python/adapter.py")}'`;
const PYTHON_TOPICS = TOPICS.filter((topic) =>
  ["frames/", "kt/", "identity/safety", "client/padding"].some((start) => topic.startsWith(start)),
);
const noPython = spawnSync("python3", ["--version"]).status === 0 ? false : "python3 is not here";

// All of them pass in the tests of vectors/, and by this adapter in `npm run interop`.
test("typescript: a quarter of the vectors passes, of every operation some", () =>
  passes(TYPESCRIPT, quarterOf(plansOf(TOPICS))));
test("typescript: has every operation that a vector asks for, and no other without a network", async () => {
  const asked = plansOf(TOPICS).flatMap((plan) => plan.steps().map(({ op }) => op));
  const loaded = await Promise.all(Object.values(OFFLINE).map((load) => load()));
  const known = new Set(loaded.flatMap((operations) => Object.keys(operations)));
  assert.deepEqual([...known].sort(), [...new Set(asked)].sort());
  assert.deepEqual(Object.keys(OFFLINE).sort(), [...FAMILIES].sort());
});
test("typescript: doctor", () => isSound(TYPESCRIPT));
test("python: every vector of what it has passes", { skip: noPython }, () =>
  passes(PYTHON, plansOf(PYTHON_TOPICS)),
);
test("python: doctor", { skip: noPython }, () => isSound(PYTHON));

function quarterOf(plans: readonly Plan[]): readonly Plan[] {
  const met = new Set<string>();
  return plans.filter((plan, n) => {
    const before = met.size;
    for (const { op } of plan.steps()) met.add(op);
    return n % 4 === 0 || met.size > before;
  });
}

async function passes(command: string, plans: readonly Plan[]): Promise<void> {
  const options = { ...VERSIONS, timeout: 120_000 };
  const session = await openSession(stdioChannel(command), options);
  const run = { repro: () => "", onResult: () => {} };
  const { results, notes } = await runVectors(session, plans, run);
  const others = results.filter(({ verdict }) => verdict !== "pass");
  assert.deepEqual(others, []);
  assert.deepEqual(notes, []);
  assert.equal(results.length, plans.length);
}

async function isSound(command: string): Promise<void> {
  const findings = await examine(stdioChannel(command), { ...VERSIONS, timeout: 60_000 });
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict !== "ok" && verdict !== "skipped"),
    [],
  );
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
