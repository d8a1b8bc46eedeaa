// qpc against qpc-server, both as processes: what a person at a shell sees. The tests build on each
// other, as commands in one directory do.

import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ALICE_PASSWORD = { QPC_PASSWORD: "correct horse" };

let directory: string;
let server: ChildProcess;
let environment: NodeJS.ProcessEnv;
/** What a failed test may have left running. */
const piped: ChildProcess[] = [];

before(start, { timeout: 30_000 });
after(stop);

async function start(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), "qpc-cli-"));
  const dataDir = join(directory, "data");
  const config = { data_dir: dataDir, limits: { rate_per_s: 0 } };
  server = spawn(process.execPath, [binary("qpc-server"), "--allow-insecure-auth"], {
    env: { ...process.env, QPC_TEST_CONFIG: JSON.stringify(config), RUST_LOG: "error" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, "line")) as [string];
  const { QPC_PASSWORD: _, ...inherited } = process.env;
  environment = {
    ...inherited,
    QPC_SERVER: `127.0.0.1:${JSON.parse(line).ready.port}`,
    QPC_CA_CERT: join(dataDir, "server-cert.der"),
    QPC_SERVER_NAME: "localhost",
  };
}

async function stop(): Promise<void> {
  for (const child of piped) child.kill("SIGKILL");
  if (server.exitCode === null) {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  }
  await rm(directory, { recursive: true });
}

test("register, login, Enqueue and Fetch", { timeout: 60_000 }, async () => {
  const health = await qpc(["health"]);
  assert.equal(health.code, 0, health.stderr);
  assert.equal(JSON.parse(health.stdout).status, "ok");
  assert.match((await qpc(["ping"])).stderr, /^round trip \d+\.\d ms\n$/);

  const registered = await qpc(["register", "alice"], ALICE_PASSWORD);
  assert.equal(registered.code, 0, registered.stderr);
  const stateFile = join(directory, "qpc-state.json");
  const state = JSON.parse(await readFile(stateFile, "utf8"));
  assert.equal(
    registered.stdout,
    `registered alice with identity key ${state.identity_key as string}\n`,
  );
  assert.equal((await stat(stateFile)).mode & 0o777, 0o600);

  const early = await qpc(["call", "Fetch", "{}"]);
  assert.equal(early.code, 2);
  assert.match(early.stderr, /^qpc: Fetch needs a session and qpc-state\.json has none[^\n]*\n$/);

  const loggedIn = await qpc(["login", "alice"], ALICE_PASSWORD);
  assert.deepEqual(loggedIn, { code: 0, stdout: "logged in as alice\n", stderr: "" });

  const recipientKey = Buffer.from(state.identity_key, "hex").toString("base64");
  const message = { recipientKey, payload: Buffer.from("hi").toString("base64") };
  const enqueued = await qpc(["call", "Enqueue", JSON.stringify(message)]);
  assert.deepEqual(JSON.parse(enqueued.stdout), { seq: "1" });
  const fetched = await qpc(["call", "Fetch", JSON.stringify({ recipientKey })]);
  assert.deepEqual(JSON.parse(fetched.stdout), { payloads: [{ seq: "1", data: "aGk=" }] });

  const raw = `0a20${state.identity_key as string}`;
  const fetchedRaw = await qpc(["call", "201", "--raw-hex", raw]);
  assert.equal(fetchedRaw.stdout, fetched.stdout);

  const waited = await qpc(["call", "FetchWait", JSON.stringify({ recipientKey })]);
  assert.equal(waited.stdout, fetched.stdout);
});

test("a refusal is one line with its status, and exit code 1", { timeout: 60_000 }, async () => {
  const key = "cc".repeat(32);
  const account = ["carol", "--identity-key", key, "--state", "carol.json"];
  assert.equal((await qpc(["register", ...account], ALICE_PASSWORD)).code, 0);
  const again = await qpc(["register", ...account], ALICE_PASSWORD);
  assert.deepEqual(again, {
    code: 1,
    stdout: "",
    stderr: "qpc: the username or the identity key is taken\n",
  });
  const taken = await qpc(["register", "carol", "--state", "other.json"], ALICE_PASSWORD);
  assert.equal(taken.code, 1);
  await assert.rejects(stat(join(directory, "other.json")), { code: "ENOENT" });

  const wrong = await qpc(["login", ...account], { QPC_PASSWORD: "wrong" });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^qpc: login refused[^\n]*\n$/);

  const printed = await qpc(["login", ...account, "--print-token"], ALICE_PASSWORD);
  assert.match(printed.stdout, /^[0-9a-f]{64}\n$/);
  const state = JSON.parse(await readFile(join(directory, "carol.json"), "utf8"));
  assert.deepEqual(state, {
    username: "carol",
    identity_key: key,
    session_token: printed.stdout.trim(),
  });

  const short = await qpc(["call", "Fetch", '{"recipientKey":"AAAA"}', "--state", "carol.json"]);
  assert.equal(short.code, 1);
  assert.match(short.stderr, /^BadRequest \(1\) delivery\.recipient-key: [^\n]+\n$/);
  const anonymous = await qpc(["call", "Fetch", '{"recipientKey":"AAAA"}', "--no-token"]);
  assert.match(anonymous.stderr, /^Unauthorized \(2\) sessions\.unauthorized: [^\n]+\n$/);
  const unknown = await qpc(["call", "65535", "--raw-hex", "00"]);
  assert.deepEqual(unknown, { code: 1, stdout: "", stderr: "UnknownMethod (11)\n" });
});

