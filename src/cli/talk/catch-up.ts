// A round with the server before and after a command, so that it works with what is new, and nothing that
// came in meanwhile goes untold.

import { Unreachable } from "../../client/messenger/errors.ts";
import type { Talk } from "./talk.ts";

/** syncAndTell tells the news of one round; false when there are none. It throws Unreachable. */
export async function syncAndTell({ messenger, print, tell }: Talk): Promise<boolean> {
  const report = await messenger.sync();
  await tell(report);
  const { changes, received, faults, failed, waiting } = report;
  if (waiting > 0) print(`* still to be sent: ${waiting}`);
  return waiting > 0 || [changes, received, faults, failed].some(({ length }) => length > 0);
}

/** catchUp is the same for what can be done without the server as well. */
export async function catchUp(talk: Talk): Promise<void> {
  try {
    await syncAndTell(talk);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
  }
}
