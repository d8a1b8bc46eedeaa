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
  const { replies } = await serve('{"id":3,"op":"drop_push","count":1}', '{"id":4}');
  assert.deepEqual(replies, [
    { id: 3, unsupported: "drop_push" },
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
  let restarts = 0;
  const serving = serveHooks(input, output, {
    advance: (ms) => advanced.push(ms),
    restart() {
      restarts += 1;
      return restart();
    },
  });
  input.end(lines.map((line) => `${line}\n`).join(""));
  await serving;
  const text = String(output.read() ?? "");
  const replies = text.split("\n").filter(Boolean);
  return { replies: replies.map((line) => JSON.parse(line)), advanced, restarts };
}
