// Crash safety: a process that is killed at any moment loses nothing that it was answered (I-25).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { inbox, key, NO_DEVICE, NOW } from "../contract/harness.ts";
import { openStores } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-crash-"));
after(() => rmSync(folder, { recursive: true }));

const ROUNDS = 4;

for (const backend of ["sql", "sqlcipher", "file"] as const) {
  test(`${backend}: kill -9 between, in and after commits`, async () => {
    const path = join(folder, `${backend}.db`);
    let answered = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      answered = await writeUntilKilled(backend, path, answered + 10 * round);
      const stores = await openStores(
        backend === "sqlcipher" ? { backend, path, key: key(1) } : { backend, path },
      );
      const bounds = { limit: 100_000, maxBytes: 1e9, now: NOW };
      const shown = (await stores.deliveries.view(inbox(1), NO_DEVICE, bounds)) ?? [];
      await stores.close();
      assert.ok(shown.length >= answered, `${answered} answered, ${shown.length} stored`);
      assert.deepEqual(
        shown.map((envelope) => envelope.seq),
        shown.map((_, n) => BigInt(n + 1)),
      );
    }
  });
}

/** writeUntilKilled answers the highest seq that the child reported before it died. */
async function writeUntilKilled(backend: string, path: string, enough: number): Promise<number> {
  const program = `
    const { openStores } = await import(${JSON.stringify(new URL("open.ts", import.meta.url))});
    const { inbox, key, message, NOW } = await import(
      ${JSON.stringify(new URL("../contract/harness.ts", import.meta.url))});
    const stores = await openStores({ ...${JSON.stringify({ backend, path })}, key: key(1) });
    for (;;) {
      const calls = ["a", "b", "c"].map((text) => stores.deliveries.enqueue([message(inbox(1), text)], NOW));
      const answers = (await Promise.all(calls)).flat();
      process.stdout.write(answers.at(-1).seq + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let highest = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    highest = Number(line);
    if (highest >= enough) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  assert.ok(highest >= enough, "the child stopped by itself");
  return highest;
}
