// One life of an adapter: requests go out, replies come in any order, and the first thing that breaks the
// protocol ends it, with the request that it is to be blamed on, if that can be told.

import type { Channel } from "./channel.ts";
import { createLineReader } from "./lines.ts";
import { isObject, type Json, type Reply, readReply, show } from "./protocol.ts";

/** Loss is why an adapter cannot be used any longer. */
export interface Loss {
  readonly verdict: "crash" | "timeout" | "harness-error";
  readonly why: string;
  /** The request at fault; undefined when it cannot be told. */
  readonly guilty: number | undefined;
  /** Where it cannot be told: the request answered last, which may have left the adapter so. */
  readonly suspect: number | undefined;
}

export type Answer = { readonly reply: Reply } | { readonly loss: Loss };

export interface Link {
  /** send puts a request on the line; `id` must be new. It never rejects. */
  send(id: number, request: Json, ms: number): Promise<Answer>;
  /** lost is the loss, once there is one. */
  lost(): Loss | undefined;
  /** noise: lines that are no replies, the first few of them, and how many there were. */
  noise(): { readonly count: number; readonly first: readonly string[] };
  stderr(): string;
  /** close waits `patience` milliseconds for the adapter to go; true when it went of itself. */
  close(patience: number): Promise<boolean>;
}

/** Noise in one life beyond which it counts as a flood. */
export const MOST_NOISE = { lines: 10_000, bytes: 8 * 1024 * 1024 };

/**
 * createLink takes over a channel. `onLoss` is called once, at the loss. Only while `isAlone` is a lone
 * request under way certainly the one at fault: otherwise it may have been the one answered before it.
 */
export function createLink(
  channel: Channel,
  onLoss: (loss: Loss) => void,
  isAlone: () => boolean,
): Link {
  const pending = new Map<number, { settle(answer: Answer): void; timer: NodeJS.Timeout }>();
  const answered = new Set<number>();
  const reader = createLineReader();
  const noise = { count: 0, bytes: 0, first: [] as string[] };
  let latest: number | undefined;
  let lost: Loss | undefined;
  let isClosing = false;

  function lose(verdict: Loss["verdict"], why: string, guilty?: number): void {
    if (lost) return;
    const only = isAlone() && pending.size === 1 ? [...pending.keys()][0] : undefined;
    // With nothing under way it was the last request that left the adapter in this state.
    const blamed = guilty ?? only ?? (pending.size === 0 ? latest : undefined);
    lost = { verdict, why, guilty: blamed, suspect: guilty === undefined ? latest : undefined };
    for (const { settle, timer } of pending.values()) {
      clearTimeout(timer);
      settle({ loss: lost });
    }
    pending.clear();
    if (isClosing && verdict === "crash") return;
    onLoss(lost);
    channel.close(0).catch(() => {});
  }

  function take(line: string): void {
    if (lost || line === "") return;
    const message = parse(line);
    if (!line.startsWith("{")) hear(line);
    else if (message === undefined) lose("harness-error", `no JSON: ${show(line)}`);
    else receive(message, message.id as number);
  }

  function receive(message: Json, id: number): void {
    const waiting = pending.get(id);
    const reply = readReply(message);
    if (answered.has(id)) {
      lose("harness-error", `a second reply to ${show(id)}`, id);
    } else if (waiting === undefined) {
      lose("harness-error", `a reply to ${show(id)}, which was not asked`);
    } else if (typeof reply === "string") {
      lose("harness-error", reply, id);
    } else {
      pending.delete(id);
      answered.add(id);
      latest = id;
      clearTimeout(waiting.timer);
      waiting.settle({ reply });
    }
  }

  function hear(line: string): void {
    noise.count += 1;
    noise.bytes += line.length;
    if (noise.first.length < 3) noise.first.push(show(line, 100));
    if (noise.count > MOST_NOISE.lines || noise.bytes > MOST_NOISE.bytes) {
      lose("harness-error", `a flood of lines that are no replies, such as ${noise.first[0]}`);
    }
  }

  channel.input.on("data", (chunk: Buffer) => {
    if (lost) return;
    const lines = reader.push(chunk);
    if (lines === undefined) lose("harness-error", "a line of more than 32 MiB");
    else for (const line of lines) take(line);
  });
  channel.ended.then(
    (why) => {
      const said = channel.stderr().split("\n").at(-1);
      lose("crash", said ? `${why}; it said: ${said}` : why);
    },
    () => {},
  );

  return {
    send(id, request, ms) {
      if (lost) return Promise.resolve({ loss: { ...lost, guilty: undefined } });
      return new Promise((settle) => {
        const timer = setTimeout(() => {
          lose("timeout", `no reply within ${ms / 1000} s`, id);
        }, ms);
        pending.set(id, { settle, timer });
        channel.output.write(`${JSON.stringify({ id, ...request })}\n`);
      });
    },
    lost: () => lost,
    noise: () => noise,
    stderr: channel.stderr,
    close(patience) {
      isClosing = true;
      return channel.close(patience);
    },
  };
}

function parse(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
