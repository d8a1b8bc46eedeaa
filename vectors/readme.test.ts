// The example of README.md runs as it stands there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadVectors } from "./load.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const README = readFileSync(`${FOLDER}README.md`, "utf8");
const absent = spawnSync("python3", ["--version"]).status === 0 ? false : "no python3 here";

describe("vectors/README.md", () => {
  it("has an example in Python that passes every request vector", { skip: absent }, () => {
    const [, script = ""] = /```python\n([\s\S]*?)```/.exec(README) ?? [];
    assert.ok(script.split("\n").length <= 25);
    const run = spawnSync("python3", ["-c", script], { cwd: FOLDER, encoding: "utf8" });
    assert.equal(run.stderr, "");
    const { vectors } = loadVectors("frames/request");
    assert.equal(run.stdout, `${vectors.length} vectors passed\n`);
  });

  it("shows a vector as it is in the file", () => {
    const [, shown = ""] = /```json\n([\s\S]*?)```/.exec(README) ?? [];
    const vector = JSON.parse(shown);
    const { vectors } = loadVectors("frames/request");
    assert.deepEqual(
      vectors.find(({ id }) => id === vector.id),
      vector,
    );
  });
});
