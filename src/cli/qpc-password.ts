// The secrets of qpc: from the environment, or asked on the terminal without echo. The command lines of
// processes are public, so none comes as an argument, but for the password of repl (CLIENT-003).

import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "../server/options.ts";

/** Terminal is where questions are asked; `input.isTTY` says whether somebody is there to answer. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Secret is what is asked for: in these words, unless the environment has it under this name. */
export interface Secret {
  readonly words: string;
  readonly variable: string;
}

/** PASSWORD is that of the account. */
export const PASSWORD: Secret = { words: "password", variable: "QPC_PASSWORD" };
/** PASSPHRASE is that of the local store. */
export const PASSPHRASE: Secret = {
  words: "passphrase of the store",
  variable: "QPC_STORE_PASSPHRASE",
};
/** EXPORT_PASSPHRASE is that of a transcript. */
export const EXPORT_PASSPHRASE: Secret = {
  words: "passphrase of the transcript",
  variable: "QPC_EXPORT_PASSPHRASE",
};
export const RECOVERY_CODE: Secret = { words: "recovery code", variable: "QPC_RECOVERY_CODE" };

/**
 * readSecret answers a secret, asked for twice when it is a `new` one. It throws UsageError when there is
 * none: no terminal, an empty answer, Ctrl-C, or two answers that differ.
 */
export async function readSecret(
  { words, variable }: Secret,
  kind: "new" | "known",
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<string> {
  const given = env[variable];
  if (given) return given;
  if (!terminal.input.isTTY) throw new UsageError(`no ${words}: set ${variable}`);
  const prompt = words.charAt(0).toUpperCase() + words.slice(1);
  const prompts = kind === "new" ? [`${prompt}: `, `${prompt} again: `] : [`${prompt}: `];
  const [secret = "", repeated = secret] = await ask(words, prompts, terminal);
  if (repeated !== secret) throw new UsageError(`the two answers for the ${words} differ`);
  return secret;
}

// readline edits the line and switches the terminal's own echo off; what it echoes itself goes nowhere.
function ask(
  words: string,
  prompts: readonly string[],
  { input, output }: Terminal,
): Promise<string[]> {
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
      reject(new UsageError(`no ${words} was given`));
    });
  });
}
