// qpc: the client on the command line. argv to a command, its answer to stdout, errors to one line and
// an exit code. Commands that talk are loaded when they are called: their cryptography takes a while.

import { call, health, logInAccount, registerAccount } from "./qpc-commands.ts";
import { connector } from "./qpc-connect.ts";
import { errorLine, exitCode } from "./qpc-errors.ts";
import { type Command, type ReplCommand, readCommand, type TalkCommand } from "./qpc-options.ts";
import { PASSWORD, readSecret } from "./qpc-password.ts";
import { USAGE } from "./qpc-usage.ts";

/** main answers the exit code: 0 ok, 1 refused, 2 wrong usage, 3 no usable answer. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(readCommand(argv, process.env));
  } catch (error) {
    process.stderr.write(`${errorLine(error)}\n`);
    return exitCode(error);
  }
}

async function run(command: Command): Promise<number> {
  switch (command.name) {
    case "help":
      return answer(USAGE);
    case "health": {
      const { answer: json, roundTrip } = await health(command);
      process.stderr.write(`${roundTrip}\n`);
      return answer(json);
    }
    case "register":
      return answer(await registerAccount(command, askPassword));
    case "login":
      return answer(await logInAccount(command, askPassword));
    case "call":
      return answer(await call(command));
    case "talk":
      return talk(command);
    case "repl":
      return repl(command);
    case "demo": {
      const { playDemo } = await import("./demo/demo.ts");
      const isAsItShould = await playDemo(command.lyingServer, (line) => void answer(line));
      return isAsItShould ? 0 : 1;
    }
  }
}

async function talk(command: TalkCommand): Promise<number> {
  const { runTalk } = await import("./talk/run.ts");
  const io = processIo(command.flags.stream === true);
  await runTalk(command, () => connector(command.server), io);
  return 0;
}

async function repl(command: ReplCommand): Promise<number> {
  const { runRepl } = await import("./repl/repl.ts");
  await runRepl(command, await connector(command.server), processIo(true));
  return 0;
}

/** What goes on for ever ends in order at the first signal, and at once at the second. */
function processIo(isEndless: boolean) {
  const stop = new AbortController();
  if (isEndless) {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  }
  const { env, stdout: output } = process;
  return { env, terminal: processTerminal(), output, signal: stop.signal };
}

function processTerminal() {
  return { input: process.stdin, output: process.stderr };
}

function askPassword(kind: "new" | "known"): Promise<string> {
  return readSecret(PASSWORD, kind, process.env, processTerminal());
}

function answer(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
