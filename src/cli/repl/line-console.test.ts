// A person at a terminal: what is typed survives what comes in, and secrets are not shown.

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { PASSWORD } from "../qpc-password.ts";
import { openConsole } from "./line-console.ts";

test("what comes in does not mix with what is being typed", async () => {
  const { lines, type, shown } = sit(true);
  const line = lines.next("alice> ");
  await type("hel");
  lines.print("[bob] hi\u001b[2J");
  await type("lo\r");
  assert.equal(await line, "hello");
  assert.equal(stripVTControlCharacters(shown()), "alice> hel[bob] hi\ufffd[2J\nalice> hello\r\n");
  lines.print("afterwards");
  assert.ok(shown().endsWith("afterwards\n"));
  lines.close();
});

test("a secret is not shown, and lines go on after it", async () => {
  const { lines, type, shown } = sit(true);
  const secret = lines.secret(PASSWORD, "known");
  await type("hidden\r");
  assert.equal(await secret, "hidden");
  const line = lines.next("> ");
  await type("seen\r");
  assert.equal(await line, "seen");
  assert.doesNotMatch(shown(), /hidden/);
  lines.close();
});

test("Ctrl-C and Ctrl-D end the input", async () => {
  for (const key of ["\u0003", "\u0004"]) {
    const { lines, type } = sit(true);
    const line = lines.next("> ");
    await type(key);
    assert.equal(await line, undefined);
    assert.equal(await lines.next("> "), undefined);
    assert.equal(lines.interrupted.aborted, key === "\u0003");
  }
});

test("a pipe sees no prompt, and its lines wait until they are asked for", async () => {
  const { lines, input, type, shown } = sit(false);
  const first = lines.next("> ");
  await type("one\ntwo\nthree\n");
  input.end();
  await turn();
  assert.equal(await first, "one");
  assert.equal(await lines.next("> "), "two");
  assert.equal(await lines.next("> "), "three");
  assert.equal(await lines.next("> "), undefined);
  lines.print("still");
  assert.equal(shown(), "still\n");
});

test("what takes long ends with a signal, and not with the end of a pipe", async () => {
  const { lines, input, stop } = sit(false);
  input.end();
  assert.equal(await lines.next("> "), undefined);
  assert.equal(lines.interrupted.aborted, false);
  stop.abort();
  assert.throws(() => lines.interrupted.throwIfAborted(), /interrupted/);
});

function sit(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode() {} });
  const output = new PassThrough({ encoding: "utf8" });
  let shown = "";
  output.on("data", (text: string) => {
    shown += text;
  });
  const stop = new AbortController();
  const { signal } = stop;
  const lines = openConsole({ env: {}, terminal: { input, output }, output, signal });
  const type = async (keys: string) => {
    input.write(keys);
    await turn();
    await turn();
  };
  return { lines, input, stop, type, shown: () => shown };
}
