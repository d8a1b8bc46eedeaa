// Entering a group by its Welcome, and being asked in again after a removal (spec/client/client.md).

import type { GroupMember } from "../../crypto/mls/group-member.ts";
import { Status } from "../../registry/statuses.ts";
import { sameBytes } from "../bytes.ts";
import { CallError } from "../call.ts";
import { ResponseError } from "../client.ts";
import { ClientFault } from "../faults.ts";
import { saveConversation } from "../store/conversations.ts";
import { deleteOwnKeyPackage, findOwnKeyPackage } from "../store/key-packages.ts";
import {
  type Channel,
  knownChannel,
  newConversation,
  openChannel,
  type Place,
} from "./channels.ts";
import { type Context, read } from "./context.ts";
import { type GroupAddress, readGroupId } from "./group-id.ts";
import { type LiveGroup, saveLive, withoutCommit } from "./groups.ts";
import { meet } from "./people.ts";
import type { CatchUp, Step } from "./step.ts";
import { traceEpoch } from "./trace.ts";

/**
 * welcomeStep joins the group. The private part of the KeyPackage goes in the transaction that stores the
 * group. It throws ClientFault `welcome`, MlsError, and the errors of the connection.
 */
export async function welcomeStep(
  context: Context,
  payload: Uint8Array,
  catchUp: CatchUp,
): Promise<Step> {
  const own = await keyPackageFor(context, payload);
  const member = await context.mls.join(payload, own.keyPackage, own.secret);
  const address = readGroupId(member.groupId);
  if (address === undefined) throw notOurs("a group ID of another protocol");
  const place = placeOf(address, member);
  const { id: channelId, known } = await channelOf(context, place);
  if (address.kind === "direct" && !sameBytes(channelId, address.channelId)) {
    throw notOurs("a channel that is not the one with its sender");
  }
  await demandNews(context, member, channelId, catchUp);
  if (place.kind === "direct") await meet(context, place.peerKey);

  const conversation = { ...(known ?? newConversation(channelId, place)), left: false };
  const peerKey = place.kind === "direct" ? place.peerKey : undefined;
  const creator = peerKey ?? member.members[0]?.identityKey ?? member.identityKey;
  const group: LiveGroup = withoutCommit({ conversationId: channelId, creator }, member);
  return {
    ...{ what: "welcome", group, newEpoch: true, epoch: member.epoch },
    *store() {
      yield* saveConversation(conversation);
      yield* saveLive(group);
      yield* deleteOwnKeyPackage(own.ref);
    },
    stored() {
      traceEpoch(context.trace, group, "joined");
      context.news.changes.push({
        ...{ conversationId: channelId, epoch: member.epoch, by: undefined, active: true },
        ...{ added: [member.identityKey], removed: [] },
      });
    },
  };
}

async function keyPackageFor(context: Context, welcome: Uint8Array) {
  for (const ref of context.mls.welcomedBy(welcome)) {
    const own = await read(context, findOwnKeyPackage(ref));
    if (own) return own;
  }
  throw notOurs("for a KeyPackage that is not there (any more)");
}

/** A direct conversation has two members from its first Welcome on. */
function theOther({ members, identityKey }: GroupMember): Uint8Array {
  const others = members.filter((member) => !sameBytes(member.identityKey, identityKey));
  const [other] = others;
  if (other && others.length === 1) return other.identityKey;
  throw notOurs(`a direct conversation of ${members.length} members`);
}

function placeOf(address: GroupAddress, member: GroupMember): Place {
  if (address.kind === "direct") return { kind: "direct", peerKey: theOther(member) };
  return { kind: "group", groupRecordId: address.recordId };
}

/** The server knows the channel of a pair and of a record; whoever welcomes us may name any. */
async function channelOf(context: Context, place: Place): Promise<Channel> {
  try {
    return (await knownChannel(context, place)) ?? (await openChannel(context, place));
  } catch (cause) {
    const isRefusal = cause instanceof CallError && REFUSALS.includes(cause.status);
    if (!isRefusal && !(cause instanceof ResponseError)) throw cause;
    throw new ClientFault("welcome", "the server has no such channel for us", { cause });
  }
}

const REFUSALS: readonly Status[] = [Status.Forbidden, Status.NotFound, Status.BadRequest];

/**
 * A group that we are in stays as it is, unless the commit that removed us waits in its inbox, or was lost:
 * then the Welcome is of a later epoch, and never of an earlier one (client.no-rollback).
 */
async function demandNews(
  context: Context,
  { groupId, epoch }: GroupMember,
  channelId: Uint8Array,
  catchUp: CatchUp,
): Promise<void> {
  if (!(await context.groups.find(groupId))?.member.active) return;
  await catchUp(channelId);
  const live = await context.groups.find(groupId);
  if (live?.member.active && live.member.epoch >= epoch) {
    throw notOurs("a Welcome to a group that we are in");
  }
}

function notOurs(message: string): ClientFault {
  return new ClientFault("welcome", message);
}
