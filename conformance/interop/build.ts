// Builds peers into the cache. A peer whose tool is not here is left out, and the reason is told.

import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { cacheFolder, type Step } from "./peers.ts";

/** Built is whether a peer can be used, and why not. */
export type Built =
  | { readonly state: "ready" }
  | { readonly state: "left-out"; readonly why: string }
  | { readonly state: "broken"; readonly why: string };

const KEPT_OUTPUT = 4_000;

/** Builder builds steps in order, up to the first that does not go well. */
export type Builder = (steps: readonly Step[]) => Promise<Built>;

/** createBuilder builds each step once, whoever needs it. */
export function createBuilder(say: (line: string) => void): Builder {
  const done = new Map<string, Promise<Built>>();

  async function run(step: Step): Promise<Built> {
    const words = [step.tool, ...step.args].join(" ");
    say(`building: ${words}`);
    await mkdir(cacheFolder(), { recursive: true });
    return new Promise((resolve) => {
      const child = spawn(step.tool, [...step.args], {
        cwd: step.cwd,
        env: { ...process.env, ...step.env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output = (output + text).slice(-KEPT_OUTPUT);
        });
      }
      child.once("error", (error: NodeJS.ErrnoException) => {
        const isMissing = error.code === "ENOENT";
        const why = isMissing ? `${step.tool} is not here` : error.message;
        resolve({ state: isMissing ? "left-out" : "broken", why });
      });
      child.once("close", (code) => {
        if (code === 0) resolve({ state: "ready" });
        else resolve({ state: "broken", why: `${words}: exit code ${code}\n${output.trim()}` });
      });
    });
  }

  return async (steps) => {
    for (const step of steps) {
      const key = JSON.stringify([step.tool, step.args]);
      const running = done.get(key) ?? run(step);
      done.set(key, running);
      const built = await running;
      if (built.state !== "ready") return built;
    }
    return { state: "ready" };
  };
}
