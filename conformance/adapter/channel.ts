// Where an adapter is reached: a process of its own on stdio, or a TCP connection either side opened.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { SubjectUnusable } from "../judge/errors.ts";
import { endGroup, signalGroup, spawnGroup } from "../judge/process-group.ts";

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
/** What a process has written may be read when the process is gone already. */
const REST_MS = 200;
const DIAL_MS = 60_000;
/** Somebody starts it by hand. */
const LISTEN_MS = 300_000;
const KEPT_STDERR = 8_192;

/** stdioChannel runs a program, or a command line by `sh -c`, in a process group of its own. */
export function stdioChannel(
  command: Parameters<typeof spawnGroup>[0],
  env: Readonly<Record<string, string>> = {},
): OpenChannel {
  return async () => {
    const child = spawnGroup(command, env);
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
    const child = spawnGroup(command, { QPC_RUNNER: `127.0.0.1:${port}` });
    child.stdout?.resume();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), DIAL_MS);
    child.once("exit", () => abort.abort());
    try {
      const [socket] = (await once(server, "connection", { signal: abort.signal })) as [Socket];
      return processChannel(child, withoutDelay(socket), socket);
    } catch {
      endGroup(child.pid);
      throw new SubjectUnusable("the adapter did not connect to QPC_RUNNER");
    } finally {
      clearTimeout(timer);
      server.close();
    }
  };
}

/**
 * listenChannel waits for an adapter that somebody starts elsewhere, and after each loss for the next.
 * `onListening` is told the port once; that of the first call stays open until the runner ends.
 */
export function listenChannel(
  host: string,
  port: number,
  onListening: (port: number) => void,
): OpenChannel {
  let listening: Promise<Server> | undefined;
  const listen = async () => {
    const server = createServer();
    server.listen(port, host);
    try {
      await once(server, "listening");
    } catch (error) {
      throw new SubjectUnusable(`--listen ${host}:${port}: ${(error as Error).message}`);
    }
    server.unref();
    onListening((server.address() as AddressInfo).port);
    return server;
  };
  return async () => {
    listening ??= listen();
    const server = await listening;
    server.ref();
    try {
      const signal = AbortSignal.timeout(LISTEN_MS);
      const [socket] = (await once(server, "connection", { signal })) as [Socket];
      return socketChannel(socket);
    } catch {
      throw new SubjectUnusable(`no adapter connected within ${LISTEN_MS / 1000} s`);
    } finally {
      server.unref();
    }
  };
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
    if (!input.readableEnded) await isWithin(once(input, "close"), REST_MS);
    return why;
  });
  return {
    input,
    output,
    ended,
    stderr: () => stderr.trim(),
    async close(patience) {
      if (!isGone) output.end();
      if (patience > 0) await isWithin(gone, patience);
      const wentItself = isGone;
      if (!isGone) signalGroup(child.pid, patience > 0 ? "SIGTERM" : "SIGKILL");
      await isWithin(gone, TERM_MS);
      endGroup(child.pid); // one that ignores SIGTERM, and what a shell left behind
      await gone;
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
      const wentItself = await isWithin(gone, patience);
      socket.destroy();
      return !wasOpen || wentItself;
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

/** isWithin tells whether something happens within `ms` milliseconds. */
async function isWithin(event: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, ms, false);
  try {
    return await Promise.race([event.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
