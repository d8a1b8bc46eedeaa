// A command line is a shell with a program in it; what the judge sees is to be the program's end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { endGroup, signalGroup, spawnGroup } from "./process-group.ts";

test("a program that ends slowly on SIGTERM is waited for, and its exit code is told", async () => {
  const child = spawnGroup("sh -c 'trap \"sleep 0.2; exit 7\" TERM; echo up; sleep 10 & wait'", {});
  await once(child.stdout as NodeJS.ReadableStream, "data");
  signalGroup(child.pid, "SIGTERM");
  assert.deepEqual(await once(child, "exit"), [7, null]);
  endGroup(child.pid);
});
