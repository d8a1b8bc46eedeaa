// What /proc says of processes that we know.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { peakMemory } from "./memory.ts";

const absent = existsSync("/proc/self/status") ? false : "there is no /proc here";

test("a group that nobody has is not known", () => {
  assert.equal(peakMemory(2 ** 30), undefined);
});

test("a process that took 200 MB has a peak of that", { skip: absent }, async () => {
  const script = "Buffer.alloc(200_000_000, 1); console.log('taken'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ["-e", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await once(child.stdout, "data");
    const peak = peakMemory(child.pid as number);
    assert.ok(peak !== undefined && peak > 200_000_000 && peak < 2_000_000_000, `${peak}`);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
