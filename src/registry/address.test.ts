// What HOST:PORT is and what it is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress } from "./address.ts";

test("a host, or an IPv6 address in brackets, and a port", () => {
  assert.deepEqual(readAddress("localhost:0"), { host: "localhost", port: 0 });
  assert.deepEqual(readAddress("127.0.0.1:65535"), { host: "127.0.0.1", port: 65_535 });
  assert.deepEqual(readAddress("[::1]:5001"), { host: "::1", port: 5001 });
});

for (const text of [
  "",
  "localhost",
  ":5001",
  "::1:5001",
  "[]:1",
  "a:65536",
  "a:-1",
  "a:1 ",
  "a:x",
]) {
  test(`"${text}" is none`, () => assert.equal(readAddress(text), undefined));
}
