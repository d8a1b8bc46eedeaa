// The runner of the official vectors, on files made here: what it must accept, and above all what it
// must not let pass.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createFixtures, type Fixture } from "./fixtures.ts";
import { judge } from "./judge.ts";
import { loadManifest, type VectorSet } from "./manifest.ts";
import { main } from "./run.ts";
import { SUITES } from "./suites.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "qpc-vectors-"));
after(() => rmSync(FOLDER, { recursive: true }));

const fixtures = await createFixtures();
const manifest = fixtures.map((fixture) => write(fixture, fixture.good));

describe("vectors:external", () => {
  it("passes when every case does", async () => {
    const { code, output } = await run([FOLDER]);
    assert.equal(code, 0, output);
    assert.match(output, /^mls +tree-math +mls\/tree-math\.json +1\/1 +\d+\.\d s$/m);
    assert.match(output, /^mls +3\/3$/m);
    assert.match(output, /^passed: 9 cases$/m);
  });

  for (const fixture of fixtures) {
    it(`fails a wrong answer in ${fixture.suite}/${fixture.set}`, async () => {
      const set = write(fixture, fixture.wrong, "wrong");
      const { passed, total, faults } = await judge({ folder: join(FOLDER, "wrong"), set });
      assert.deepEqual([passed, total, faults.length], [0, 1, 1]);
    });
  }

  it("says which case failed, and fails", async () => {
    const [fixture] = fixtures;
    assert.ok(fixture);
    const set = write(fixture, fixture.wrong, "wrong");
    const { code, output } = await run([join(FOLDER, "wrong")], [set]);
    assert.equal(code, 1);
    assert.match(output, /^mls\/tree-math: #0: Missing expected exception: sibling of 2$/m);
    assert.match(output, /^FAILED: 1 of 1 sets$/m);
  });

  it("judges no file that is not the published one", async () => {
    const folder = "other";
    const sets = fixtures.map((fixture) => write(fixture, fixture.good, folder));
    writeFileSync(join(FOLDER, folder, "mls/tree-math.json"), "[]");
    rmSync(join(FOLDER, folder, "merkle/inclusion.json"));
    const { code, output } = await run([join(FOLDER, folder)], sets);
    assert.equal(code, 1);
    assert.match(
      output,
      /^mls\/tree-math: mls\/tree-math\.json is not the file that was published$/m,
    );
    assert.match(output, /^merkle\/inclusion: merkle\/inclusion\.json cannot be read$/m);
    assert.match(output, /^mls +tree-math .* 0\/0 .* FAILED$/m);
    assert.match(output, /^FAILED: 2 of 9 sets$/m);
  });

  it("fails when the number of cases is another", async () => {
    const [first] = manifest;
    assert.ok(first);
    const { code, output } = await run([FOLDER], [{ ...first, cases: 2 }]);
    assert.equal(code, 1);
    assert.match(output, /there are 1 cases, 2 were published/);
  });

  it("fails a set that nothing judges", async () => {
    const [first] = manifest;
    assert.ok(first);
    const { faults } = await judge({ folder: FOLDER, set: { ...first, set: "unheard-of" } });
    assert.deepEqual(faults, ["nothing here judges this set"]);
  });

  it("skips when the folder is not there, and never says passed", async () => {
    const folder = join(FOLDER, "nowhere");
    const { code, output } = await run([folder]);
    assert.deepEqual([code, output], [0, `skipped (no vectors in ${folder})`]);
  });

  it("judges only the sets that are asked for", async () => {
    const { code, output } = await run([FOLDER, "--only", "merkle", "--only", "mls/tree-math"]);
    assert.equal(code, 0);
    assert.match(output, /^passed: 3 cases$/m);
  });

  it("refuses wrong usage with 2, and answers --help", async () => {
    for (const argv of [["--what"], [FOLDER, FOLDER], ["--only", "tls"], ["--only"]]) {
      assert.equal((await run(argv)).code, 2, argv.join(" "));
    }
    const { code, output } = await run(["--help"]);
    assert.equal(code, 0);
    assert.match(output, /^Usage:/m);
  });
});

describe("manifest.json", () => {
  const sets = loadManifest();

  it("names the sets that are judged, each once", () => {
    const judged = Object.entries(SUITES).flatMap(([suite, own]) =>
      Object.keys(own).map((set) => `${suite}/${set}`),
    );
    assert.deepEqual(
      sets.map(({ suite, set }) => `${suite}/${set}`),
      judged,
    );
  });

  it("counts what was published", () => {
    const counts: Record<string, number> = {};
    for (const { suite, cases } of sets) counts[suite] = (counts[suite] ?? 0) + cases;
    assert.deepEqual(counts, {
      mls: 785,
      opaque: 21,
      "opaque-intermediates": 18,
      x25519: 518,
      ed25519: 151,
      "chacha20-poly1305": 325,
      "hkdf-sha256": 86,
      "ml-kem-768": 567,
      "ml-kem-768-acvp": 80,
      merkle: 196,
    });
  });
});

/** write puts the file of a fixture into a folder and answers the set that it is. */
function write({ suite, set }: Fixture, content: unknown, folder = "."): VectorSet {
  const path = `${suite}/${set}.json`;
  const text = JSON.stringify(content);
  mkdirSync(join(FOLDER, folder, suite), { recursive: true });
  writeFileSync(join(FOLDER, folder, path), text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { suite, set, cases: 1, files: { [path]: sha256 } };
}

async function run(argv: readonly string[], sets: readonly VectorSet[] = manifest) {
  const lines: string[] = [];
  const code = await main(argv, sets, (line) => lines.push(line));
  return { code, output: lines.join("\n") };
}
