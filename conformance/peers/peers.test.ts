// The adapters of this repository: every golden vector passes, and doctor finds nothing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Topic } from "../../vectors/format.ts";
import { TOPICS } from "../../vectors/load.ts";
import { stdioChannel } from "../adapter/channel.ts";
import { examine } from "../adapter/doctor.ts";
import { plansOf } from "../adapter/plan/plans.ts";
import { FAMILIES } from "../adapter/protocol.ts";
import { runVectors } from "../adapter/run-vectors.ts";
import { openSession } from "../adapter/session.ts";
import { OPERATIONS } from "./typescript/adapter.ts";

const VERSIONS = { suite: "test", spec: "test" };

const TYPESCRIPT = `exec '${process.execPath}' '${pathOf("./typescript/adapter.ts")}'`;
const PYTHON = `exec python3 -B '${pathOf("./python/adapter.py")}'`;
const PYTHON_TOPICS = TOPICS.filter((topic) =>
  ["frames/", "kt/", "identity/safety", "client/padding"].some((start) => topic.startsWith(start)),
);
const noPython = spawnSync("python3", ["--version"]).status === 0 ? false : "python3 is not here";

test("typescript: every vector passes", () => passes(TYPESCRIPT, TOPICS));
test("typescript: has every operation that a vector asks for, and no other", () => {
  const asked = plansOf(TOPICS).flatMap((plan) => plan.steps().map(({ op }) => op));
  const known = Object.keys(OPERATIONS).filter((op) => op !== "hello" && op !== "bye");
  assert.deepEqual(known.sort(), [...new Set(asked)].sort());
  const families = new Set(known.map((op) => op.split(".")[0]));
  assert.deepEqual([...families].sort(), [...FAMILIES].sort());
});
test("typescript: doctor", () => isSound(TYPESCRIPT));
test("python: every vector of what it has passes", { skip: noPython }, () =>
  passes(PYTHON, PYTHON_TOPICS),
);
test("python: doctor", { skip: noPython }, () => isSound(PYTHON));

async function passes(command: string, topics: readonly Topic[]): Promise<void> {
  const options = { ...VERSIONS, timeout: 120_000 };
  const session = await openSession(stdioChannel(command), options);
  const plans = plansOf(topics);
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
    findings.filter(({ verdict }) => verdict !== "ok"),
    [],
  );
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
