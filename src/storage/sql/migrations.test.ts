// The list of migrations: names and versions as the documents give them. Spec: STORE-008 to STORE-019.

import assert from "node:assert/strict";
import { test } from "node:test";
import { migrations } from "./migrations.ts";

/** Every migration of schema version 13. Version 2 was never released (C-76). */
const documented = new Map([
  [1, "001_initial"],
  [3, "002_add_seq"],
  [4, "003_channels"],
  [5, "004_federation"],
  [6, "005_signing_key"],
  [7, "006_kt_log"],
  [8, "007_add_expiry"],
  [9, "008_devices"],
  [10, "009_sessions"],
  [11, "010_blobs"],
  [12, "011_recovery_bundles"],
  [13, "012_moderation"],
]);

test("every migration has a documented name and version", () => {
  for (const { version, name } of migrations) assert.equal(name, documented.get(version));
});

test("versions rise", () => {
  const versions = migrations.map((migration) => migration.version);
  assert.deepEqual(
    versions,
    [...new Set(versions)].sort((a, b) => a - b),
  );
});
