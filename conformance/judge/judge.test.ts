// The judge judged: what a case does, and the verdict that it gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../src/registry/statuses.ts";
import { ConnectionError, StreamError } from "../../src/transport/transport.ts";
import type { CaseSpec } from "./case.ts";
import { readDeclaration } from "./declaration.ts";
import { HarnessError, NoAnswer, PrerequisiteFailed, SubjectGone, Unsupported } from "./errors.ts";
import { type Deed, fakeCase, GOOD, judge, judgeOne } from "./fakes.ts";
import type { Trial } from "./trial.ts";
import { isGreen, VERDICTS, type Verdict } from "./verdict.ts";

const { health } = HealthService.method;

interface Row {
  readonly does: string;
  readonly verdict: Verdict;
  readonly run: Deed;
  readonly spec?: Partial<CaseSpec>;
  /** Text of the note or of a check. */
  readonly says?: RegExp;
}

const lost = (by: "peer" | "local" | "timeout") =>
  new ConnectionError("connection lost", { by, application: false, code: 0, reason: "" });

const throwing = (error: Error): Deed => {
  return () => {
    throw error;
  };
};

const holding = (t: Trial) => t.check("answer", true, GOOD);
const failing = (t: Trial) => t.check("answer", false, GOOD);
const hanging = () => new Promise<void>(() => {});

const ROWS: readonly Row[] = [
  { does: "makes its check", verdict: "pass", run: holding },
  { does: "makes none of its checks", verdict: "harness-error", run: () => {}, says: /was not/ },
  {
    does: "declares no check and makes none",
    verdict: "harness-error",
    spec: { checks: [] },
    run: () => {},
    says: /at least one check/,
  },
  {
    does: "makes one of two declared checks",
    verdict: "harness-error",
    spec: { checks: ["answer", "stored"] },
    run: holding,
    says: /stored/,
  },
  {
    does: "makes a check that it did not declare",
    verdict: "harness-error",
    run(t) {
      holding(t);
      t.check("surprise", true, GOOD);
    },
    says: /surprise/,
  },
  { does: "fails its check", verdict: "fail", run: failing, says: /that/ },
  { does: "fails a SHOULD", verdict: "warn", spec: { severity: "SHOULD" }, run: failing },
  { does: "fails a MAY", verdict: "info", spec: { severity: "MAY" }, run: failing },
  {
    does: "fails a check that says what it costs",
    verdict: "warn",
    run: (t) => t.check("answer", false, GOOD, "warn"),
  },
  {
    does: "stops at a demand",
    verdict: "fail",
    run(t) {
      t.demand("answer", false, GOOD);
      throw new Error("not reached");
    },
  },
  { does: "lacks a hook", verdict: "unsupported", run: throwing(new Unsupported("no clock")) },
  {
    does: "fails a check before it finds a hook missing",
    verdict: "fail",
    run(t) {
      failing(t);
      throw new Unsupported("no clock");
    },
  },
  { does: "does not end", verdict: "timeout", run: hanging },
  {
    does: "fails a check and does not end",
    verdict: "fail",
    run(t) {
      failing(t);
      return hanging();
    },
  },
  { does: "gets no answer", verdict: "fail", run: throwing(new NoAnswer("silence")) },
  {
    does: "gets no answer under a SHOULD",
    verdict: "fail",
    spec: { severity: "SHOULD" },
    run: throwing(new NoAnswer("silence")),
  },
  {
    does: "cannot log in first",
    verdict: "fail",
    run: throwing(new PrerequisiteFailed("no login")),
  },
  { does: "loses the process", verdict: "crash", run: throwing(new SubjectGone("exit code 7")) },
  { does: "is hung up on", verdict: "fail", run: throwing(lost("peer")) },
  { does: "is left alone", verdict: "fail", run: throwing(lost("timeout")) },
  { does: "hangs up itself", verdict: "harness-error", run: throwing(lost("local")) },
  { does: "is reset", verdict: "fail", run: throwing(new StreamError("reset", 1)) },
  { does: "is at fault", verdict: "harness-error", run: throwing(new TypeError("x is no y")) },
  {
    does: "says that it is at fault",
    verdict: "harness-error",
    run: throwing(new HarnessError("unlucky machine")),
    says: /unlucky machine/,
  },
  {
    does: "uses a hook that it did not declare",
    verdict: "harness-error",
    run: (t) => t.hook("clock.advance", 1),
    says: /does not declare/,
  },
  {
    does: "sends SIGTERM to a server that others use",
    verdict: "harness-error",
    async run(t) {
      await t.terminate();
    },
    says: /others use/,
  },
  {
    does: "expects a refusal and has no twin",
    verdict: "harness-error",
    async run(t) {
      t.refused(await (await t.peer()).call(health, {}), Status.BadRequest);
    },
    says: /without a twin/,
  },
];

