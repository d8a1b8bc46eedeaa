// A process of the benchmark, and questions to it over IPC.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface BenchProcess {
  /** ask sends a message and waits for the answer. It rejects when the process ends instead. */
  ask<Answer>(message: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** startProcess runs a file of this folder. */
export function startProcess(file: "client.ts" | "http2-server.ts"): BenchProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, { serialization: "advanced" });
  const ended = once(child, "exit");
  return {
    async ask<Answer>(message: object) {
      const answered = once(child, "message");
      child.send(message);
      const died = ended.then(([code]) => {
        throw new Error(`${file} ended with exit code ${code}`);
      });
      const [answer] = await Promise.race([answered, died]);
      return answer as Answer;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
