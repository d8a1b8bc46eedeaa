// The judge against bad subjects: programs that do not start, say strange things, lie, or die.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createSelfSigned } from "../../src/crypto/certificates.ts";
import { defaultProfile } from "../../src/registry/profile.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import type { Case } from "./case.ts";
import { SubjectUnusable } from "./errors.ts";
import { type Deed, fakeCase, GOOD } from "./fakes.ts";
import { runPlan } from "./run.ts";
import { type Launch, startSubject } from "./subject.ts";

const READY_MS = 400;

let folder: string;
let server: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "qpc-fakes-"));
  server = await script("server", SERVER);
});
after(() => rm(folder, { recursive: true, force: true }));

test("no ready line: unusable after the time for it", async () => {
  await assert.rejects(start(await script("mute", "setInterval(() => {}, 1000)")), {
    name: "SubjectUnusable",
    message: /no ready line within 0.4 s/,
  });
});

const NOISE = [
  "starting up",
  "{",
  "{}",
  "null",
  "[1]",
  '{"ready":null}',
  '{"ready":true}',
  '{"ready":{}}',
  '{"ready":{"host":"127.0.0.1"}}',
  '{"ready":{"host":1,"port":1}}',
  '{"ready":{"host":"127.0.0.1","port":"1"}}',
  '{"id":1,"ok":{}}',
];

test("noise is no ready line", async () => {
  const says = `for (const line of ${JSON.stringify(NOISE)}) console.log(line); setInterval(() => {}, 1000)`;
  await assert.rejects(start(await script("noise", says)), /no ready line/);
});

test("noise before the ready line does no harm", async () => {
  const says = `for (const line of ${JSON.stringify(NOISE)}) console.log(line);\n${READY("1")}\nsetInterval(() => {}, 1000)`;
  const subject = await startSubject(await launch(await script("noisy", says)), 5_000);
  assert.equal(subject.port, 1);
  await subject.stop();
  assert.equal(subject.isAlive(), false);
});

test("a program that ends at once is unusable, with what it said last", async () => {
  const says = 'console.error("first\\nno database here"); process.exit(9)';
  await assert.rejects(start(await script("short", says)), {
    name: "SubjectUnusable",
    message: /ended with exit code 9; it said: no database here/,
  });
});

test("a program that does not exist is unusable", async () => {
  await assert.rejects(start(["/nonexistent/server"]), {
    name: "SubjectUnusable",
    message: /could not be started: .*ENOENT/,
  });
});

test("what a shell left behind ends with it", async () => {
  const command = "sleep 600 & echo $! >&2; exit 1";
  const error: unknown = await start(command).then(undefined, (reason: unknown) => reason);
  assert.ok(error instanceof SubjectUnusable);
  const pid = Number(/it said: (\d+)/.exec(error.message)?.[1]);
  assert.ok(pid > 0, error.message);
  await gone(pid);
});

test("a port where nobody listens: unusable at once, and no orphan", async () => {
  const says = `${READY("1", "name: String(process.pid)")}\nsetInterval(() => {}, 1000)`;
  const pids = join(folder, "pids");
  const noted = `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(pids)}, process.pid + "\\n");\n${says}`;
  const start = performance.now();
  await assert.rejects(run(await script("closed", noted), [passing("judge.fake.one")]), {
    name: "SubjectUnusable",
    message: /127\.0\.0\.1:1 cannot be reached/,
  });
  assert.ok(performance.now() - start < 10_000, "no hang");
  const started = (await readFile(pids, "utf8")).trim().split("\n");
  assert.equal(started.length, 1);
  await gone(Number(started[0]));
});

test("words that are not known are told and ignored", async () => {
  const { results, declaration } = await run(server, [passing("judge.fake.one", ["health"])]);
  assert.deepEqual(declaration?.unknown, ["teleport", "colour=blue", "seq=backwards"]);
  assert.deepEqual([...(declaration?.features ?? [])], ["health"]);
  assert.equal(declaration?.profile.seq, "increasing");
  assert.equal(results[0]?.verdict, "pass");
});

test("a subject that dies is started again, and the case that kills it again is blamed", async () => {
  const verdicts = await verdictsOf([
    fakeCase("judge.fake.killer", kill),
    fakeCase("judge.fake.own", kill, { server: {} }),
    ...["a", "b", "c"].map((name) => fakeCase(`judge.fake.bystander-${name}`, waitABit)),
    passing("judge.fake.other"),
  ]);
  assert.deepEqual(verdicts, {
    "judge.fake.bystander-a": "pass",
    "judge.fake.bystander-b": "pass",
    "judge.fake.bystander-c": "pass",
    "judge.fake.killer": "crash",
    "judge.fake.other": "pass",
    "judge.fake.own": "crash",
  });
});

test("an end that the case asked for is no crash", async () => {
  const ends: Deed = async (t) => {
    t.check("answer", (await t.terminate()) === 0, GOOD);
  };
  const verdicts = await verdictsOf([fakeCase("judge.fake.end", ends, { server: {} })]);
  assert.deepEqual(verdicts, { "judge.fake.end": "pass" });
});

test("a hook that the subject lacks: unsupported; one that it answers with an error: crash", async () => {
  const advance: Deed = (t) => t.hook("clock.advance", 1);
  const restart: Deed = (t) => t.hook("restart");
  const verdicts = await verdictsOf([
    fakeCase("judge.fake.clock", advance, { hooks: ["clock.advance"] }),
    fakeCase("judge.fake.restart", restart, { hooks: ["restart"] }),
  ]);
  assert.deepEqual(verdicts, {
    "judge.fake.clock": "unsupported",
    "judge.fake.restart": "crash",
  });
});

