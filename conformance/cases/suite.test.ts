// What must be true of all cases and all mutants together.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ALL_MUTANTS } from "../broken/all.ts";
import type { Case } from "../judge/case.ts";
import { ALL_CASES } from "./all.ts";

const ROOT = new URL("../../", import.meta.url);

const byId = new Map(ALL_CASES.map((spec) => [spec.id, spec]));

test("a case id stands once", () => {
  assert.deepEqual(repeated(ALL_CASES.map(({ id }) => id)), []);
});

test("a case says what is sent, what is expected, and which checks it makes", () => {
  const silent = ALL_CASES.filter(
    ({ sends, expects, checks }) => sends === "" || expects === "" || checks.length === 0,
  );
  assert.deepEqual(ids(silent), []);
  assert.deepEqual(ids(ALL_CASES.filter(({ checks }) => repeated(checks).length > 0)), []);
  assert.deepEqual(ids(ALL_CASES.filter(({ rules }) => repeated(rules).length > 0)), []);
});

const pairs = ALL_CASES.filter(({ twin }) => twin !== undefined).map((spec) => ({
  spec,
  twin: byId.get(spec.twin as string),
}));

test("a twin exists, is another case, and proves something by itself", () => {
  assert.deepEqual(ids(pairs.filter(({ twin }) => twin === undefined).map(({ spec }) => spec)), []);
  assert.deepEqual(
    ids(pairs.filter(({ spec, twin }) => spec === twin).map(({ spec }) => spec)),
    [],
  );
});

// Otherwise a case could run where its twin cannot, and would be inconclusive there for ever.
test("a twin needs nothing that its case does not need", () => {
  const demanding = pairs.filter(({ spec, twin }) => twin && !isContent(spec, twin));
  assert.deepEqual(
    demanding.map(({ spec, twin }) => `${spec.id} -> ${twin?.id}`),
    [],
  );
});

function isContent(spec: Case, twin: Case): boolean {
  const readings = Object.entries(twin.when) as [keyof Case["when"], readonly string[]][];
  return (
    twin.features.every((feature) => spec.features.includes(feature)) &&
    twin.hooks.every((hook) => spec.hooks.includes(hook)) &&
    (twin.needs !== "own-server" || spec.needs === "own-server") &&
    readings.every(([flag, values]) =>
      (spec.when[flag] ?? ["any other"]).every((value) => values.includes(value)),
    )
  );
}

test("a mutant id stands once and has three segments", () => {
  assert.deepEqual(repeated(ALL_MUTANTS.map(({ id }) => id)), []);
  const strange = ALL_MUTANTS.filter(({ id }) => !/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/.test(id));
  assert.deepEqual(ids(strange), []);
});

test("the text of a mutant stands once in its file, and is replaced by another", () => {
  const sources = new Map<string, string>();
  const read = (file: string) => {
    const source = sources.get(file) ?? readFileSync(new URL(file, ROOT), "utf8");
    sources.set(file, source);
    return source;
  };
  const counts = ALL_MUTANTS.map(({ id, file, find, replace }) => ({
    id,
    count: read(file).split(find).length - 1,
    changes: find !== replace,
  }));
  assert.deepEqual(
    counts.filter(({ count, changes }) => count !== 1 || !changes),
    [],
  );
});

test("a mutant names cases that exist, each once", () => {
  const strange = ALL_MUTANTS.flatMap(({ id, kills }) =>
    kills.filter((name) => !byId.has(name)).map((name) => `${id} -> ${name}`),
  );
  assert.deepEqual(strange, []);
  assert.deepEqual(ids(ALL_MUTANTS.filter(({ kills }) => repeated(kills).length > 0)), []);
});

function repeated(words: readonly string[]): readonly string[] {
  return words.filter((word, i) => words.indexOf(word) !== i);
}

function ids(list: readonly { readonly id: string }[]): readonly string[] {
  return list.map(({ id }) => id);
}
