// Beginning conversations, and changing who is in them (spec/client/client.md).

import { randomBytes } from "node:crypto";
import type { PendingCommit } from "../../crypto/mls/group-member.ts";
import { Status } from "../../registry/statuses.ts";
import { CallError } from "../call.ts";
import type { Contact } from "../store/contacts.ts";
import { type Conversation, findConversation, saveConversation } from "../store/conversations.ts";
import { includesKey } from "./bytes.ts";
import { changeGroup, type Progress } from "./changes.ts";
import { newConversation, openChannel } from "./channels.ts";
import { type Context, conversationOf, read, write } from "./context.ts";
import { MessengerError } from "./errors.ts";
import { directGroupId, nextGeneration, RECORD_BYTES, readGroupId } from "./group-id.ts";
import { type LiveGroup, saveLive, withoutCommit } from "./groups.ts";
import { fetchInbox } from "./inbox.ts";
import { flushIfReachable } from "./outbox.ts";
import { DEFAULT_CHANNEL, membersOf, putAll } from "./outbox-entries.ts";
import { welcomesOf } from "./own-commit.ts";
import { demandGroup, sendingGroup } from "./sending-group.ts";
import { traceEpoch } from "./trace.ts";

/** startDirect answers the conversation with a user, and begins it when there is none. */
export async function startDirect(context: Context, username: string): Promise<Conversation> {
  const peer = await resolved(context, username);
  const { identityKey: own } = context.account();
  const place = { kind: "direct", peerKey: peer.identityKey } as const;
  const { id } = await openChannel(context, place);
  // The other may have begun it: his Welcome is in the default inbox then.
  await fetchInbox(context, DEFAULT_CHANNEL);
  const known = await read(context, findConversation(id));
  if (known && (await sendingGroup(context, id))) return known;

  const generations = (await context.groups.of(id)).map(({ member }) => generationOf(member));
  const generation = nextGeneration(own, peer.identityKey, generations, context.now());
  const keyPackage = await keyPackageOf(context, peer);
  const conversation = known ?? newConversation(id, place);
  await found(context, conversation, directGroupId(id, generation), [keyPackage]);
  return conversation;
}

/** createGroup begins a group of this account and others, under a name that stays on this client. */
export async function createGroup(
  context: Context,
  name: string,
  usernames: readonly string[],
): Promise<Conversation> {
  const people = await allResolved(context, usernames);
  const keyPackages = await allKeyPackages(context, people);
  const groupRecordId = new Uint8Array(randomBytes(RECORD_BYTES));
  const place = { kind: "group", groupRecordId } as const;
  const { id } = await openChannel(context, place, keysOf(people));
  const conversation = newConversation(id, place, name);
  await found(context, conversation, groupRecordId, keyPackages);
  return conversation;
}

/**
 * addMembers adds users. One who is in the group already gets a new leaf for his old one, because that is
 * how somebody who lost his state comes back (client.welcome-again).
 */
export async function addMembers(
  context: Context,
  id: Uint8Array,
  usernames: readonly string[],
): Promise<Progress> {
  const { conversation, groupRecordId } = await groupConversation(context, id);
  await fetchInbox(context, id);
  const group = await demandGroup(context, await conversationOf(context, id));
  const people = await allResolved(context, usernames);
  const add = await allKeyPackages(context, people);
  const memberKeys = keysOf(people);
  // Before the commit: whoever has processed it writes to all members of the new epoch at once.
  await admitted(context, conversation, groupRecordId, memberKeys);
  const remove = memberKeys.filter((key) => includesKey(membersOf(group), key));
  return changeGroup(context, conversation, { add, remove, renew: false });
}

/** The server refuses whoever was removed, and has the commit that says so. */
async function admitted(
  context: Context,
  conversation: Conversation,
  groupRecordId: Uint8Array,
  memberKeys: readonly Uint8Array[],
): Promise<void> {
  try {
    await openChannel(context, { kind: "group", groupRecordId }, memberKeys);
  } catch (error) {
    if (!(error instanceof CallError) || error.status !== Status.Forbidden) throw error;
    await fetchInbox(context, conversation.id);
    await demandGroup(context, await conversationOf(context, conversation.id));
    throw error;
  }
}

/** removeMember removes a user; whoever is no member is removed already. */
export async function removeMember(
  context: Context,
  id: Uint8Array,
  identityKey: Uint8Array,
): Promise<Progress> {
  const { conversation } = await groupConversation(context, id);
  return changeGroup(context, conversation, { add: [], remove: [identityKey], renew: false });
}

/** rotateKeys renews the own keys in the group. */
export async function rotateKeys(context: Context, id: Uint8Array): Promise<Progress> {
  const conversation = await conversationOf(context, id);
  return changeGroup(context, conversation, { add: [], remove: [], renew: true });
}

/** groupConversation throws MessengerError `unknown-conversation` and `not-a-group`. */
export async function groupConversation(context: Context, id: Uint8Array) {
  const conversation = await conversationOf(context, id);
  const { groupRecordId } = conversation;
  if (groupRecordId) return { conversation, groupRecordId };
  throw new MessengerError("not-a-group", "a direct conversation has its two members for ever");
}

/** found makes the group. Its first commit needs no agreement, because nobody else is in it yet. */
async function found(
  context: Context,
  conversation: Conversation,
  groupId: Uint8Array,
  add: readonly Uint8Array[],
): Promise<void> {
  const { identityKey: publicKey, identitySeed: privateKey } = context.account();
  const identity = { publicKey, privateKey };
  const alone = await context.mls.createGroup(groupId, identity, context.now());
  const pending = add.length > 0 ? await alone.commit({ add }) : undefined;
  const member = pending?.merge(alone) ?? alone;
  const base = { conversationId: conversation.id, creator: publicKey };
  const group: LiveGroup = withoutCommit(base, member);
  const welcomes = pending ? welcomesOf(context, group, pending satisfies PendingCommit) : [];
  await write(context, function* () {
    yield* saveConversation(conversation);
    yield* saveLive(group);
    yield* putAll(welcomes);
  });
  context.groups.remember(group);
  traceEpoch(context.trace, group, "created");
  await flushIfReachable(context);
}

function generationOf({ groupId }: { readonly groupId: Uint8Array }): number {
  const address = readGroupId(groupId);
  return address?.kind === "direct" ? address.generation : -1;
}

function keysOf(people: readonly Contact[]): Uint8Array[] {
  return people.map(({ identityKey }) => identityKey);
}

async function resolved({ directory }: Context, username: string): Promise<Contact> {
  return (await directory.resolve(username)).contact;
}

async function allResolved(
  context: Context,
  usernames: readonly string[],
): Promise<readonly Contact[]> {
  const people: Contact[] = [];
  const others = new Set(usernames);
  others.delete(context.account().username);
  for (const username of others) people.push(await resolved(context, username));
  return people;
}

async function allKeyPackages(
  context: Context,
  people: readonly Contact[],
): Promise<readonly Uint8Array[]> {
  const keyPackages: Uint8Array[] = [];
  for (const person of people) keyPackages.push(await keyPackageOf(context, person));
  return keyPackages;
}

async function keyPackageOf(
  { peerKeys }: Context,
  { username, identityKey }: Contact,
): Promise<Uint8Array> {
  const keyPackage = await peerKeys.fetchKeyPackage(identityKey);
  if (keyPackage) return keyPackage;
  throw new MessengerError("no-key-package", `${username} has left no KeyPackage`);
}
