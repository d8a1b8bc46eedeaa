// What becomes of a peer that is built, that cannot be, and that lacks its tool.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBuilder } from "./build.ts";
import type { Step } from "./peers.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-build-"));
const before = process.env.QPC_PEER_CACHE;
process.env.QPC_PEER_CACHE = folder;
after(() => {
  if (before === undefined) delete process.env.QPC_PEER_CACHE;
  else process.env.QPC_PEER_CACHE = before;
  rmSync(folder, { recursive: true, force: true });
});

const shell = (script: string): Step => ({ tool: "sh", args: ["-c", script], cwd: folder });

test("steps run in order, each once", async () => {
  const told: string[] = [];
  const build = createBuilder((line) => told.push(line));
  const steps = [shell("echo one >> log"), shell("test $(wc -l < log) = 1")];
  assert.deepEqual(await build(steps), { state: "ready" });
  assert.deepEqual(await build(steps), { state: "ready" });
  assert.equal(told.length, 2);
});

test("a step that fails is told with what it printed, a missing tool by its name", async () => {
  const build = createBuilder(() => {});
  const broken = await build([shell("echo no such type; exit 3"), shell("touch never")]);
  assert.equal(broken.state, "broken");
  assert.match(String(Object(broken).why), /exit code 3\nno such type/);
  const missing = await build([{ tool: "no-such-tool", args: [], cwd: folder }]);
  assert.deepEqual(missing, { state: "left-out", why: "no-such-tool is not here" });
});
