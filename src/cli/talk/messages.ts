// Messages: sent, received, looked up, taken along.

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { sameBytes } from "../../client/bytes.ts";
import type { SentMessage } from "../../client/messenger/sending.ts";
import type { Messenger } from "../../client/messenger.ts";
import type { Conversation } from "../../client/store/conversations.ts";
import { exportTranscript } from "../../client/transcript-export.ts";
import { MembershipChange } from "../../gen/qpc/v1/push_pb.ts";
import { UsageError } from "../../server/options.ts";
import { errorWords } from "../qpc-errors.ts";
import { EXPORT_PASSPHRASE } from "../qpc-password.ts";
import { conversationWith, demandConversation, demandGroup } from "./addressee.ts";
import { syncAndTell } from "./catch-up.ts";
import { historyLine } from "./describe.ts";
import { loadLabels } from "./labels.ts";
import type { Talk } from "./talk.ts";

/** sendTo sends a text; to a group alone when `all`. */
export async function sendTo(talk: Talk, to: string, text: string, all: boolean): Promise<void> {
  const { messenger, print } = talk;
  const conversation = all
    ? await demandGroup(messenger, to)
    : await conversationWith(messenger, to);
  const label = (await loadLabels(messenger)).place(conversation);
  print(`${statusWords(await messenger.sendText(conversation.id, text))}: ${label}`);
}

/** statusWords says where a message is. */
export function statusWords({ status }: SentMessage): string {
  return status === "sent" ? "sent" : "queued until the server can be reached";
}

/** receive tells what one round with the server brings. */
export async function receive(talk: Talk): Promise<void> {
  if (!(await syncAndTell(talk))) talk.print("nothing new");
}

/** receiveOn tells what comes in until the signal of `talk`. */
export async function receiveOn({ messenger, print, tell, signal }: Talk): Promise<void> {
  let isAway = false;
  for await (const heard of messenger.listen(signal)) {
    if (heard.kind === "membership" && heard.change.change === MembershipChange.KEYS_ROTATED) {
      const group = await labelOfGroup(messenger, heard.change.groupId);
      print(`* the members of ${group} are asked to renew their keys`);
    }
    if (heard.kind === "sync") await tell(heard.report);
    if (heard.kind === "away" && !isAway) print(`! ${errorWords(heard.error)}; trying again`);
    isAway = heard.kind === "away";
  }
}

async function labelOfGroup(messenger: Messenger, groupId: Uint8Array): Promise<string> {
  const labels = await loadLabels(messenger);
  const isIt = ({ groupRecordId }: Conversation) =>
    groupRecordId && sameBytes(groupRecordId, groupId);
  const group = (await messenger.conversations()).find(isIt);
  return group ? labels.place(group) : "a group";
}

export async function showHistory(
  { messenger, print }: Talk,
  to: string,
  limit: number | undefined,
): Promise<void> {
  const { id } = await demandConversation(messenger, to);
  const labels = await loadLabels(messenger);
  for (const entry of await messenger.history(id, limit)) print(historyLine(entry, labels));
}

/** exportTo writes a transcript into a new file, for its owner only. It throws UsageError. */
export async function exportTo(
  { messenger, secret, print }: Talk,
  { id }: Conversation,
  file: string,
): Promise<void> {
  // Before two questions, not after them.
  if (existsSync(file)) throw existsAlready(file);
  const passphrase = await secret(EXPORT_PASSPHRASE, "new");
  await writeNew(file, await exportTranscript(messenger.session, id, passphrase));
  print(`wrote ${file}; its passphrase opens it, and nothing else does`);
}

/** writeNew never replaces a file. It throws UsageError. */
export async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw existsAlready(file);
    throw new UsageError(`cannot write ${file}: ${code}`);
  }
}

function existsAlready(file: string): UsageError {
  return new UsageError(`${file} exists already; give another name`);
}
