// How the engine says that its connection ended.

import { timedOut } from "../close.ts";
import type { CloseInfo } from "../transport.ts";
import type { Engine } from "./binding.ts";

/** closeInfo reads from the engine how its connection ended. */
export function closeInfo(engine: Engine): CloseInfo {
  const peer = engine.peerError();
  const error = peer ?? engine.localError();
  if (error) {
    return {
      by: peer ? "peer" : "local",
      application: error.isApp,
      code: error.errorCode,
      reason: Buffer.from(error.reason).toString(),
    };
  }
  if (engine.isTimedOut()) return timedOut("idle timeout");
  return { by: "peer", application: false, code: 0, reason: "stateless reset" };
}
