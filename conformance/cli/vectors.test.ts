// `vectors` and `doctor` as commands: exit codes, reports, and the copy for use without us.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Exit } from "./options.ts";

const LAUNCHER = fileURLToPath(new URL("../qpc-conformance.js", import.meta.url));
const BASE = fileURLToPath(new URL("../adapter/broken/base.ts", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "qpc-vectors-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const adapter = (fault: string) => ["--command", `exec '${process.execPath}' '${BASE}' ${fault}`];
const VICTIM = "frames.push.header-cut-to-3";
const PUSH = ["--topic", "frames/push"];

const RUNS: readonly (readonly [code: number, ...argv: string[]])[] = [
  [Exit.AsExpected, "vectors", ...PUSH, ...adapter("")],
  [Exit.Failure, "vectors", ...PUSH, ...adapter(`crash-reply ${VICTIM}`)],
  [Exit.Usage, "vectors"],
  [Exit.Usage, "vectors", "--command", "true", "--attach", "127.0.0.1:1"],
  [Exit.Usage, "vectors", "export"],
  [Exit.Usage, "doctor", "--attach", "nowhere"],
  [Exit.SubjectUnusable, "vectors", ...PUSH, "--command", "exit 7"],
  [Exit.SubjectUnusable, "vectors", ...PUSH, "--attach", "127.0.0.1:1"],
  [Exit.NothingRan, "vectors", "--topic", "no/such", ...adapter("")],
  [Exit.NothingRan, "vectors", "--topic", "kt/*", ...adapter("")],
  [Exit.Harness, "vectors", ...PUSH, ...adapter(`other-id ${VICTIM}`)],
  [Exit.Failure, "doctor", ...adapter("other-version")],
];

for (const [code, ...argv] of RUNS) {
  test(`exit ${code}: ${argv.join(" ").replaceAll(BASE, "…")}`, () => {
    const { status, stdout, stderr } = run(argv);
    assert.equal(status, code, stdout + stderr);
    assert.doesNotMatch(stderr, /^\s+at /m, "no stack");
  });
}

test("the reports of a run", () => {
  const out = join(folder, "reports");
  const { status, stdout } = run(["vectors", ...PUSH, ...adapter(""), "--json", "--out", out]);
  assert.equal(status, Exit.AsExpected);
  const results = JSON.parse(stdout);
  assert.equal(results.totals.pass, results.totals.selected);
  assert.deepEqual(JSON.parse(readFileSync(join(out, "results.json"), "utf8")), results);
  for (const name of ["results.ndjson", "junit.xml"]) assert.ok(existsSync(join(out, name)), name);
});

test("export copies vectors, schemas and README, into an empty folder only", () => {
  const copy = join(folder, "copy");
  assert.equal(run(["vectors", "export", copy]).status, Exit.AsExpected);
  for (const name of ["README.md", "frames/request.json", "mls/group.json", "methods.json"]) {
    assert.ok(existsSync(join(copy, name)), name);
  }
  assert.ok(existsSync(join(copy, "schema/common.schema.json")));
  assert.ok(!existsSync(join(copy, "external")));
  assert.equal(run(["vectors", "export", copy]).status, Exit.Usage);
});

function run(argv: readonly string[]) {
  const options = { encoding: "utf8", timeout: 120_000 } as const;
  return spawnSync(process.execPath, [LAUNCHER, ...argv], options);
}