test("a subject that cannot be started again: every case left is a crash, and the run says so", async () => {
  const lock = join(folder, "lock");
  const once = `import { existsSync, writeFileSync } from "node:fs"; if (existsSync(${JSON.stringify(lock)})) process.exit(4); writeFileSync(${JSON.stringify(lock)}, "");\n${SERVER}`;
  const killer = fakeCase("judge.fake.a-killer", kill);
  const { results, broken } = await run(
    await script("once", once),
    [killer, passing("judge.fake.b-later")],
    1,
  );
  assert.match(broken?.message ?? "", /exit code 4/);
  assert.deepEqual(
    results.map(({ verdict }) => verdict),
    ["crash", "crash"],
  );
});

test("a death that no case repeats alone is on all that were running", async () => {
  const lock = JSON.stringify(join(folder, "died"));
  const imports = 'import { existsSync, writeFileSync } from "node:fs";';
  const mortal = SERVER.replace(
    "process.exit(7);",
    `if (!existsSync(${lock})) { writeFileSync(${lock}, ""); process.exit(7); }`,
  );
  const bystander = fakeCase("judge.fake.bystander", waitABit);
  const once = fakeCase("judge.fake.once", async (t) => {
    await sleep(100);
    const peer = await t.peer();
    await peer.send(DEADLY, 400);
    t.check("answer", true, GOOD);
  });
  const { results } = await run(await script("mortal", imports + mortal), [bystander, once]);
  assert.deepEqual(
    results.map(({ verdict }) => verdict),
    ["crash", "crash"],
  );
  assert.match(results[0]?.note ?? "", /died while these ran: .*judge\.fake\.once/);
});

// Answers Ok to everything, exits with 7 at method 0xdead, and knows no hook but a broken one.
const SERVER = `
import { createInterface } from "node:readline";
import { createQuicTransport } from ${JSON.stringify(import.meta.resolve("../../src/transport/quic/quic.ts"))};
const { cert_pem, key_pem, alpn } = JSON.parse(process.env.QPC_TEST_CONFIG);
const quic = await createQuicTransport().listen({
  host: "127.0.0.1", port: 0, certPem: cert_pem, keyPem: key_pem, alpn,
  idleTimeoutMs: 30000, maxBidiStreams: 100,
});
process.once("SIGTERM", () => process.exit(0));
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, op } = JSON.parse(line);
  console.log(JSON.stringify(op === "restart" ? { id, err: { msg: "no" } } : { id, unsupported: op }));
});
${READY("quic.port", 'features: ["health", "teleport"], profile: { colour: "blue", seq: "backwards" }')}
for await (const connection of quic.connections()) void serve(connection);
async function serve(connection) {
  for await (const stream of connection.acceptBidi()) void answer(stream).catch(() => {});
}
async function answer(stream) {
  const chunks = [];
  for await (const chunk of stream.chunks()) chunks.push(chunk);
  const request = Buffer.concat(chunks);
  if (request.readUInt16BE(0) === 0xdead) process.exit(7);
  const response = Buffer.alloc(9);
  request.copy(response, 1, 2, 6);
  await stream.finish(response);
}
`;

function READY(port: string, more = ""): string {
  return `console.log(JSON.stringify({ ready: { host: "127.0.0.1", port: ${port}, ${more} } }));`;
}

async function script(name: string, source: string): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, source);
  return file;
}

async function launch(command: string | readonly [string, ...string[]]): Promise<Launch> {
  const isScript = typeof command === "string" && command.endsWith(".mjs");
  const tls = await createSelfSigned({ algorithm: "P-256" });
  return { command: isScript ? [process.execPath, command] : command, tls };
}

async function start(command: string | readonly [string, ...string[]]): Promise<void> {
  const subject = await startSubject(await launch(command), READY_MS);
  await subject.stop();
}

async function run(command: string, cases: readonly Case[], parallel = 8) {
  return runPlan({
    cases,
    transport: createQuicTransport(),
    launch: await launch(command),
    overrides: {},
    defaults: defaultProfile(),
    seed: 1,
    parallel,
    timeoutScale: 1,
    mutantsOf: () => [],
    repro: (id) => id,
    onResult: () => {},
    onNote: () => {},
  });
}

async function verdictsOf(cases: readonly Case[]) {
  const { results } = await run(server, cases);
  return Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
}

function passing(id: string, features: readonly "health"[] = []): Case {
  return fakeCase(id, (t) => t.check("answer", true, GOOD), { features });
}

const DEADLY = Buffer.from("dead0000000100000000", "hex");

const kill: Deed = async (t) => {
  await sleep(100); // until the others have begun
  const peer = await t.peer();
  const got = await peer.send(DEADLY, 400);
  t.check("answer", got.kind === "closed" || got.kind === "silence", GOOD);
};

const waitABit: Deed = async (t) => {
  const peer = await t.peer();
  await sleep(300);
  const got = await peer.send(Buffer.from("03220000000100000000", "hex"), 400);
  t.check("answer", got.kind === "response", GOOD);
};

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (!isAlive(pid)) return;
    await sleep(20);
  }
  assert.fail(`process ${pid} is still there`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
