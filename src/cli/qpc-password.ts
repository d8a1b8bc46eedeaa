// The password of qpc: from QPC_PASSWORD, or asked on the terminal without echo. Never an argument:
// the command lines of processes are public.

import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "../server/options.ts";

/** Terminal is where questions are asked; `input.isTTY` says whether somebody is there to answer. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * readPassword answers the password, asked for twice when it is a `new` one. It throws UsageError
 * when there is none: no terminal, an empty answer, Ctrl-C, or two answers that differ.
 */
export async function readPassword(
  kind: "new" | "known",
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<string> {
  if (env.QPC_PASSWORD) return env.QPC_PASSWORD;
  if (!terminal.input.isTTY) throw new UsageError("no password: set QPC_PASSWORD");
  const prompts = kind === "new" ? ["Password: ", "Password again: "] : ["Password: "];
  const [password = "", repeated = password] = await ask(prompts, terminal);
  if (repeated !== password) throw new UsageError("the passwords differ");
  return password;
}

// readline edits the line and switches the terminal's own echo off; what it echoes itself goes nowhere.
function ask(prompts: readonly string[], { input, output }: Terminal): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  const answers: string[] = [];
  return new Promise((resolve, reject) => {
    output.write(prompts[0] ?? "");
    lines.on("line", (line) => {
      if (answers.length === prompts.length) return;
      if (line === "") return lines.close();
      answers.push(line);
      output.write(`\n${prompts[answers.length] ?? ""}`);
      if (answers.length === prompts.length) lines.close();
    });
    // Ctrl-C and Ctrl-D close the interface.
    lines.once("close", () => {
      if (answers.length === prompts.length) return resolve(answers);
      output.write("\n");
      reject(new UsageError("no password was given"));
    });
  });
}
