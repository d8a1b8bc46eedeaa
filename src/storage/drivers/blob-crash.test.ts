// Crash safety of blobs: a process that is killed at any moment loses no byte that it was answered, and
// leaves no file that a start does not account for (C-65, I-25).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { chunkOf, idOf } from "../contract/blobs.ts";
import { NOW } from "../contract/harness.ts";
import { openStores } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-blob-crash-"));
after(() => rmSync(folder, { recursive: true }));

const ROUNDS = 4;
const SIZE = 3000;
const BOUNDS = { quota: 1e9, leastCost: 1, lifetime: 1e9 };

/** contentOf is what the child uploads under a number. */
const contentOf = (number: number) => Buffer.alloc(SIZE, `blob ${number};`);

test("kill -9 anywhere in an upload", async () => {
  const path = join(folder, "qpc.db");
  for (let round = 1; round <= ROUNDS; round += 1) {
    const answered = await uploadUntilKilled(path, 10_000 * round, 15 * round);
    const stores = await openStores({ backend: "sql", path });
    for (const [number, received] of answered) {
      const content = contentOf(number);
      const again = await stores.blobs.upload(chunkOf(content, 0, 1), BOUNDS, NOW);
      assert.ok("received" in again && again.received >= received, `blob ${number}`);
      const rest = chunkOf(content, again.received, SIZE);
      if (!again.complete) await stores.blobs.upload(rest, BOUNDS, NOW);
      const range = await stores.blobs.read(idOf(content), 0, () => SIZE);
      assert.deepEqual(Buffer.from(range?.bytes ?? []), content);
    }
    await stores.close();
  }
  // What was begun without an answer may be known as well; all of it is, after another start.
  await (await openStores({ backend: "sql", path })).close();
  const partial = readdirSync(join(folder, "blobs", "partial"));
  assert.ok(partial.length <= 4 * ROUNDS, `${partial.length} partial files`);
});

/** uploadUntilKilled answers how many bytes of each blob the child was told are held. */
async function uploadUntilKilled(
  path: string,
  from: number,
  enough: number,
): Promise<ReadonlyMap<number, number>> {
  const program = `
    const { openStores } = await import(${JSON.stringify(new URL("open.ts", import.meta.url))});
    const { chunkOf } = await import(
      ${JSON.stringify(new URL("../contract/blobs.ts", import.meta.url))});
    const stores = await openStores({ backend: "sql", path: ${JSON.stringify(path)} });
    const lane = async (number) => {
      for (;; number += 4) {
        const content = Buffer.alloc(${SIZE}, "blob " + number + ";");
        for (let at = 0; at < ${SIZE}; at += 1000) {
          const chunk = chunkOf(content, at, at + 1000);
          const { received } = await stores.blobs.upload(chunk, ${JSON.stringify(BOUNDS)}, ${NOW});
          process.stdout.write(number + " " + received + "\\n");
        }
      }
    };
    await Promise.all([0, 1, 2, 3].map((n) => lane(${from} + n)));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const answered = new Map<number, number>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [number = 0, received = 0] = line.split(" ").map(Number);
    answered.set(number, received);
    lines += 1;
    if (lines >= enough) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  assert.ok(lines >= enough, "the child stopped by itself");
  return answered;
}
