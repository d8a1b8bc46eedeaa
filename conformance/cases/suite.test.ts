// What must be true of all cases and all mutants together.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";
import { METHODS } from "../../src/registry/methods.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import type { Case } from "../judge/case.ts";
import { ALL_CASES } from "./all.ts";
import { tableCaseOf } from "./methods/table.ts";
import { kebab } from "./requests.ts";
import { RETIRED_IDS } from "./retired.ts";

const ROOT = new URL("../../", import.meta.url);

const byId = new Map(ALL_CASES.map((spec) => [spec.id, spec]));

test("a case id stands once", () => {
  assert.deepEqual(repeated(ALL_CASES.map(({ id }) => id)), []);
});

test("a retired id is not used again, and what took its place exists", () => {
  const retired = Object.keys(RETIRED_IDS);
  assert.deepEqual(
    ids(ALL_CASES).filter((id) => retired.includes(id)),
    [],
  );
  assert.deepEqual(
    Object.values(RETIRED_IDS).filter((id) => !byId.has(id)),
    [],
  );
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

test("every method succeeds in a case, is refused in another, and is tried by every kind of caller", () => {
  for (const method of METHODS) {
    const succeeds = tableCaseOf(method);
    assert.ok(byId.has(succeeds), method.name);
    const refused = ALL_CASES.filter(({ id, twin }) => twin === succeeds && !/^access\./.test(id));
    assert.notEqual(refused.length, 0, method.name);
    const callers = ALL_CASES.filter(
      ({ id }) => id.startsWith("access.") && id.endsWith(`.${method.id}-${kebab(method.name)}`),
    );
    assert.equal(
      callers.length,
      4,
      `${method.name}: the other callers have one case for all methods`,
    );
  }
});

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

test("a mutant is a program: its fault is not one of syntax", () => {
  const broken = ALL_MUTANTS.filter(({ file, find, replace }) => {
    const source = readFileSync(new URL(file, ROOT), "utf8");
    try {
      // A function, so that `$` in the replacement means itself.
      stripTypeScriptTypes(source.replace(find, () => replace));
      return false;
    } catch {
      return true;
    }
  });
  assert.deepEqual(
    broken.map(({ id }) => id),
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
