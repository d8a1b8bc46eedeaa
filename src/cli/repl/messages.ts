// Commands about messages.

import { hexOf } from "../../client/bytes.ts";
import type { HistoryEntry } from "../../client/messenger/history.ts";
import type { Body } from "../../client/messenger/sending.ts";
import { TIMER_CHOICES, timerSeconds } from "../../client/timer.ts";
import { UsageError } from "../../server/options.ts";
import { historyLine } from "../talk/describe.ts";
import { loadLabels } from "../talk/labels.ts";
import { exportTo, statusWords } from "../talk/messages.ts";
import { currentConversation, type Repl, type ReplCommand } from "./command.ts";

/** MESSAGE_COMMANDS are about messages of the current conversation. */
export const MESSAGE_COMMANDS: readonly ReplCommand[] = [
  {
    names: ["/history", "/hist"],
    operands: ["[COUNT]"],
    help: "the last messages (default 20)",
    run: showHistory,
  },
  {
    names: ["/react"],
    operands: ["EMOJI", "[INDEX]"],
    help: "put an emoji to a message (default: the last one), or take it back",
    run: react,
  },
  {
    names: ["/edit"],
    operands: ["INDEX", "TEXT…"],
    help: "change a message of yours",
    run: (repl, [index, text = ""]) =>
      sendAbout(repl, index, (targetId) => ({ case: "edit", value: { targetId, text } })),
  },
  {
    names: ["/delete"],
    operands: ["INDEX"],
    help: "take back a message of yours",
    run: (repl, [index]) =>
      sendAbout(repl, index, (targetId) => ({ case: "deletion", value: { targetId } })),
  },
  {
    names: ["/disappear"],
    operands: [TIMER_CHOICES.join("|")],
    help: "how long messages to come stay, for everybody here",
    run: disappear,
  },
  {
    names: ["/export"],
    operands: ["FILE…"],
    help: "write this conversation as an encrypted transcript",
    run: async (repl, [file = ""]) => exportTo(repl, await currentConversation(repl), file),
  },
  {
    names: ["/typing"],
    operands: [],
    help: "not possible",
    run: ({ print }) => print("the protocol has an event for typing, and no call that causes it"),
  },
  {
    names: ["/typing-notify"],
    operands: ["on|off"],
    help: "not possible",
    run: ({ print }) =>
      print("nobody can tell you that he is typing: the protocol has no call for it"),
  },
];

/** sendBody sends to the current conversation, and says under which number. */
export async function sendBody(repl: Repl, body: Body): Promise<void> {
  const { id } = await currentConversation(repl);
  await repl.numbers.load(id);
  const sent = await repl.messenger.send(id, body);
  repl.print(`(${repl.numbers.of(id, sent.contentId)}) ${statusWords(sent)}`);
}

async function showHistory(repl: Repl, [count = "20"]: readonly string[]): Promise<void> {
  if (!/^[1-9]\d{0,8}$/.test(count)) throw new UsageError("/history takes a number of messages");
  const { id } = await currentConversation(repl);
  await repl.numbers.load(id);
  const labels = await loadLabels(repl.messenger);
  for (const entry of await repl.messenger.history(id, Number(count))) {
    repl.print(historyLine(entry, labels, repl.numbers.of(id, entry.contentId)));
  }
}

async function react(repl: Repl, [emoji = "", index]: readonly string[]): Promise<void> {
  const own = hexOf(repl.messenger.account.identityKey);
  const isOn = ({ reactions }: HistoryEntry) =>
    reactions.some((reaction) => reaction.emoji === emoji && hexOf(reaction.sender) === own);
  await sendAbout(repl, index, (targetId, entry) => ({
    case: "reaction",
    value: { targetId, emoji, remove: isOn(entry) },
  }));
}

/** sendAbout sends something about another message, which has no number of its own. */
async function sendAbout(
  repl: Repl,
  index: string | undefined,
  body: (targetId: Uint8Array, entry: HistoryEntry) => Body,
): Promise<void> {
  const { id } = await currentConversation(repl);
  const entry = await repl.numbers.entry(id, index);
  const sent = await repl.messenger.send(id, body(entry.contentId, entry));
  repl.print(`${statusWords(sent)}, about (${repl.numbers.of(id, entry.contentId)})`);
}

async function disappear(repl: Repl, [choice = ""]: readonly string[]): Promise<void> {
  const expireSecs = timerSeconds(choice);
  if (expireSecs === undefined) {
    throw new UsageError(`/disappear takes one of ${TIMER_CHOICES.join(", ")}`);
  }
  await sendBody(repl, { case: "timer", value: { expireSecs } });
}
