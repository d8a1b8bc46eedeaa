// `vectors`, `doctor` and `client` as commands: exit codes, reports, and the copy for use without us.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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
const SMALL = "client-framing.request.ten-byte-header";
const SEND = "client-keys.upload.*";
const PUSH = ["--topic", "frames/push"];

const RUNS: readonly (readonly [code: number, ...argv: string[]])[] = [
  [Exit.AsExpected, "vectors", ...PUSH, ...adapter("")],
  [Exit.Failure, "vectors", ...PUSH, ...adapter(`crash-reply ${VICTIM}`)],
  [Exit.Usage, "vectors"],
  [Exit.Usage, "vectors", "--command", "true", "--attach", "127.0.0.1:1"],
  [Exit.Usage, "vectors", "--attach", "127.0.0.1:1", "--dial-out"],
  [Exit.Usage, "vectors", "--listen", "nowhere"],
  [Exit.Usage, "doctor", "--check", "heartbeat", "--command", "true"],
  [Exit.Usage, "client"],
  [Exit.Usage, "client", "--parallel", "0", "--command", "true"],
  [Exit.SubjectUnusable, "client", "--command", "exit 7"],
  [Exit.SubjectUnusable, "client", ...adapter("few-at-once")],
  [Exit.NothingRan, "client", "--run", "no.such.case", ...adapter("")],
  [Exit.NothingRan, "client", "--run", SEND, "--out", folder, ...adapter("")],
  [Exit.AsExpected, "client", "--run", SMALL, "--out", folder, ...adapter("")],
  [Exit.Failure, "client", "--run", SMALL, "--out", folder, ...adapter(`crash-reply ${SMALL}`)],
  [Exit.Harness, "client", "--run", SMALL, "--out", folder, ...adapter(`other-id ${SMALL}`)],
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

test("an adapter that listens, and one that connects here, are judged as any other", async () => {
  const listening = start([BASE], { QPC_LISTEN: "0" });
  try {
    const { port } = JSON.parse(await said(listening.stdout, /\{.*\}/));
    for (const attempt of ["first", "again, after bye"]) {
      const argv = ["vectors", ...PUSH, "--attach", `127.0.0.1:${port}`, "--json"];
      const { status, stdout, stderr } = run(argv);
      assert.equal(status, Exit.AsExpected, `${attempt}: ${stderr}`);
      const { totals } = JSON.parse(stdout);
      assert.ok(totals.pass > 0 && totals.pass === totals.selected);
    }
    // A connection that ends is a life that ends; the adapter takes the next.
    const argv = ["vectors", ...PUSH, "--attach", `127.0.0.1:${port}`];
    assert.equal(run(argv).status, Exit.AsExpected);
  } finally {
    listening.kill();
  }

  const runner = start([LAUNCHER, "vectors", ...PUSH, "--listen", "127.0.0.1:0"], {});
  runner.stdout.resume();
  const address = /127\.0\.0\.1:\d+/;
  const adapter = start([BASE], { QPC_RUNNER: await said(runner.stderr, address) });
  try {
    const [code] = await once(runner, "exit");
    assert.equal(code, Exit.AsExpected);
  } finally {
    runner.kill();
    adapter.kill();
  }
});

test("the reports of a run", () => {
  const out = join(folder, "reports");
  const { status, stdout } = run(["vectors", ...PUSH, ...adapter(""), "--json", "--out", out]);
  assert.equal(status, Exit.AsExpected);
  const results = JSON.parse(stdout);
  assert.equal(results.totals.pass, results.totals.selected);
  assert.deepEqual(JSON.parse(readFileSync(join(out, "results.json"), "utf8")), results);
  for (const name of ["results.ndjson", "junit.xml"]) assert.ok(existsSync(join(out, name)), name);
});

test("export copies vectors, schemas, README and licence, into an empty folder only", () => {
  const copy = join(folder, "copy");
  assert.equal(run(["vectors", "export", copy]).status, Exit.AsExpected);
  for (const name of [
    "README.md",
    "LICENSE",
    "frames/request.json",
    "mls/group.json",
    "methods.json",
  ]) {
    assert.ok(existsSync(join(copy, name)), name);
  }
  assert.ok(existsSync(join(copy, "schema/common.schema.json")));
  assert.ok(!existsSync(join(copy, "external")));
  assert.equal(run(["vectors", "export", copy]).status, Exit.Usage);
});

function start(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ...env },
    stdio: [...stdio],
  });
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  return child;
}

/** said waits for a text in the output of a program, which is read to its end. */
function said(output: NodeJS.ReadableStream, text: RegExp): Promise<string> {
  let seen = "";
  return new Promise((resolve, reject) => {
    output.on("data", (chunk) => {
      seen += chunk;
      const found = text.exec(seen)?.[0];
      if (found !== undefined) resolve(found);
    });
    output.on("end", () => reject(new Error(`it ended, and said: ${seen}`)));
  });
}

function run(argv: readonly string[]) {
  const options = { encoding: "utf8", timeout: 120_000 } as const;
  return spawnSync(process.execPath, [LAUNCHER, ...argv], options);
}
