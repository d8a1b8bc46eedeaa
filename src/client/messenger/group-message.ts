// Messages within a group: application messages, commits and proposals, in whatever order a server and
// several members let them come (spec/client/client.md, Commits and Receiving).

import type { GroupMember, Received } from "../../crypto/mls/group-member.ts";
import type { Peeked } from "../../crypto/mls/mls.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { hexOf, sameBytes } from "../bytes.ts";
import { decodePadded } from "../content.ts";
import { ClientFault } from "../faults.ts";
import { isBlocked } from "../store/contacts.ts";
import {
  type Conversation,
  findByGroupRecord,
  findConversation,
  saveConversation,
} from "../store/conversations.ts";
import { hold } from "../store/held.ts";
import { includesKey } from "./bytes.ts";
import { type Change, NOTHING_WISHED } from "./change.ts";
import { type Context, read } from "./context.ts";
import { readGroupId } from "./group-id.ts";
import { type LiveGroup, saveLive, withoutCommit } from "./groups.ts";
import { keepContent } from "./keep.ts";
import type { ReceivedMessage } from "./news.ts";
import { dropQueuedCommit } from "./outbox-entries.ts";
import { ownCommitStep } from "./own-commit.ts";
import { describeSender, meet } from "./people.ts";
import type { Step } from "./step.ts";
import { traceEpoch } from "./trace.ts";

type Of<K extends Received["kind"]> = Extract<Received, { kind: K }>;

/** groupStep decides about an MLSMessage that is no Welcome. It throws ClientFault and MlsError. */
export async function groupStep(context: Context, payload: Uint8Array): Promise<Step> {
  const peeked = context.mls.peek(payload);
  // All handshake messages are PrivateMessages; nobody joins from outside.
  if (peeked.kind === "public") throw new ClientFault("invalid-commit", "a PublicMessage");
  if (peeked.kind !== "private") throw new ClientFault("malformed", `a bare ${peeked.kind}`);

  const live = await context.groups.find(peeked.groupId);
  const isAhead = live === undefined || peeked.epoch > live.member.epoch;
  if (live === undefined || isAhead) return holdStep(context, payload, peeked);
  const hash = context.backend.sha256(payload);
  if (live.pendingHash && sameBytes(hash, live.pendingHash)) return ownCommitStep(context, live);
  if (isOwnLoser(live, hash)) return { what: "commit", *store() {}, epoch: peeked.epoch };

  const received = await live.member.receive(payload);
  switch (received.kind) {
    case "application":
      return applicationStep(context, live, received);
    case "commit":
      return commitStep(context, live, received);
    case "proposal":
      return proposalStep(live, received);
  }
}

/** A message of an epoch that has not begun is kept, if its group belongs to one of our conversations. */
async function holdStep(
  context: Context,
  payload: Uint8Array,
  { groupId, epoch }: Extract<Peeked, { kind: "private" | "public" }>,
): Promise<Step> {
  const address = readGroupId(groupId);
  const conversation =
    address &&
    (await read(
      context,
      address.kind === "direct"
        ? findConversation(address.channelId)
        : findByGroupRecord(address.recordId),
    ));
  if (conversation === undefined) {
    throw new ClientFault("unknown-group", "a message for a group that we are not in");
  }
  return {
    what: "application",
    epoch,
    store: () => hold({ groupId, epoch, payload }),
    fault: new ClientFault("future-epoch", `held: epoch ${epoch} has not begun here`),
  };
}

function isOwnLoser({ change }: LiveGroup, hash: Uint8Array): boolean {
  const lost = change && "lost" in change ? change.lost : undefined;
  return lost !== undefined && sameBytes(hash, lost);
}

