// Groups: begin one, add to it, join it.

import { hexOf } from "../../client/bytes.ts";
import { CallError } from "../../client/call.ts";
import type { Progress } from "../../client/messenger/changes.ts";
import type { Messenger } from "../../client/messenger.ts";
import type { Conversation } from "../../client/store/conversations.ts";
import { Status } from "../../registry/statuses.ts";
import { UsageError } from "../../server/options.ts";
import { demandFreeName } from "./addressee.ts";
import { syncAndTell } from "./catch-up.ts";
import type { Talk } from "./talk.ts";

/** createGroup answers the group. It throws UsageError for a name that is taken here. */
export async function createGroup({ messenger, print }: Talk, name: string, users: string) {
  await demandFreeName(messenger, name);
  const names = namesIn(users);
  const creating = messenger.createGroup(name, names);
  const conversation = await creating.catch((error) => rejectUnknown(messenger, names, error));
  const { groupRecordId, id } = conversation;
  print(`group #${name} has the ID ${hexOf(groupRecordId ?? id)}`);
  return conversation;
}

/** invite adds users to a group. */
export async function invite(
  { messenger, print }: Talk,
  { id }: Conversation,
  users: string,
): Promise<void> {
  const names = namesIn(users);
  const adding = messenger.add(id, names);
  const progress = await adding.catch((error) => rejectUnknown(messenger, names, error));
  print(progressWords(`added ${names.join(", ")}`, progress));
}

/** rejectUnknown says which of several names the server does not know. It throws UsageError, or `error`. */
async function rejectUnknown(
  messenger: Messenger,
  names: readonly string[],
  error: unknown,
): Promise<never> {
  if (!isUnknownUser(error)) throw error;
  const unknown: string[] = [];
  for (const name of names) {
    await messenger.resolve(name).catch((reason) => {
      if (isUnknownUser(reason)) unknown.push(name);
    });
  }
  if (unknown.length === 0) throw error;
  throw new UsageError(`there is no user ${unknown.join(", ")}; nothing was done`, {
    cause: error,
  });
}

function isUnknownUser(error: unknown): boolean {
  return (
    error instanceof CallError && error.status === Status.NotFound && error.method === "ResolveUser"
  );
}

/** join needs no more than a round with the server: it joins whatever this account was invited to. */
export async function join(talk: Talk): Promise<void> {
  const before = new Set((await talk.messenger.conversations()).map(({ id }) => hexOf(id)));
  await syncAndTell(talk);
  const after = await talk.messenger.conversations();
  if (after.every(({ id }) => before.has(hexOf(id)))) talk.print("no new invitation");
}

/** progressWords says that something is done, or will be. */
export function progressWords(what: string, progress: Progress): string {
  return progress === "done" ? what : `${what}, as soon as the server has agreed`;
}

/** namesIn splits usernames at spaces; a leading @ is left out. */
export function namesIn(users: string): readonly string[] {
  const words = users.split(/\s+/).filter((word) => word !== "");
  return words.map((word) => word.replace(/^@/, ""));
}
