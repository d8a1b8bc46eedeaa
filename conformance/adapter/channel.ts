// Where an adapter is reached: a process of its own on stdio, or a TCP connection either side opened.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { SubjectUnusable } from "../judge/errors.ts";

/** Channel is one life of an adapter. */
export interface Channel {
  readonly input: Readable;
  readonly output: Writable;
  /** ended resolves with the reason once the adapter is gone and its output is read. */
  readonly ended: Promise<string>;
  /** stderr is its newest part, for evidence. */
  stderr(): string;
  /** close waits `patience` milliseconds, then ends it; true when it had gone of itself. */
  close(patience: number): Promise<boolean>;
}

export type OpenChannel = () => Promise<Channel>;

const TERM_MS = 5_000;
const DIAL_MS = 60_000;
const KEPT_STDERR = 8_192;

/** Process groups that are not known to be gone; an exit of the runner takes them along. */
const groups = new Set<number>();
process.on("exit", () => {
  for (const pid of groups) signalGroup(pid, "SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => process.exit(130));
}

/** stdioChannel runs a command line by `sh -c`, in a process group of its own. */
export function stdioChannel(command: string): OpenChannel {
  return async () => {
    const child = start(command, {});
    if (child.stdout === null || child.stdin === null) throw new SubjectUnusable("no pipes");
    return processChannel(child, child.stdout, child.stdin);
  };
}

/** attachChannel connects to an adapter that listens. */
export function attachChannel(host: string, port: number): OpenChannel {
  return async () => {
    const socket = connect({ host, port });
    try {
      await once(socket, "connect");
    } catch (error) {
      throw new SubjectUnusable(`--attach ${host}:${port}: ${(error as Error).message}`);
    }
    return socketChannel(socket);
  };
}

/** dialChannel starts a command with QPC_RUNNER=host:port and waits for it to connect there. */
export function dialChannel(command: string): OpenChannel {
  return async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const child = start(command, { QPC_RUNNER: `127.0.0.1:${port}` });
    child.stdout?.resume();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), DIAL_MS);
    child.once("exit", () => abort.abort());
    try {
      const [socket] = (await once(server, "connection", { signal: abort.signal })) as [Socket];
      return processChannel(child, withoutDelay(socket), socket);
    } catch {
      signalGroup(child.pid, "SIGKILL");
      throw new SubjectUnusable("the adapter did not connect to QPC_RUNNER");
    } finally {
      clearTimeout(timer);
      server.close();
    }
  };
}

function start(command: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn("sh", ["-c", command], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a process group of its own: what a shell started ends with it
  });
  if (child.pid !== undefined) groups.add(child.pid);
  return child;
}

function processChannel(child: ChildProcess, input: Readable, output: Writable): Channel {
  let stderr = "";
  let isGone = false;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  quiet(input, output, child.stdin);
  const gone = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`it could not be started: ${error.message}`));
    // What a shell left behind may hold the pipes open, so the end of the output is not waited for.
    child.once("exit", (code, signal) => {
      isGone = true;
      resolve(`the process ended with ${signal ?? `exit code ${code}`}`);
    });
  });
  const ended = gone.then(async (why) => {
    await Promise.race([input.readableEnded ? undefined : once(input, "close"), pause(200)]);
    return why;
  });
  return {
    input,
    output,
    ended,
    stderr: () => stderr.trim(),
    async close(patience) {
      if (!isGone) output.end();
      if (patience > 0) await Promise.race([gone, pause(patience)]);
      const wentItself = isGone;
      if (!isGone) signalGroup(child.pid, patience > 0 ? "SIGTERM" : "SIGKILL");
      await Promise.race([gone, pause(TERM_MS)]);
      signalGroup(child.pid, "SIGKILL"); // one that ignores SIGTERM, and what a shell left behind
      await gone;
      if (child.pid !== undefined) groups.delete(child.pid);
      input.destroy();
      return wentItself;
    },
  };
}

function socketChannel(socket: Socket): Channel {
  quiet(socket);
  withoutDelay(socket);
  const gone = new Promise<string>((resolve) => {
    socket.once("close", () => resolve("the connection ended"));
  });
  return {
    input: socket,
    output: socket,
    ended: gone,
    stderr: () => "",
    async close(patience) {
      const wasOpen = !socket.closed;
      socket.end();
      const isLeft = await Promise.race([gone.then(() => false), pause(patience).then(() => true)]);
      socket.destroy();
      return !wasOpen || !isLeft;
    },
  };
}

function withoutDelay(socket: Socket): Socket {
  return socket.setNoDelay(true);
}

// An adapter that is gone breaks the pipes; `ended` tells of it.
function quiet(...streams: readonly (Readable | Writable | null)[]): void {
  for (const stream of streams) stream?.on("error", () => {});
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}