for (const { does, verdict, run, spec, says = /(?:)/ } of ROWS) {
  test(`a case that ${does}: ${verdict}`, async () => {
    const result = await judgeOne(fakeCase("judge.fake.one", run, spec));
    const told = JSON.stringify([result.note, result.checks]);
    assert.equal(result.verdict, verdict, told);
    assert.match(told, says);
  });
}

test("a subject that is gone after a case: crash", async () => {
  const dead = { isAlive: () => false };
  // A running server cannot be blamed for a process that is not ours; here it says that it is dead.
  const result = await judgeOne(fakeCase("judge.fake.one", holding), { subject: dead });
  assert.equal(result.verdict, "crash");
});

const SEQ: Partial<CaseSpec> = { reading: "seq" };
const onlyContiguous: Deed = (t) => t.check("answer", t.reading === "contiguous", GOOD);

test("another reading fits: disputed, and the note says which to declare", async () => {
  const result = await judgeOne(fakeCase("judge.fake.one", onlyContiguous, SEQ));
  assert.equal(result.verdict, "disputed");
  assert.match(result.note ?? "", /--profile seq=contiguous/);
});

test("a declared reading is kept to", async () => {
  const spec = fakeCase("judge.fake.one", onlyContiguous, SEQ);
  const silent = await judgeOne(spec, { declaration: readDeclaration({}) });
  assert.equal(silent.verdict, "fail", "what is left out is declared with its default");
  const profile = { seq: "contiguous" };
  const declared = await judgeOne(spec, { declaration: readDeclaration({ profile }) });
  assert.equal(declared.verdict, "pass");
  const set = await judgeOne(spec, { overrides: { seq: "increasing" } });
  assert.equal(set.verdict, "fail", "the command line declares as well");
});

test("no reading fits: fail", async () => {
  const result = await judgeOne(fakeCase("judge.fake.one", failing, SEQ));
  assert.equal(result.verdict, "fail");
});

test("a case under another reading, or of a family that is not declared, is unsupported", async () => {
  const when = fakeCase("judge.fake.when", holding, { when: { push: ["on"] } });
  assert.equal((await judgeOne(when)).verdict, "unsupported");
  const feature = fakeCase("judge.fake.feature", holding, { features: ["blob"] });
  const declaration = readDeclaration({ features: ["auth"] });
  assert.equal((await judgeOne(feature, { declaration })).verdict, "unsupported");
  const own = fakeCase("judge.fake.own", holding, { server: {} });
  assert.match((await judgeOne(own)).note ?? "", /--command/);
});

test("a refusal counts only when its twin succeeded", async () => {
  const refusal = fakeCase("judge.fake.refusal", holding, { twin: "judge.fake.twin" });
  const verdicts: readonly (readonly [Deed | undefined, Verdict])[] = [
    [holding, "pass"],
    [failing, "inconclusive"],
    [throwing(new Unsupported("no clock")), "inconclusive"],
    [undefined, "inconclusive"],
  ];
  for (const [run, expected] of verdicts) {
    const cases = run ? [refusal, fakeCase("judge.fake.twin", run)] : [refusal];
    const result = (await judge(cases)).find(({ id }) => id === refusal.id);
    assert.equal(result?.verdict, expected);
  }
  const failed = fakeCase("judge.fake.failed", failing, { twin: "judge.fake.twin" });
  const [result] = await judge([failed, fakeCase("judge.fake.twin", failing)]);
  assert.equal(result?.verdict, "fail", "a failure stays one");
});

test("a warning is red when strict, and every other colour is fixed", () => {
  const red = VERDICTS.filter((verdict) => !isGreen(verdict, false));
  assert.deepEqual(red, ["fail", "crash", "timeout", "inconclusive", "flaky", "harness-error"]);
  assert.deepEqual(
    VERDICTS.filter((verdict) => !isGreen(verdict, true)),
    ["warn", ...red],
  );
});

test("ids that are no case ids, and a shared case with a hook, are refused", () => {
  assert.throws(() => fakeCase("two.segments", holding), /not a case id/);
  assert.throws(() => fakeCase("judge.fake.Upper", holding), /not a case id/);
  const spec: Partial<CaseSpec> = { needs: "shared", hooks: ["restart"] };
  assert.throws(() => fakeCase("judge.fake.hook", holding, spec), /server of its own/);
});
