// The credentials in a preset, and every way to get them wrong (C-62).

import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../judge/errors.ts";
import { readCredentials } from "./credentials.ts";

const ADMIN = { username: "root", password: "secret", identity_key: "a1".repeat(32) };

test("a preset without credentials has none", () => {
  const none = { admin: undefined, operatorToken: undefined };
  assert.deepEqual(readCredentials({ name: "server", features: [] }), none);
});

test("an administrator's account, and the operator token", () => {
  const { admin, operatorToken } = readCredentials({ admin: ADMIN, operator_token: "token" });
  assert.equal(operatorToken, "token");
  assert.deepEqual([admin?.username, admin?.password], ["root", "secret"]);
  assert.deepEqual(admin?.identityKey, Buffer.alloc(32, 0xa1));
});

const WRONG: readonly object[] = [
  { operator_token: "" },
  { operator_token: 7 },
  { admin: null },
  { admin: "root" },
  { admin: { ...ADMIN, username: "" } },
  { admin: { ...ADMIN, password: undefined } },
  { admin: { ...ADMIN, identity_key: "a1" } },
  { admin: { ...ADMIN, identity_key: `${"a1".repeat(31)}zz` } },
];

for (const preset of WRONG) {
  test(`usage error: ${JSON.stringify(preset)}`, () => {
    assert.throws(
      () => readCredentials({ ...preset }),
      (error) => error instanceof UsageError && /^preset: /.test(error.message),
    );
  });
}
