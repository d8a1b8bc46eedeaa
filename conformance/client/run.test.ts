// The judge of clients judged: what an adapter does while a case runs, and the verdict that the case gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../src/registry/statuses.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { CLIENT_CASE_FAULTS } from "../adapter/broken/base.ts";
import { stdioChannel } from "../adapter/channel.ts";
import { openSession } from "../adapter/session.ts";
import { answerHealth } from "../hostile/call.ts";
import type { CaseResult, Verdict } from "../judge/verdict.ts";
import { type ClientCase, type ClientCaseSpec, defineClientCase } from "./case.ts";
import { runClients } from "./run.ts";
import type { ClientTrial } from "./trial.ts";

const BASE = fileURLToPath(new URL("../adapter/broken/base.ts", import.meta.url));
const VICTIM = "client-judge.fake.victim";
const GOOD = { expected: "this", got: "that" };
const { health } = HealthService.method;

type Deed = (t: ClientTrial) => Promise<void> | void;

function fake(id: string, run: Deed, spec: Partial<ClientCaseSpec> = {}): ClientCase {
  return defineClientCase({
    id,
    rules: ["health.no-session"],
    sends: "nothing",
    expects: "nothing",
    run: async (t) => run(t),
    ...spec,
  });
}

/** ordinary connects, is answered once, and closes. */
const ordinary: Deed = async (t) => {
  const server = await t.server();
  const sdk = await t.open(server);
  const call = sdk.call(health);
  await answerHealth(await server.call());
  t.answered(await call, Status.Ok);
};

async function judge(cases: readonly ClientCase[], fault = "", parallel = 4) {
  const command = `exec '${process.execPath}' '${BASE}' ${fault}`;
  const versions = { suite: "test", spec: "test" };
  const session = await openSession(stdioChannel(command), { ...versions, timeout: 5_000 });
  return runClients({
    cases,
    session,
    transport: createQuicTransport(),
    seed: 1,
    parallel,
    timeoutScale: 0.2,
    mutantsOf: () => [],
    repro: (id) => id,
    onResult: () => {},
  });
}

function verdictsOf(results: readonly CaseResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
}

const SIX = ["a", "b", "c", "d", "e"].map((name) => fake(`client-judge.fake.${name}`, ordinary));

for (const [fault, verdict] of Object.entries(CLIENT_CASE_FAULTS)) {
  test(`an adapter that ${fault} in one of six cases: ${verdict}, and the others pass`, async () => {
    const { results } = await judge([...SIX, fake(VICTIM, ordinary)], `${fault} ${VICTIM}`);
    const expected = Object.fromEntries(SIX.map(({ id }) => [id, "pass"]));
    const told = JSON.stringify(results.map(({ id, verdict, note }) => [id, verdict, note]));
    assert.deepEqual(verdictsOf(results), { ...expected, [VICTIM]: verdict }, told);
    assert.equal(results.find(({ id }) => id === VICTIM)?.perm.side, "client");
  });
}

