// The page for authors of adapters and the code speak of the same protocol.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkNames } from "./doctor.ts";
import { ERROR_CLASSES, FAMILIES, type Hello, isDeclared, isKnownFeature } from "./protocol.ts";

const PAGE = readFileSync(new URL("./README.md", import.meta.url), "utf8");

/** What stands in backticks at the beginning of a row of a table. */
const ROWS = [...PAGE.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word),
);
const OPERATIONS = ROWS.slice(ROWS.indexOf("frame.decode"), ROWS.indexOf("pass"));

test("the page has every class of errors and every family", () => {
  for (const word of [...ERROR_CLASSES, ...FAMILIES]) assert.ok(PAGE.includes(`\`${word}\``), word);
});

test("every operation of the page stands under a feature that the page and the code know", () => {
  assert.ok(OPERATIONS.length > 45, OPERATIONS.join());
  const features = [...PAGE.matchAll(/^\| \[[012]\].*\|/gm)].flatMap(([row]) =>
    [...row.matchAll(/`([a-z-]+)`/g)].map(([, word = ""]) => word),
  );
  assert.deepEqual(
    features.filter((word) => !isKnownFeature(word) && !["vectors", "client"].includes(word)),
    [],
  );
  const all: Hello = { name: "", version: "", language: "", features, maxParallel: 1 };
  const unknown = OPERATIONS.filter((op) => !isDeclared(all, op));
  assert.deepEqual(unknown, []);
});

test("a single operation may be declared, and the operations of level 1 only together", () => {
  const declaring = (...features: string[]): Hello => ({
    ...{ name: "", version: "", language: "", maxParallel: 1 },
    features,
  });
  assert.ok(isDeclared(declaring("kt.inclusion"), "kt.inclusion"));
  assert.ok(!isDeclared(declaring("kt.inclusion"), "kt.root"));
  for (const op of ["open", "call", "events", "state", "close"]) {
    assert.ok(isDeclared(declaring("call"), op), op);
  }
  assert.ok(!isDeclared(declaring("call"), "cancel"));
  assert.ok(isDeclared(declaring("message"), "recv"));
});

test("a check of doctor has a name of its own", () => {
  assert.equal(new Set(checkNames()).size, checkNames().length);
});
