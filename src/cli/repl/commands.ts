// All commands of the REPL (CLIENT-004, CLIENT-005, C-95), and how a line finds its one.

import { UsageError } from "../../server/options.ts";
import { fromLine } from "../operands.ts";
import { catchUp } from "../talk/catch-up.ts";
import { MARKS_HELP } from "../talk/describe.ts";
import { ACCOUNT_COMMANDS } from "./account.ts";
import type { Repl, ReplCommand } from "./command.ts";
import { CONVERSATION_COMMANDS } from "./conversations.ts";
import { FILE_COMMANDS } from "./files.ts";
import { MESSAGE_COMMANDS, sendBody } from "./messages.ts";
import { PEOPLE_COMMANDS } from "./people.ts";

const HELP: ReplCommand = {
  names: ["/help"],
  operands: [],
  help: "this list",
  run: ({ print }) => {
    for (const command of COMMANDS) print(helpLine(command));
    print(
      "Anything else is sent; //text sends /text. A number in brackets is the INDEX of a message.",
    );
    print(`Senders: ${MARKS_HELP}`);
  },
};

/** COMMANDS are in the order of the help. */
export const COMMANDS: readonly ReplCommand[] = [
  ...CONVERSATION_COMMANDS,
  ...MESSAGE_COMMANDS,
  ...FILE_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...ACCOUNT_COMMANDS.slice(0, -1),
  HELP,
  ...ACCOUNT_COMMANDS.slice(-1),
];

const BY_NAME = new Map(
  COMMANDS.flatMap((command) => command.names.map((name) => [name, command])),
);

/** obey carries out one line. It throws UsageError, and the errors of Messenger. */
export async function obey(repl: Repl, line: string): Promise<void> {
  const text = line.trim();
  if (text === "") return;
  if (!text.startsWith("/") || text.startsWith("//")) {
    return sendBody(repl, { case: "text", value: text.replace(/^\/\//, "/") });
  }
  const [name = ""] = text.split(/\s/, 1);
  const command = BY_NAME.get(name);
  if (command === undefined) throw new UsageError(`no command ${name}; /help lists them`);
  const operands = fromLine(command.operands, text.slice(name.length));
  if (operands === undefined) throw new UsageError(`usage: ${usageOf(command)}`);
  await command.run(repl, operands);
  if (command.isFollowed) await catchUp(repl);
}

function usageOf({ names, operands }: ReplCommand): string {
  return [names[0], ...operands].join(" ");
}

const COLUMN = 34;

function helpLine(command: ReplCommand): string {
  const aliases = command.names.slice(1);
  const also = aliases.length > 0 ? ` (also ${aliases.join(", ")})` : "";
  return `${usageOf(command).padEnd(COLUMN)} ${command.help}${also}`;
}
