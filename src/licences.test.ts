// Every package of the lock file, development ones included, has a licence that we may depend on.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ALLOWED = [
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "Unlicense",
];

interface LockedPackage {
  readonly license?: string;
  readonly link?: boolean;
}

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, LockedPackage>;
};

test("every locked package has an allowed licence", () => {
  const strange = Object.entries(lock.packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => ({ path, licence: licenceOf(path, entry) }))
    .filter(({ licence }) => licence !== undefined && !isAllowed(licence));
  assert.deepEqual(strange, []);
});

test("a forbidden licence is seen", () => {
  assert.equal(isAllowed("AGPL-3.0-only"), false);
  assert.equal(isAllowed("GPL-3.0 AND MIT"), false);
  assert.equal(isAllowed("(MIT OR GPL-3.0)"), true);
});

// Builds for other platforms are locked without metadata and are not installed here; each is part of
// a package whose licence is checked.
function licenceOf(path: string, entry: LockedPackage): string | undefined {
  if (entry.license !== undefined) return entry.license;
  const manifest = new URL(`../${path}/package.json`, import.meta.url);
  if (!existsSync(manifest)) return undefined;
  const { license } = JSON.parse(readFileSync(manifest, "utf8")) as { license?: string };
  return license ?? "none stated";
}

function isAllowed(expression: string): boolean {
  const words = expression.replace(/[()]/g, "");
  return words.split(" OR ").some((one) => one.split(" AND ").every((id) => ALLOWED.includes(id)));
}