async function applicationStep(
  context: Context,
  live: LiveGroup,
  { next, sender, epoch, plaintext }: Of<"application">,
): Promise<Step> {
  if (!includesKey(keysOf(live.member), sender)) {
    throw new ClientFault("removed-sender", "a message of somebody who was removed since");
  }
  const content = decodePadded(plaintext);
  await meet(context, sender);
  const receivedAt = context.now();
  const group = { ...live, member: next };
  let news: ReceivedMessage | undefined;
  return {
    ...{ what: "application", group, sender, epoch },
    *store() {
      yield* saveLive(group);
      // Silence is local: the sender learns nothing, and the keys of the group move on.
      if (yield* isBlocked(sender)) return;
      const conversation = yield* findConversation(live.conversationId);
      if (conversation === undefined || conversation.left) return;
      const kept = { senderKey: sender, receivedAt, status: "received" } as const;
      if (!(yield* keepContent(conversation, content, kept))) return;
      const described = yield* describeSender(context, sender);
      news = { ...{ conversationId: conversation.id, sender, content, receivedAt }, ...described };
    },
    stored() {
      if (news) context.news.received.push(news);
    },
  };
}

async function commitStep(
  context: Context,
  live: LiveGroup,
  { next, sender, added, removed }: Of<"commit">,
): Promise<Step> {
  const { conversationId } = live;
  const conversation = await read(context, findConversation(conversationId));
  checkMembers(context, conversation, next);
  const change = next.active ? afterLosing(live) : undefined;
  const group = withoutCommit(live, next, change);
  const { epoch } = live.member;
  return {
    ...{ what: "commit", group, newEpoch: true, sender, epoch },
    *store() {
      yield* saveLive(group);
      if (live.pending) yield* dropQueuedCommit(live.pending.message);
      if (!next.active) yield* markLeft(conversation);
    },
    stored() {
      if (!next.active && live.change) context.dropped.add(hexOf(next.groupId));
      if (live.pending) context.trace({ kind: "lost", conversationId, epoch });
      traceEpoch(context.trace, group, "commit");
      const { active } = next;
      context.news.changes.push({
        ...{ conversationId, epoch: next.epoch, by: sender, added, removed, active },
      });
    },
  };
}

/** A direct conversation stays between two: no commit brings in a third. */
function checkMembers(
  context: Context,
  conversation: Conversation | undefined,
  next: GroupMember,
): void {
  const { peerKey } = conversation ?? {};
  if (peerKey === undefined || !next.active) return;
  const pair = [context.account().identityKey, peerKey];
  if (keysOf(next).every((key) => includesKey(pair, key))) return;
  throw new ClientFault("invalid-commit", "a third member in a direct conversation");
}

/** Another commit came first: what ours was to do is wanted again, in the new epoch. */
function afterLosing({ change, pendingHash }: LiveGroup): Change | undefined {
  if (change?.phase !== "sent") return change;
  const { add, remove, renew } = change;
  return { phase: "wanted", add, remove, renew, ...(pendingHash && { lost: pendingHash }) };
}

function* markLeft(conversation: Conversation | undefined): Operation<void> {
  // A direct conversation can be begun anew, in a group of the next generation.
  if (conversation?.kind === "group") yield* saveConversation({ ...conversation, left: true });
}

function proposalStep(live: LiveGroup, { next, sender }: Of<"proposal">): Step {
  const mine = live.change === undefined && commitsFor(next, sender);
  const change = mine ? ({ phase: "wanted", ...NOTHING_WISHED } as const) : live.change;
  const group = { ...live, member: next, change };
  return {
    ...{ what: "proposal", group, sender, epoch: next.epoch },
    store: () => saveLive(group),
  };
}

/** commitsFor: of all but the proposer, the member with the lowest leaf index commits at once. */
function commitsFor(member: GroupMember, proposer: Uint8Array): boolean {
  const first = member.members.find(({ identityKey }) => !sameBytes(identityKey, proposer));
  return first?.leafIndex === member.leafIndex;
}

function keysOf({ members }: GroupMember): readonly Uint8Array[] {
  return members.map(({ identityKey }) => identityKey);
}
