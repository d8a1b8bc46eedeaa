// An entry that the server refused because of its recipients: somebody has left the record, or has deleted
// his account, and our view of the members is old (spec/client/client.md, Sending; I-18).

import { findConversation } from "../store/conversations.ts";
import { listOutgoing, type QueuedOutgoing, replaceOutgoing } from "../store/outbox.ts";
import { without } from "./bytes.ts";
import { type Context, read, write } from "./context.ts";
import { fetchInbox } from "./inbox.ts";
import { membersOf, othersOf } from "./outbox-entries.ts";
import { recordMembers } from "./record.ts";
import { sendingGroup } from "./sending-group.ts";

/**
 * readdressed catches up with the conversation and addresses the entry to those whom the server still lets
 * it reach; an application message is to be encrypted anew. It answers `gone` when catching up has
 * settled the entry, and undefined when nothing would change by trying again.
 */
export async function readdressed(
  context: Context,
  entry: QueuedOutgoing,
): Promise<QueuedOutgoing | "gone" | undefined> {
  await fetchInbox(context, entry.channelId);
  const current = (await read(context, listOutgoing())).find(({ id }) => id === entry.id);
  if (current === undefined) return "gone";
  const conversation = await read(context, findConversation(entry.channelId));
  if (conversation?.groupRecordId === undefined) return undefined;
  const group = await sendingGroup(context, conversation.id);
  if (group === undefined) return undefined;
  const allowed = await recordMembers(context, conversation.groupRecordId);
  if (allowed === undefined) return undefined;

  const absent = without(membersOf(group), allowed);
  context.absent.set(conversation.id, absent);
  const wanted = entry.kind === "commit" ? membersOf(group) : othersOf(group);
  const recipients = without(wanted, absent);
  if (without(entry.recipients, recipients).length === 0) return undefined;
  const payload = entry.kind === "application" ? new Uint8Array(0) : entry.payload;
  const changed = { ...current, recipients, payload };
  await write(context, () => replaceOutgoing(changed));
  return changed;
}
