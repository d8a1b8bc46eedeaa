// Hooks of a server under test, line by line (S-15).

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { serveHooks } from "./hooks.ts";

test("clock.advance moves the clock by ms", async () => {
  const { replies, advanced } = await serve('{"id":1,"op":"clock.advance","ms":250}');
  assert.deepEqual(replies, [{ id: 1, ok: {} }]);
  assert.deepEqual(advanced, [250]);
});

test("restart is answered when it is over", async () => {
  const { replies, restarts } = await serve('{"id":"r","op":"restart"}');
  assert.deepEqual(replies, [{ id: "r", ok: {} }]);
  assert.equal(restarts, 1);
});

test("an unknown hook is unsupported, by its name", async () => {
  const { replies } = await serve('{"id":3,"op":"forget"}', '{"id":4}');
  assert.deepEqual(replies, [
    { id: 3, unsupported: "forget" },
    { id: 4, unsupported: "undefined" },
  ]);
});

test("wrong arguments are an error, and the next hook is answered", async () => {
  const wrong = ['"ten"', "-1", "null"].map((ms) => `{"id":1,"op":"clock.advance","ms":${ms}}`);
  const { replies, advanced } = await serve(...wrong, '{"id":2,"op":"clock.advance","ms":0}');
  const expected = { class: "local.invalid", msg: "ms is a number of at least 0" };
  assert.deepEqual(replies, [...wrong.map(() => ({ id: 1, err: expected })), { id: 2, ok: {} }]);
  assert.deepEqual(advanced, [0]);
});

test("limits and drop_push hand on what they were given", async () => {
  const { replies, limits, dropped } = await serve(
    '{"id":1,"op":"limits","rate_per_s":5,"wait_ms":100}',
    '{"id":2,"op":"drop_push","count":3}',
    '{"id":3,"op":"drop_push"}',
  );
  const err = { class: "local.invalid", msg: "count is a number of at least 0" };
  assert.deepEqual(replies, [
    { id: 1, ok: {} },
    { id: 2, ok: {} },
    { id: 3, err },
  ]);
  assert.deepEqual(limits, [{ rate_per_s: 5, wait_ms: 100 }]);
  assert.deepEqual(dropped, [3]);
});

test("admin adds a key; what is no key is an error", async () => {
  const hex = "a1".repeat(32);
  const { replies, admins } = await serve(
    `{"id":1,"op":"admin","key":{"hex":"${hex}"}}`,
    '{"id":2,"op":"admin","key":{"hex":"a1"}}',
    '{"id":3,"op":"admin"}',
  );
  const err = (got: string) => ({
    class: "local.invalid",
    msg: `the identity key of an administrator has 64 hexadecimal digits, not ${got}`,
  });
  assert.deepEqual(replies, [
    { id: 1, ok: {} },
    { id: 2, err: err("a1") },
    { id: 3, err: err("undefined") },
  ]);
  assert.deepEqual(admins, [Buffer.from(hex, "hex")]);
});

test("a restart that fails is an error", async () => {
  const { replies } = await serveWith(
    () => Promise.reject(new Error("the port is taken")),
    '{"id":1,"op":"restart"}',
  );
  assert.deepEqual(replies, [{ id: 1, err: { class: "local.invalid", msg: "the port is taken" } }]);
});

test("whatever is no JSON object is noise", async () => {
  const { replies } = await serve("", "hello", "null", "7", '"op"', '{"id":1,"op":"restart"}');
  assert.equal(replies.length, 1);
});

function serve(...lines: string[]) {
  return serveWith(() => Promise.resolve(), ...lines);
}

async function serveWith(restart: () => Promise<void>, ...lines: string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const advanced: number[] = [];
  const limits: unknown[] = [];
  const dropped: number[] = [];
  const admins: Uint8Array[] = [];
  let restarts = 0;
  const serving = serveHooks(input, output, {
    advance: (ms) => advanced.push(ms),
    restart() {
      restarts += 1;
      return restart();
    },
    changeLimits: (given) => limits.push(given),
    dropPushes: (count) => dropped.push(count),
    addAdmin: (key) => admins.push(key),
  });
  input.end(lines.map((line) => `${line}\n`).join(""));
  await serving;
  const text = String(output.read() ?? "");
  const replies = text.split("\n").filter(Boolean);
  const parsed = replies.map((line) => JSON.parse(line));
  return { replies: parsed, advanced, limits, dropped, admins, restarts };
}
