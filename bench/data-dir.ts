// A folder for the state of one run, gone when the run is over.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** createDataDir makes an empty folder that is removed with the stack. */
export async function createDataDir(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "qpc-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
