// Commands about conversations and who is in them.

import { hexOf } from "../../client/bytes.ts";
import { UsageError } from "../../server/options.ts";
import { conversationWith, demandConversation, demandFreeName } from "../talk/addressee.ts";
import { durationWords, MARKS } from "../talk/describe.ts";
import { createGroup, invite, join, namesIn, progressWords } from "../talk/groups.ts";
import { loadLabels } from "../talk/labels.ts";
import { meet } from "../talk/people.ts";
import { currentConversation, enter, type Repl, type ReplCommand } from "./command.ts";

/** CONVERSATION_COMMANDS begin, change, list and leave conversations. */
export const CONVERSATION_COMMANDS: readonly ReplCommand[] = [
  {
    names: ["/dm"],
    operands: ["USER"],
    help: "talk to one user",
    isFollowed: true,
    run: async (repl, [user = ""]) =>
      enter(repl, await conversationWith(repl.messenger, `@${user.replace(/^@/, "")}`)),
  },
  {
    names: ["/create-group", "/cg"],
    operands: ["NAME", "[USER…]"],
    help: "begin a group; its name stays on this machine",
    isFollowed: true,
    run: async (repl, [name = "", users = ""]) =>
      enter(repl, await createGroup(repl, name.replace(/^#/, ""), users)),
  },
  {
    names: ["/invite"],
    operands: ["USER…"],
    help: "add users to this group",
    isFollowed: true,
    run: async (repl, [users = ""]) => invite(repl, await currentConversation(repl), users),
  },
  {
    names: ["/remove"],
    operands: ["USER"],
    help: "remove a user from this group",
    isFollowed: true,
    run: remove,
  },
  {
    names: ["/join"],
    operands: [],
    help: "look for invitations now; they are taken as they come",
    run: join,
  },
  {
    names: ["/leave"],
    operands: [],
    help: "leave this group",
    isFollowed: true,
    run: leave,
  },
  {
    names: ["/switch"],
    operands: ["@USER or #GROUP"],
    help: "talk in another conversation",
    run: async (repl, [to = ""]) => enter(repl, await demandConversation(repl.messenger, to)),
  },
  { names: ["/list", "/ls"], operands: [], help: "all conversations", run: list },
  { names: ["/members"], operands: [], help: "who is in this conversation", run: members },
  {
    names: ["/group-info", "/gi"],
    operands: [],
    help: "ID, epoch, members and timer of this conversation",
    run: groupInfo,
  },
  {
    names: ["/rename"],
    operands: ["NAME"],
    help: "call this group otherwise, on this machine only",
    run: rename,
  },
  {
    names: ["/rotate-keys", "/update-key", "/rotate-key"],
    operands: ["[all]"],
    help: "renew your keys in this conversation; with all: ask the others to do so",
    isFollowed: true,
    run: rotateKeys,
  },
];

async function remove(repl: Repl, [user = ""]: readonly string[]): Promise<void> {
  const { id } = await currentConversation(repl);
  const [username = ""] = namesIn(user);
  repl.print(progressWords(`removed ${username}`, await repl.messenger.remove(id, username)));
}

async function rotateKeys(repl: Repl, [who]: readonly string[]): Promise<void> {
  const { id } = await currentConversation(repl);
  if (who !== undefined && who !== "all") throw new UsageError("usage: /rotate-keys [all]");
  repl.print(progressWords("keys renewed", await repl.messenger.rotateKeys(id)));
  if (who) repl.print(`asked ${await repl.messenger.askToRotate(id)} others to renew theirs`);
}

async function leave(repl: Repl): Promise<void> {
  const { id } = await currentConversation(repl);
  await repl.messenger.leave(id);
  repl.print(`* you have left ${repl.place}`);
  repl.current = undefined;
  repl.place = undefined;
}

async function list({ messenger, current, print }: Repl): Promise<void> {
  const labels = await loadLabels(messenger);
  const conversations = await messenger.conversations();
  for (const conversation of conversations) {
    const isCurrent = current !== undefined && hexOf(current) === hexOf(conversation.id);
    const notes = [...(conversation.left ? ["left"] : []), ...(isCurrent ? ["this one"] : [])];
    print(`${labels.place(conversation)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`);
  }
  if (conversations.length === 0) print("no conversations yet");
}

async function members(repl: Repl): Promise<void> {
  const { id } = await currentConversation(repl);
  const keys = (await repl.messenger.groupView(id)).members.map(({ identityKey }) => identityKey);
  await meet(repl.messenger, keys);
  const labels = await loadLabels(repl.messenger);
  for (const { identityKey, trust } of (await repl.messenger.groupView(id)).members) {
    repl.print(`${labels.person(identityKey)}${MARKS[trust]}`);
  }
}

async function groupInfo(repl: Repl): Promise<void> {
  const { id, kind, groupRecordId, expireSecs } = await currentConversation(repl);
  const { epoch, epochAuthenticator, members } = await repl.messenger.groupView(id);
  repl.print(`${kind} conversation, ${members.length} members, MLS epoch ${epoch}`);
  repl.print(`ID ${hexOf(groupRecordId ?? id)}`);
  repl.print(`epoch authenticator ${hexOf(epochAuthenticator)}, the same for all members`);
  repl.print(`messages ${expireSecs ? `disappear after ${durationWords(expireSecs)}` : "stay"}`);
}

async function rename(repl: Repl, [name = ""]: readonly string[]): Promise<void> {
  const { id, kind } = await currentConversation(repl);
  if (kind === "direct") throw new UsageError("a conversation of two is called by its user");
  const bare = name.replace(/^#/, "");
  await demandFreeName(repl.messenger, bare);
  await repl.messenger.rename(id, bare);
  repl.place = `#${bare}`;
  repl.print(`this group is ${repl.place} here; others call it as they like`);
}