test("wrong usage is one line, and exit code 2", { timeout: 60_000 }, async () => {
  await writeFile(join(directory, "taken.json"), "{}");
  for (const [argv, env] of [
    [["call", "Health", '{"nope":1}'], {}],
    [["register", "dave"], {}],
    [["register", "dave", "--state", "taken.json"], ALICE_PASSWORD],
    [["health", "--ca-cert", "missing.der"], {}],
    [["health", "--ca-cert", "taken.json"], {}],
  ] as const) {
    const { code, stdout, stderr } = await qpc(argv, env);
    assert.equal(code, 2, `qpc ${argv.join(" ")}: ${stderr}`);
    assert.match(stderr, /^qpc: [^\n]+\n$/);
    assert.equal(stdout, "");
  }
});

test("no usable answer is one line, and exit code 3", { timeout: 60_000 }, async () => {
  const silent = createSocket("udp4");
  silent.bind(0, "127.0.0.1");
  await once(silent, "listening");
  const mute = ["--server", `127.0.0.1:${silent.address().port}`, "--timeout", "0.2"];
  const state = JSON.parse(await readFile(join(directory, "qpc-state.json"), "utf8"));
  const recipientKey = Buffer.from(state.identity_key, "hex").toString("base64");
  const long = JSON.stringify({ recipientKey, timeoutMs: "20000" });
  try {
    const acked = JSON.stringify({ recipientKey, seqUpTo: "1000" });
    assert.equal((await qpc(["call", "Ack", acked])).code, 0);
    for (const argv of [
      ["health", ...mute],
      ["health", "--server-name", "elsewhere.example"],
      ["health", "--alpn", "other"],
      ["call", "FetchWait", long, "--timeout", "0.5"],
    ]) {
      const { code, stdout, stderr } = await qpc(argv);
      assert.equal(code, 3, `qpc ${argv.join(" ")}: ${stderr}`);
      assert.match(stderr, /^qpc: [^\n]+\n$/);
      assert.equal(stdout, "");
    }
  } finally {
    silent.close();
  }
});

test("two REPLs talk through their pipes", { timeout: 60_000 }, async () => {
  const store = { QPC_STORE_PASSPHRASE: "of the store" };
  const sit = (name: string) => {
    const argv = ["repl", "-u", name, "-p", `password of ${name}`, "--store", `${name}.db`];
    return pipeTo(argv, store);
  };
  const [erin, frank] = [sit("erin"), sit("frank")];
  await frank.sees("you are frank");
  erin.say("/dm frank");
  erin.say("Hello, Frank!");
  await frank.sees("[erin ~] Hello, Frank!");
  frank.say("/switch erin");
  frank.say("/quit");
  assert.deepEqual(await frank.ended, [0, null]);
  erin.say("Good bye!");
  await erin.sees("(2) sent");
  erin.end();
  assert.deepEqual(await erin.ended, [0, null]);

  const stream = pipeTo(["recv", "--stream", "--store", "frank.db"], store);
  await stream.sees("[erin ~] Good bye!");
  stream.signal("SIGINT");
  assert.deepEqual(await stream.ended, [0, null]);
  const history = await qpc(["history", "frank", "--store", "erin.db"], store);
  assert.match(history.stdout, /\[erin\] Hello, Frank!\n.*\[erin\] Good bye!\n$/);
  const wrong = await qpc(["recv", "--store", "erin.db"], { QPC_STORE_PASSPHRASE: "guess" });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^qpc: the passphrase does not open erin\.db[^\n]*\n$/);
});

test("help says it all on stdout", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await qpc(["help"]);
  assert.deepEqual([code, stderr], [0, ""]);
  for (const word of ["repl", "recv", "QPC_PASSWORD", "--raw-hex", "--store", "Exit codes"]) {
    assert.ok(stdout.includes(word), word);
  }
});

function qpc(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: directory, env: { ...environment, ...env } };
    const child = execFile(
      process.execPath,
      [binary("qpc"), ...argv],
      options,
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

function pipeTo(argv: readonly string[], env: NodeJS.ProcessEnv) {
  const options = { cwd: directory, env: { ...environment, ...env } };
  const child = spawn(process.execPath, [binary("qpc"), ...argv], options);
  piped.push(child);
  const ended = once(child, "exit");
  let shown = "";
  let failed = "";
  child.stderr.on("data", (text: Buffer) => {
    failed += text;
  });
  child.stdout.on("data", (text: Buffer) => {
    shown += text;
    child.emit("shown");
  });
  return {
    ended,
    say: (line: string) => void child.stdin.write(`${line}\n`),
    end: () => child.stdin.end(),
    signal: (name: NodeJS.Signals) => child.kill(name),
    async sees(text: string) {
      while (!shown.includes(text)) {
        const more = await Promise.race([once(child, "shown").then(() => true), ended]);
        assert.ok(more === true || shown.includes(text), `${shown}${failed}`);
      }
    },
  };
}

function binary(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
