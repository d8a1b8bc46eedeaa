// What has to be done to an entry of the outbox before it can go: it may have been written when its group
// was busy, or when nobody could be asked for the hybrid key of its recipient.

import { ENVELOPE_VERSION, sealEnvelope } from "../../crypto/hybrid/envelope.ts";
import { sameBytes } from "../bytes.ts";
import { CallError } from "../call.ts";
import { decodeContent, encodePadded } from "../content.ts";
import { ClientFault } from "../faults.ts";
import { findConversation } from "../store/conversations.ts";
import { findMessage } from "../store/messages.ts";
import { type QueuedOutgoing, replaceOutgoing } from "../store/outbox.ts";
import { without } from "./bytes.ts";
import { type Context, read, write } from "./context.ts";
import { MessengerError } from "./errors.ts";
import { type LiveGroup, saveLive } from "./groups.ts";
import { addFault } from "./news.ts";
import { othersOf } from "./outbox-entries.ts";
import { sendingGroup } from "./sending-group.ts";

/**
 * prepared answers an entry that can go, or that it has to wait, or that it is over because its epoch is, or
 * why it never will.
 */
export async function prepared(
  context: Context,
  entry: QueuedOutgoing,
): Promise<QueuedOutgoing | "waiting" | "over" | Error> {
  if (await isOver(context, entry)) return "over";
  const encrypted = await encryptIfNeeded(context, entry);
  if (encrypted === "waiting" || encrypted instanceof Error) return encrypted;
  return sealIfPossible(context, encrypted);
}

/** A commit or a proposal is worth nothing after its epoch; what it was to do is then done anew. */
async function isOver({ groups }: Context, entry: QueuedOutgoing): Promise<boolean> {
  const { kind, conversationId, payload } = entry;
  if (conversationId === undefined || (kind !== "commit" && kind !== "proposal")) return false;
  const isCurrent = ({ change, pending, member }: LiveGroup) =>
    kind === "commit"
      ? pending !== undefined && sameBytes(pending.message, payload)
      : member.active && change?.phase === "leaving" && change.epoch === member.epoch;
  return !(await groups.of(conversationId)).some(isCurrent);
}

/** isBusy: nothing else is sent while an own commit is under way, or while proposals wait for one. */
export function isBusy({ change, member }: LiveGroup): boolean {
  return change?.phase === "sent" || member.hasProposals;
}

async function encryptIfNeeded(
  context: Context,
  entry: QueuedOutgoing,
): Promise<QueuedOutgoing | "waiting" | Error> {
  const { kind, conversationId, contentId } = entry;
  if (kind !== "application" || !conversationId || !contentId) return entry;
  const message = await read(context, findMessage(conversationId, contentId));
  if (message === undefined) return new MessengerError("content", "the message has disappeared");
  const conversation = await read(context, findConversation(conversationId));
  const group = conversation?.left ? undefined : await sendingGroup(context, conversationId);
  if (group === undefined) return new MessengerError("inactive", "we are in no group to send in");
  if (isBusy(group)) return "waiting";
  if (isOfItsEpoch(context, entry.payload, group)) return entry;
  const { next, message: payload } = await group.member.send(
    encodePadded(decodeContent(message.content)),
  );
  const advanced = { ...group, member: next };
  const recipients = without(othersOf(advanced), context.absent.of(conversationId));
  const changed = { ...entry, payload, recipients };
  await write(context, function* () {
    yield* saveLive(advanced);
    yield* replaceOutgoing(changed);
  });
  context.groups.remember(advanced);
  return changed;
}

/** What was encrypted in an earlier epoch may be unreadable soon, or was not meant for today's members. */
function isOfItsEpoch({ mls }: Context, payload: Uint8Array, { member }: LiveGroup): boolean {
  if (payload.length === 0) return false;
  // What is inside an envelope cannot be seen; there, only its two members make new epochs.
  if (payload[0] === ENVELOPE_VERSION) return true;
  const peeked = mls.peek(payload);
  if (peeked.kind !== "private" || !sameBytes(peeked.groupId, member.groupId)) return false;
  return peeked.epoch === member.epoch;
}

/** A payload for exactly one other is sealed when he has a hybrid key (client.envelope). */
async function sealIfPossible(
  context: Context,
  entry: QueuedOutgoing,
): Promise<QueuedOutgoing | "waiting"> {
  const [recipient] = entry.recipients;
  if (entry.payload[0] === ENVELOPE_VERSION || entry.recipients.length !== 1 || !recipient) {
    return entry;
  }
  if (sameBytes(recipient, context.account().identityKey)) return entry;
  const hybridKey = await hybridKeyOf(context, recipient, entry.kind === "welcome");
  if (hybridKey === "waiting") return hybridKey;
  if (hybridKey === undefined) return entry;
  const payload = sealEnvelope(hybridKey, entry.payload, { backend: context.backend });
  const sealed = { ...entry, payload };
  await write(context, () => replaceOutgoing(sealed));
  return sealed;
}

/** A broken key, or one that vanished, may be an attempt to have us send without the envelope. */
async function hybridKeyOf(context: Context, recipient: Uint8Array, isWelcome: boolean) {
  try {
    // Whoever is welcomed may have begun anew, with another key than before.
    return await context.hybridKeyOf(recipient, { fresh: isWelcome });
  } catch (error) {
    if (error instanceof CallError) return "waiting";
    if (!(error instanceof ClientFault)) throw error;
    addFault(context.news, { fault: error, channelId: undefined, seq: undefined });
    return "waiting";
  }
}
