// What the command line answers when it cannot be used: one line on stderr, and the right exit code.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "./main.ts";
import { Exit } from "./options.ts";

const LAUNCHER = fileURLToPath(new URL("../qpc-conformance.js", import.meta.url));

// Each main() listens for errors that nobody awaited.
process.setMaxListeners(0);

const folder = mkdtempSync(join(tmpdir(), "qpc-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const FILE = join(folder, "not-json");
writeFileSync(FILE, "no JSON");

const WRONG: readonly (readonly [line: string, says: RegExp])[] = [
  ["frobnicate", /frobnicate is no command; there are server, both, client, list/],
  ["toString", /toString is no command/],
  ["server", /one of --reference, --command CMD, --target/],
  ["server --reference --command true", /one of --reference/],
  ["server --reference --nonsense", /nonsense/],
  ["server --reference stray", /stray/],
  ["server --reference --tier huge", /smoke, default or full, not huge/],
  ["server --reference --seed -1", /seed/],
  ["server --reference --seed 1.5", /--seed takes a whole number/],
  ["server --reference --parallel 0", /--parallel takes a whole number of at least 1/],
  ["server --reference --timeout-scale 0", /--timeout-scale takes a number above 0/],
  ["server --reference --timeout-scale soon", /not soon/],
  ["server --reference --provenance rumour", /documented or all, not rumour/],
  ["server --reference --reporter pdf", /--reporter pdf: there are console/],
  ["server --reference --profile colour=blue", /the flags are alpn/],
  ["server --reference --profile alpn=h3", /alpn= is one of qpc, qpq/],
  [`server --reference --out ${FILE}/below`, /--out .*ENOTDIR/],
  ["server --target 127.0.0.1:1", /--target needs --ca FILE/],
  [`server --target nowhere --ca ${FILE}`, /nowhere is not HOST:PORT/],
  ["server --target 127.0.0.1:1 --ca /nonexistent", /--ca \/nonexistent: there is no such file/],
  [`server --target 127.0.0.1:1 --ca ${FILE}`, /CERTIFICATE is neither DER nor PEM/],
  ["list --tier huge", /smoke, default or full/],
  ["list --nonsense", /nonsense/],
  ["explain", /explain/],
  ["explain no.such-thing", /no\.such-thing/],
  ["selftest --mutants no.such.mutant", /there is no mutant no\.such\.mutant/],
  ["selftest --clients --mutants queue.seq.gap", /there is no mutant queue\.seq\.gap/],
  ["client --command true --listen 127.0.0.1:0", /one of --command CMD, --attach/],
  ["client --listen 127.0.0.1:0 --dial-out", /--dial-out goes with --command/],
  ["client --attach nowhere", /--attach nowhere is not HOST:PORT/],
  ["client --command true --profile alpn=qpc", /profile/],
  ["client --command true --tier huge", /smoke, default or full, not huge/],
  ["client --command true --timeout-scale 0", /--timeout-scale takes a number above 0/],
  ["doctor --command true --check heartbeat", /--check heartbeat: there are hello, unknown/],
  ["selftest --parallel none", /--parallel takes a whole number/],
];

for (const [line, says] of WRONG) {
  test(`usage: ${line.replaceAll(folder, "…")}`, async () => {
    const { code, stderr } = await quietly(line.split(" "));
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.match(stderr, /^qpc-conformance: /);
    assert.equal(code, Exit.Usage);
  });
}

const HELPS = ["server", "client", "vectors", "doctor", "selftest", "list", "explain"];

for (const line of ["", "--help", ...HELPS.map((name) => `${name} --help`)]) {
  test(`help: ${line || "no command"}`, () => {
    const { status, stdout, stderr } = spawned(line.split(" ").filter(Boolean));
    assert.deepEqual([status, stderr], [line === "" ? Exit.Usage : Exit.AsExpected, ""]);
    assert.match(stdout, /Usage: /);
  });
}

test("a selection of nothing is an error of its own", async () => {
  const { code, stderr } = await quietly(["server", "--reference", "--run", "no.such.case"]);
  assert.equal(code, Exit.NothingRan);
  assert.match(stderr, /the selection is empty/);
});

test("a program that does not start: exit code 3, one line with what it said", () => {
  const out = join(folder, "report");
  const { status, stderr } = spawned([
    "server",
    "--command",
    "echo no disk >&2; exit 4",
    "--out",
    out,
  ]);
  assert.equal(status, Exit.SubjectUnusable, stderr);
  assert.match(stderr, /^qpc-conformance: .*exit code 4; it said: no disk$/m);
  assert.doesNotMatch(stderr, /^\s+at /m, "no stack");
});

function spawned(argv: readonly string[]) {
  return spawnSync(process.execPath, [LAUNCHER, ...argv], { encoding: "utf8" });
}

async function quietly(argv: readonly string[]) {
  let stderr = "";
  const { mock: muted } = mock.method(process.stderr, "write", (text: string) => {
    stderr += text;
    return true;
  });
  try {
    return { code: await main(argv), stderr };
  } finally {
    muted.restore();
  }
}
