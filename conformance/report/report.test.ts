// The documents of a run: results.json against its schema, JUnit as XML that a parser takes.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type CaseResult, VERDICTS } from "../judge/verdict.ts";
import { summary } from "./console.ts";
import { junit } from "./junit.ts";
import { buildResults } from "./results.ts";
import { openReports } from "./write.ts";

/** Text that somebody else's server may have put into a note. */
const HOSTILE = `<a b="c"> & 'd' ]]> \u0000\u001b[31m \ud800 \uffff \u2028 é 🂡 <!-- --> </testsuite>`;

const INFO = { seed: 1, tier: "default", target: "nothing", preset: null } as const;

const EVERY_VERDICT = VERDICTS.map((verdict, i) => result(`report.row.${i}`, { verdict }));

test("results.json: every verdict fits the schema, and the totals add up", () => {
  const { totals, cases } = buildResults(INFO, EVERY_VERDICT);
  const { selected, ...others } = totals;
  assert.equal(selected, cases.length);
  assert.equal(
    Object.values(others).reduce((sum, count) => sum + count, 0),
    selected,
  );
  assert.deepEqual(Object.keys(others).sort(), [...VERDICTS].sort(), "every verdict has a total");
});

test("results.json: nothing ran", () => {
  const { totals, groups } = buildResults(INFO, []);
  assert.equal(totals.selected, 0);
  assert.deepEqual(groups, {});
});

test("results.json: counts by the first segment of the ids", () => {
  const cases = ["keys.a.one", "keys.a.two", "auth.a.one"].map((id) => result(id));
  const { groups } = buildResults(INFO, cases);
  assert.deepEqual(Object.keys(groups), ["auth", "keys"]);
  assert.deepEqual([groups.auth?.selected, groups.keys?.pass], [1, 2]);
});

const MISSHAPEN: readonly Partial<Record<keyof CaseResult, unknown>>[] = [
  { id: "two.segments" },
  { verdict: "passed" },
  { severity: "WILL" },
  { rules: [] },
  { checks: [{ id: "answer" }] },
  { checks: [{ id: "answer", verdict: "pass", extra: 1 }] },
  { twin: { id: "a.b.c" } },
  { ms: -1 },
  { ms: 1.5 },
  { trace: [1] },
  { note: undefined },
  { surprise: 1 } as never,
];

for (const wrong of MISSHAPEN) {
  test(`results.json: ${JSON.stringify(wrong)} does not fit`, () => {
    const cases = [result("report.row.one", wrong as Partial<CaseResult>)];
    assert.throws(() => buildResults(INFO, cases), /does not fit its schema/);
  });
}

test("JUnit: well-formed and counted, whatever the texts hold", () => {
  const hostile = EVERY_VERDICT.map((one) => ({
    ...one,
    note: HOSTILE,
    clause: HOSTILE,
    repro: HOSTILE,
    checks: [{ id: "answer", verdict: "fail", expected: HOSTILE, got: HOSTILE }] as const,
  }));
  const xml = junit(buildResults(INFO, hostile), false);
  const elements = parseXml(xml);
  const count = (name: string) => elements.filter((element) => element === name).length;
  assert.equal(count("testcase"), VERDICTS.length);
  assert.equal(count("skipped"), 1, "unsupported");
  assert.equal(count("error"), 1, "harness-error");
  assert.equal(count("failure"), 5, "fail, crash, timeout, inconclusive, flaky");
  assert.match(xml, /tests="12" failures="5" errors="1" skipped="1"/);
  assert.match(
    junit(buildResults(INFO, hostile), true),
    /failures="6"/,
    "strict: a warning is red",
  );
});

test("console: every deviation is told, every excuse is named", () => {
  const text = summary(buildResults(INFO, EVERY_VERDICT), false);
  for (const { id, verdict } of EVERY_VERDICT) {
    assert.equal(text.includes(id), verdict !== "pass", `${verdict}: ${id}`);
  }
});

test("the reports are written where they were asked for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "qpc-report-"));
  try {
    const reports = await openReports("console, json,ndjson,junit", join(folder, "new", "place"));
    const files = await reports.finish(buildResults(INFO, EVERY_VERDICT), false);
    const [json = "", xml = "", ndjson = ""] = await Promise.all(
      files.map((file) => readFile(file, "utf8")),
    );
    assert.equal(JSON.parse(json).cases.length, VERDICTS.length);
    assert.ok(parseXml(xml).includes("testsuites"));
    const lines = ndjson.trimEnd().split("\n");
    assert.equal(lines.length, VERDICTS.length + 1);
    assert.equal(JSON.parse(lines.at(-1) ?? "").type, "run.end");
  } finally {
    await rm(folder, { recursive: true });
  }
});

function result(id: string, parts: Partial<CaseResult> = {}): CaseResult {
  return {
    id,
    perm: { side: "server" },
    verdict: "pass",
    severity: "MUST",
    rules: ["transport.alpn"],
    contradictions: [],
    provenance: "documented",
    checks: [],
    twin: null,
    mutants: [],
    ms: 1,
    clause: "A clause.",
    repro: "npx",
    note: null,
    trace: [],
    ...parts,
  };
}

/** parseXml answers the names of all elements. It throws when the text is not well-formed. */
function parseXml(xml: string): readonly string[] {
  const names: string[] = [];
  const open: string[] = [];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  assert.notEqual(body, xml, "an XML declaration");
  assert.doesNotMatch(body, /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/, "characters that XML knows");
  for (const [token] of body.matchAll(/<[^>]*>|[^<]+/g)) {
    if (!token.startsWith("<")) {
      assert.doesNotMatch(token, /&(?!(amp|lt|gt|quot);)|\]\]>/, "text");
      assert.ok(open.length > 0 || token.trim() === "", "text within an element");
      continue;
    }
    const tag = /^<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>$/.exec(token);
    assert.ok(tag, token);
    const [, closing, name = "", attributes = "", empty] = tag;
    assert.doesNotMatch(attributes, /&(?!(amp|lt|gt|quot);)/, "attributes");
    assert.equal(repeated(attributes), false, `an attribute twice: ${token}`);
    if (closing) assert.equal(open.pop(), name);
    else names.push(name);
    if (!closing && !empty) open.push(name);
  }
  assert.deepEqual(open, []);
  return names;
}

function repeated(attributes: string): boolean {
  const keys = [...attributes.matchAll(/ ([a-z]+)=/g)].map(([, key]) => key);
  return new Set(keys).size < keys.length;
}