test("a second reply to a case that is over is the fault of that case", async () => {
  // With another case that is still under way, nobody asks the first one again.
  const slow = fake("client-judge.fake.slow", async (t) => {
    await ordinary(t);
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  const { results } = await judge([fake(VICTIM, ordinary), slow], `late-second-reply ${VICTIM}`, 2);
  assert.deepEqual(verdictsOf(results), { [slow.id]: "pass", [VICTIM]: "harness-error" });
});

test("an adapter that outlives SIGTERM is killed, and a note tells of it", async () => {
  const { results, notes } = await judge(SIX.slice(0, 1), "stays");
  assert.deepEqual(Object.values(verdictsOf(results)), ["pass"]);
  assert.match(notes.join(), /did not end after bye/);
});

interface Row {
  readonly does: string;
  readonly verdict: Verdict;
  readonly run: Deed;
  readonly spec?: Partial<ClientCaseSpec>;
  readonly says?: RegExp;
}

const ROWS: readonly Row[] = [
  { does: "is answered", verdict: "pass", run: ordinary },
  { does: "makes none of its checks", verdict: "harness-error", run: () => {}, says: /was not/ },
  {
    does: "expects another status",
    verdict: "fail",
    async run(t) {
      const server = await t.server();
      const call = (await t.open(server)).call(health);
      await (await server.call()).answer(Status.Forbidden);
      t.answered(await call, Status.Ok);
    },
    says: /status: 0.*3/,
  },
  {
    does: "expects another status under a SHOULD",
    verdict: "warn",
    spec: { severity: "SHOULD" },
    async run(t) {
      const server = await t.server();
      const call = (await t.open(server)).call(health);
      await (await server.call()).answer(Status.Forbidden);
      t.answered(await call, Status.Ok);
    },
  },
  {
    does: "waits for a request that never comes",
    verdict: "fail",
    async run(t) {
      const server = await t.server();
      await t.open(server);
      await server.call(300);
    },
    says: /no client sends a request/,
  },
  {
    does: "cannot open",
    verdict: "fail",
    async run(t) {
      await t.open(await t.server(), { alpn: "h3" });
    },
    says: /open: .*conn\.alpn/,
  },
  {
    does: "asks for an operation that is not declared",
    verdict: "unsupported",
    run: async (t) => void (await t.ask("group.create", {})),
    says: /needs group\.create/,
  },
  {
    does: "needs an operation that is not declared",
    verdict: "unsupported",
    spec: { ops: ["call", "send"] },
    run: ordinary,
    says: /needs send/,
  },
  {
    does: "asks for an operation that may be lacking",
    verdict: "unsupported",
    run: async (t) => void (await t.ask("user.reopen", {})),
    says: /needs user\.reopen/,
  },
  {
    does: "asks for an operation that is declared and turned down",
    verdict: "harness-error",
    run: async (t) => void (await t.ask("user.login", {})),
    says: /user\.login is declared/,
  },
  { does: "does not end", verdict: "timeout", spec: { ms: 500 }, run: () => new Promise(() => {}) },
  {
    does: "is at fault",
    verdict: "harness-error",
    run() {
      throw new TypeError("x is no y");
    },
  },
  {
    does: "has a handler that is at fault",
    verdict: "harness-error",
    async run(t) {
      const server = await t.server();
      server.serve(() => {
        throw new TypeError("x is no y");
      });
      await (await t.open(server)).call(health);
    },
    says: /x is no y/,
  },
  {
    does: "refuses without a twin",
    verdict: "harness-error",
    run: (t) => t.refused({ err: { class: "deadline" } }, "deadline"),
    says: /without a twin/,
  },
  {
    does: "sees a connection live",
    verdict: "pass",
    spec: { checks: ["connection-lives"] },
    async run(t) {
      const server = await t.server();
      await t.connectionLives(await t.open(server), server);
    },
  },
  {
    does: "sees a connection dead",
    verdict: "fail",
    spec: { checks: ["connection-lives"] },
    async run(t) {
      const server = await t.server();
      const sdk = await t.open(server);
      await (await server.connection()).close();
      await t.connectionLives(sdk, server);
    },
    says: /conn\.closed/,
  },
];

test("what a case does", { concurrency: 1 }, async (t) => {
  const cases = ROWS.map(({ run, spec }, at) => fake(`client-judge.row.n${at}`, run, spec));
  const { results } = await judge(cases);
  for (const [at, { does, verdict, says = /(?:)/ }] of ROWS.entries()) {
    await t.test(`${does}: ${verdict}`, () => {
      const result = results.find(({ id }) => id === `client-judge.row.n${at}`);
      const told = JSON.stringify([result?.note, result?.checks]);
      assert.equal(result?.verdict, verdict, told);
      assert.match(told, says);
    });
  }
});

test("a refusal counts only when its twin succeeded, and an unspecified one is shown as such", async () => {
  const twin = "client-judge.fake.twin";
  const refusing = (id: string, name: "deadline" | "unspecified") =>
    fake(id, (t) => t.refused({ err: { class: name } }, "deadline"), { twin });
  const both = [
    refusing("client-judge.fake.told", "deadline"),
    refusing("client-judge.fake.vague", "unspecified"),
  ];
  const good = await judge([...both, fake(twin, (t) => t.check("answer", true, GOOD))]);
  assert.deepEqual(verdictsOf(good.results), {
    "client-judge.fake.told": "pass",
    "client-judge.fake.twin": "pass",
    "client-judge.fake.vague": "pass-unattributed",
  });
  const bad = await judge([...both, fake(twin, (t) => t.check("answer", false, GOOD))]);
  assert.deepEqual(verdictsOf(bad.results), {
    "client-judge.fake.told": "inconclusive",
    "client-judge.fake.twin": "fail",
    "client-judge.fake.vague": "inconclusive",
  });
});

test("an id that is none of a client case is refused", () => {
  assert.throws(() => fake("judge.fake.one", ordinary), /does not begin with client-/);
  assert.throws(() => fake("client-judge.two", ordinary), /not a case id/);
});
