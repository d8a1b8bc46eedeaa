// The idle timeout, on a server where it is short (spec/transport.md).

import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../../judge/case.ts";
import { allOk, health, transportCase, within } from "./calls.ts";

const IDLE_MS = 1_500;
const BUSY_MS = 2 * IDLE_MS;
const PAUSE_MS = IDLE_MS / 4;

export const idleCases: readonly Case[] = [
  transportCase({
    id: "transport.idle-timeout.silent-and-busy",
    rules: ["transport.idle-timeout"],
    server: { limits: { idle_ms: IDLE_MS } },
    sends: "idle timeout 1.5 s: nothing on one connection, on another Health every 375 ms",
    expects: "the first ends after 1.35 to 4.5 s; the second is served for 3 s",
    checks: ["ends", "not-early", "answer"],
    async run(t) {
      const [silent, busy] = [await t.peer(), await t.peer()];
      await health(silent);
      const start = performance.now();
      const ended = within(
        3 * IDLE_MS,
        silent.quic.closed.then(() => performance.now() - start),
      );
      const answers = [];
      while (performance.now() - start < BUSY_MS) {
        answers.push(await health(busy, answers.length));
        await sleep(PAUSE_MS);
      }
      const after = await ended;
      t.check("ends", after !== undefined, { expected: "an end within 4.5 s", got: "none" });
      t.check("not-early", (after ?? IDLE_MS) > 0.9 * IDLE_MS, {
        expected: "no end before 1.35 s",
        got: `${Math.round(after ?? 0)} ms`,
      });
      allOk(t, answers);
    },
  }),
];
