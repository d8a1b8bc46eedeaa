// The process of a subject: a group of its own, its ready lines, its hooks, and no orphan left behind.

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { SubjectGone, SubjectUnusable, Unsupported } from "./errors.ts";
import { peakMemory } from "./memory.ts";
import { endGroup, signalGroup, spawnGroup } from "./process-group.ts";

export interface ReadyLine {
  readonly host: string;
  readonly port: number;
  readonly line: Readonly<Record<string, unknown>>;
}

export interface SubjectProcess {
  /** ready waits `ms` milliseconds for the next ready line. Throws SubjectUnusable or SubjectGone. */
  ready(ms: number): Promise<ReadyLine>;
  /** hook runs an operation on stdin. Throws Unsupported when the subject lacks it. */
  hook(op: string, args?: Readonly<Record<string, unknown>>): Promise<void>;
  /** exited resolves with the exit code. */
  readonly exited: Promise<number | null>;
  isAlive(): boolean;
  /** peakMemory is that of the process group, in bytes; undefined where the system does not tell. */
  peakMemory(): number | undefined;
  /** stderr is the newest output, for evidence. */
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** end sends SIGTERM, after 5 s SIGKILL, and leaves nothing of the group. */
  end(): Promise<void>;
}

const HOOK_MS = 40_000;
const END_MS = 5_000;
const KEPT_STDERR = 8_192;

/** spawnSubject starts a program; a string is a command line for `sh -c`. */
export function spawnSubject(
  command: string | readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): SubjectProcess {
  return watch(spawnGroup(command, env));
}

function watch(child: ChildProcess): SubjectProcess {
  let stderr = "";
  let lastId = 0;
  let nextReady = Promise.withResolvers<ReadyLine>();
  const replies = new Map<unknown, (reply: Record<string, unknown>) => void>();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});

  const exited = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      gone.reject(new SubjectGone(`could not be started: ${error.message}`));
      resolve(null);
    });
    child.once("exit", (code, signal) => {
      gone.reject(new SubjectGone(`the process ended with ${signal ?? `exit code ${code}`}`));
      resolve(code);
    });
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  child.stdin?.on("error", () => {});
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const message = parseLine(line);
    const ready = readReady(message?.ready);
    if (ready) nextReady.resolve(ready);
    else if (message) replies.get(message.id)?.(message);
  });

  return {
    ready(ms) {
      return within(ms, Promise.race([nextReady.promise, gone.promise]), "no ready line");
    },
    exited,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    peakMemory: () => (child.pid === undefined ? undefined : peakMemory(child.pid)),
    stderr: () => stderr,
    signal: (signal) => signalGroup(child.pid, signal),
    async hook(op, args = {}) {
      const id = ++lastId;
      const answered = Promise.withResolvers<Record<string, unknown>>();
      replies.set(id, answered.resolve);
      if (op === "restart") nextReady = Promise.withResolvers();
      child.stdin?.write(`${JSON.stringify({ id, op, ...args })}\n`);
      const answer = Promise.race([answered.promise, gone.promise]);
      const reply = await within(HOOK_MS, answer, `no answer to the hook ${op}`);
      replies.delete(id);
      if ("unsupported" in reply) throw new Unsupported(`needs the hook ${op}`);
      if (!("ok" in reply)) throw new SubjectUnusable(`hook ${op}: ${JSON.stringify(reply)}`);
    },
    async end() {
      signalGroup(child.pid, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), END_MS);
      await exited;
      clearTimeout(timer);
      endGroup(child.pid); // what a shell left behind
    },
  };
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function readReady(value: unknown): ReadyLine | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const line = value as Record<string, unknown>;
  const { host, port } = line;
  return typeof host === "string" && typeof port === "number" ? { host, port, line } : undefined;
}

async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = new SubjectUnusable(`${what} within ${ms / 1000} s`);
  const timer = setTimeout(() => late.reject(error), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
