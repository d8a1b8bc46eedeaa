// What must be true of all cases of one kind and all mutants together: tests, for a suite to call.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";
import type { Mutant } from "../broken/mutant.ts";
import type { CaseMeta } from "./case.ts";

const ROOT = new URL("../../", import.meta.url);

/** suiteContract registers the tests. */
export function suiteContract(cases: readonly CaseMeta[], mutants: readonly Mutant[]): void {
  const byId = new Map(cases.map((spec) => [spec.id, spec]));
  const pairs = cases
    .filter(({ twin }) => twin !== undefined)
    .map((spec) => ({ spec, twin: byId.get(spec.twin as string) }));

  test("a case id stands once", () => {
    assert.deepEqual(repeated(cases.map(({ id }) => id)), []);
  });

  test("a case says what is sent, what is expected, and which checks it makes", () => {
    const silent = cases.filter(
      ({ sends, expects, checks }) => sends === "" || expects === "" || checks.length === 0,
    );
    assert.deepEqual(ids(silent), []);
    assert.deepEqual(ids(cases.filter(({ checks }) => repeated(checks).length > 0)), []);
    assert.deepEqual(ids(cases.filter(({ rules }) => repeated(rules).length > 0)), []);
  });

  test("a twin exists, is another case, and proves something by itself", () => {
    assert.deepEqual(
      ids(pairs.filter(({ twin }) => twin === undefined).map(({ spec }) => spec)),
      [],
    );
    assert.deepEqual(
      ids(pairs.filter(({ spec, twin }) => spec === twin).map(({ spec }) => spec)),
      [],
    );
  });

  test("a mutant id stands once and has three segments", () => {
    assert.deepEqual(repeated(mutants.map(({ id }) => id)), []);
    const strange = mutants.filter(({ id }) => !/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/.test(id));
    assert.deepEqual(ids(strange), []);
  });

  test("the text of a mutant stands once in its file, and is replaced by another", () => {
    const sources = new Map<string, string>();
    const read = (file: string) => {
      const source = sources.get(file) ?? readFileSync(new URL(file, ROOT), "utf8");
      sources.set(file, source);
      return source;
    };
    const counts = mutants.map(({ id, file, find, replace }) => ({
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
    const broken = mutants.filter(({ file, find, replace }) => {
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
    const strange = mutants.flatMap(({ id, kills }) =>
      kills.filter((name) => !byId.has(name)).map((name) => `${id} -> ${name}`),
    );
    assert.deepEqual(strange, []);
    assert.deepEqual(ids(mutants.filter(({ kills }) => repeated(kills).length > 0)), []);
  });
}

function repeated(words: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return words.filter((word) => seen.has(word) || !seen.add(word));
}

/** ids are those of cases, or of mutants. */
export function ids(list: readonly { readonly id: string }[]): readonly string[] {
  return list.map(({ id }) => id);
}
