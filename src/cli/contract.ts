// People at keyboards for tests of qpc: REPLs and commands in this process, around one reference server in
// memory whose network can go away.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Reference, startReference } from "../client/contract/reference.ts";
import type { Caller } from "../rpc/caller.ts";
import type { Connect } from "./qpc-connect.ts";
import { readCommand } from "./qpc-options.ts";
import { runRepl } from "./repl/repl.ts";
import { runTalk } from "./talk/run.ts";

export interface Stage {
  readonly reference: Reference;
  readonly folder: string;
  /** False breaks the connections that there are, and lets no other come about. */
  isOnline: boolean;
  /** sit opens a REPL with a store and a password of this name. */
  sit(username: string, env?: NodeJS.ProcessEnv): Seat;
  /** qpc runs a command with the store of this name and answers what it prints. */
  qpc(username: string, argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>;
}

/** Seat is a REPL at the end of a pipe. */
export interface Seat {
  /** All that it has printed. */
  readonly shown: string;
  say(line: string): void;
  /** sees waits for a line that was not seen before, and answers it. */
  sees(line: RegExp): Promise<string>;
  /** leave ends the input; it rejects with what the REPL throws. */
  leave(): Promise<void>;
  /** Settles when the REPL is over. */
  readonly over: Promise<void>;
}

const PATIENCE_MS = 20_000;

export async function startStage(t: Pick<TestContext, "after">): Promise<Stage> {
  const reference = await startReference(t);
  const folder = await mkdtemp(join(tmpdir(), "qpc-stage-"));
  const network = createNetwork(reference);
  const seats: Seat[] = [];
  t.after(async () => {
    network.isOnline = true;
    await Promise.allSettled(seats.map((seat) => seat.leave()));
    await rm(folder, { recursive: true });
  });
  const envOf = (username: string): NodeJS.ProcessEnv => ({
    QPC_STORE: join(folder, `${username}.db`),
    QPC_STORE_PASSPHRASE: `passphrase of ${username}`,
    QPC_PASSWORD: `password of ${username}`,
  });
  return {
    ...{ reference, folder },
    get isOnline() {
      return network.isOnline;
    },
    set isOnline(isOnline) {
      network.isOnline = isOnline;
    },
    sit(username, env = {}) {
      const seat = openSeat(username, { ...envOf(username), ...env }, network.connect);
      seats.push(seat);
      return seat;
    },
    async qpc(username, argv, given = {}) {
      const env = { ...envOf(username), ...given };
      const command = readCommand(argv, env);
      assert.equal(command.name, "talk");
      const output = new PassThrough({ encoding: "utf8" });
      const terminal = { input: new PassThrough(), output };
      const io = { env, terminal, output, signal: AbortSignal.timeout(PATIENCE_MS) };
      await runTalk(command as typeof command & { name: "talk" }, async () => network.connect, io);
      return output.read() ?? "";
    },
  };
}

function openSeat(username: string, env: NodeJS.ProcessEnv, connect: Connect): Seat {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: "utf8" });
  const command = readCommand(["repl", "-u", username], env);
  assert.equal(command.name, "repl");
  let shown = "";
  let seen = 0;
  output.on("data", (text: string) => {
    shown += text;
  });
  const io = { env, terminal: { input, output }, output, signal: new AbortController().signal };
  const over = runRepl(command as typeof command & { name: "repl" }, connect, io);
  let error: unknown;
  over.catch((reason) => {
    error = reason;
  });
  return {
    over,
    get shown() {
      return shown;
    },
    say: (line) => void input.write(`${line}\n`),
    async sees(pattern) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const lines = shown.slice(seen).split("\n").slice(0, -1);
        const found = lines.findIndex((line) => pattern.test(line));
        if (found >= 0) {
          seen += lines.slice(0, found + 1).reduce((sum, line) => sum + line.length + 1, 0);
          return lines[found] ?? "";
        }
        if (error) throw error;
        assert.ok(Date.now() < deadline, `${username} waits for ${pattern} and sees:\n${shown}`);
        await sleep(10);
      }
    },
    leave() {
      input.end();
      return over;
    },
  };
}

function createNetwork(reference: Reference): { isOnline: boolean; readonly connect: Connect } {
  let cable = new AbortController();
  return {
    get isOnline() {
      return !cable.signal.aborted;
    },
    set isOnline(isOnline) {
      if (!isOnline) cable.abort(new Error("the network is down"));
      else if (cable.signal.aborted) cable = new AbortController();
    },
    async connect() {
      cable.signal.throwIfAborted();
      const closed = new AbortController();
      const end = AbortSignal.any([cable.signal, closed.signal]);
      const caller = endingWith(await reference.connect(), end);
      return { caller, close: async () => closed.abort(new Error("closed")) };
    },
  };
}

function endingWith(caller: Caller, end: AbortSignal): Caller {
  return {
    ...caller,
    call(methodId, payload, signal) {
      end.throwIfAborted();
      return caller.call(methodId, payload, signal ? AbortSignal.any([signal, end]) : end);
    },
    async *events() {
      const over = new Promise<IteratorReturnResult<undefined>>((resolve) => {
        end.addEventListener("abort", () => resolve({ done: true, value: undefined }));
      });
      const events = caller.events();
      for (;;) {
        const { done, value } = await Promise.race([events.next(), over]);
        if (done) return;
        yield value;
      }
    },
  };
}
