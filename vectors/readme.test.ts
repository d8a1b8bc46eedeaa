// The example of README.md runs as it stands there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
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

  it("names every file of messages with the methods that are in it", () => {
    const rows = [...README.matchAll(/^\| `messages\/([a-z0-9]+)\.json` +\| ([0-9, -]+?) +\|$/gm)];
    const named = rows.map(([, topic]) => topic).sort();
    const present = globSync(`${FOLDER}messages/*.json`).map((file) => basename(file, ".json"));
    const others = ["common", "push"];
    assert.deepEqual(named.concat(others).sort(), present.sort());
    const { methods } = JSON.parse(readFileSync(`${FOLDER}methods.json`, "utf8")) as {
      methods: readonly { id: number; family: string }[];
    };
    for (const [, family, ids = ""] of rows) {
      const own = methods.filter((method) => method.family === family).map(({ id }) => id);
      assert.deepEqual(expand(ids, own), own, family);
    }
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

/** expand reads "700-702, 710"; a range means the numbers of `known` in it. */
function expand(ids: string, known: readonly number[]): number[] {
  return ids.split(", ").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    const inside = known.filter((id) => id >= first && id <= last);
    return inside.length > 0 ? inside : [first];
  });
}
