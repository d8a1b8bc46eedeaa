// Lines in and lines out: a person at a terminal, who may be typing while something comes in, or a pipe.

import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { readSecret } from "../qpc-password.ts";
import type { Io, Talk } from "../talk/talk.ts";
import { printable } from "../terminal-text.ts";

export interface LineConsole extends Pick<Talk, "print" | "secret"> {
  /** next answers the next line; undefined at the end of the input. A terminal shows the prompt. */
  next(prompt: string): Promise<string | undefined>;
  /** Aborted by Ctrl-C at a terminal, and with the signal of the world around. */
  readonly interrupted: AbortSignal;
  close(): void;
}

/** openConsole reads from the terminal of `io` and writes to its output. One `next` at a time. */
export function openConsole({ env, terminal, output, signal }: Io): LineConsole {
  const { input } = terminal;
  const isTerminal = input.isTTY === true;
  const typed: string[] = [];
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("interrupted"));
  signal.addEventListener("abort", interrupt);
  let hasEnded = false;
  let isAsking = false;
  let wake = () => {};
  let lines: Interface | undefined = open();

  function open(): Interface {
    const shown = isTerminal ? { output } : {};
    const opened = createInterface({ input, ...shown, terminal: isTerminal });
    opened.on("line", (line) => {
      typed.push(line);
      wake();
    });
    opened.on("SIGINT", () => {
      interrupt();
      opened.close();
    });
    opened.on("close", () => {
      // `secret` has closed it, and opens another.
      if (opened !== lines) return;
      hasEnded = true;
      wake();
    });
    return opened;
  }

  return {
    interrupted: stop.signal,
    print(line) {
      const isInTheWay = isTerminal && isAsking;
      if (isInTheWay) {
        clearLine(output, 0);
        cursorTo(output, 0);
      }
      output.write(`${printable(line)}\n`);
      if (isInTheWay) lines?.prompt(true);
    },
    async next(prompt) {
      if (typed.length === 0 && !hasEnded) {
        isAsking = true;
        lines?.setPrompt(printable(prompt));
        if (isTerminal) lines?.prompt();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        isAsking = false;
      }
      return typed.shift();
    },
    async secret(secret, kind) {
      if (!isTerminal) return readSecret(secret, kind, env, terminal);
      // Two that read one terminal would share out its keys between them.
      const suspended = lines;
      lines = undefined;
      suspended?.close();
      try {
        return await readSecret(secret, kind, env, { input, output });
      } finally {
        lines = open();
      }
    },
    close() {
      signal.removeEventListener("abort", interrupt);
      lines?.close();
    },
  };
}
