// Inboxes, 200 to 205 (spec/services/delivery.md).

import { create, toBinary } from "@bufbuild/protobuf";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { NewMessageSchema } from "../../../src/gen/qpc/v1/push_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Asked, answering, demand, type Handler } from "./handler.ts";
import { hex, type Inbox, inboxOf, type StoredMessage, same, type WorldState } from "./state.ts";

const { enqueue, fetch, fetchWait, peek, ack, batchEnqueue } = DeliveryService.method;

const NEW_MESSAGE = 1000;
const TTL_MS = 30 * 86_400_000;
const LONGEST_WAIT_MS = 30_000;
const USUAL_LIMIT = 100;
/** Most bytes of payloads in one answer; what is around them fits the rest of a frame. */
const ANSWER_BYTES = 4_190_000;

type View = { recipientKey: Uint8Array; channelId: Uint8Array; deviceId: Uint8Array };

export const DELIVERY: readonly Handler[] = [
  answering(enqueue, (request, asked) => {
    const { recipientKey, ...message } = request;
    demand(recipientKey.length === 32 && message.payload.length > 0);
    checkSender(asked, message.channelId, [recipientKey]);
    return post(asked, recipientKey, message);
  }),

  answering(batchEnqueue, (request, asked) => {
    const { recipientKeys, ...message } = request;
    demand(recipientKeys.length > 0 && recipientKeys.length <= 1000);
    demand(recipientKeys.every(({ length }) => length === 32) && message.payload.length > 0);
    checkSender(asked, message.channelId, recipientKeys);
    return { seqs: recipientKeys.map((key) => post(asked, key, message).seq) };
  }),

  answering(fetch, ({ limit, ...view }, asked) => ({
    payloads: visible(ownInbox(asked, view), view.deviceId, limit),
  })),

  answering(peek, ({ limit, ...view }, asked) => ({
    payloads: visible(ownInbox(asked, view), view.deviceId, limit),
  })),

  answering(fetchWait, async ({ limit, timeoutMs, ...view }, asked) => {
    const inbox = ownInbox(asked, view);
    const until = Date.now() + Math.min(Number(timeoutMs), LONGEST_WAIT_MS);
    for (;;) {
      const payloads = visible(inbox, view.deviceId, limit);
      const left = until - Date.now();
      if (payloads.length > 0 || left <= 0) return { payloads };
      await woken(inbox, left);
    }
  }),

  answering(ack, ({ seqUpTo, ...view }, asked) => {
    const inbox = ownInbox(asked, view);
    const device = hex(view.deviceId);
    const done = inbox.messages.findLast(({ seq }) => seq <= seqUpTo)?.seq ?? 0n;
    if (done > (inbox.cursors.get(device) ?? 0n)) inbox.cursors.set(device, done);
    return {};
  }),
];

interface Posted {
  readonly payload: Uint8Array;
  readonly channelId: Uint8Array;
  readonly ttlSecs: number;
  readonly messageId: Uint8Array;
}

/** store puts a payload into an inbox and wakes whoever waits for it; it answers the seq. */
export function store(
  state: WorldState,
  recipientKey: Uint8Array,
  channelId: Uint8Array,
  payload: Uint8Array,
  ttlSecs = 0,
): bigint {
  const inbox = inboxOf(state, recipientKey, channelId);
  const seq = inbox.highest + 1n;
  inbox.highest = seq;
  const expiresAt = Date.now() + (ttlSecs > 0 ? ttlSecs * 1000 : TTL_MS);
  inbox.messages.push({ seq, data: payload.slice(), expiresAt });
  for (const wake of inbox.waiting) wake();
  return seq;
}

/** announcement is the payload of event 1000 for a stored message. */
export function announcement(
  recipientKey: Uint8Array,
  channelId: Uint8Array,
  seq: bigint,
  data: Uint8Array,
): Uint8Array {
  const isSmall = data.length <= ANSWER_BYTES;
  const message = { recipientKey, channelId, seq, ...(isSmall && { data }) };
  return toBinary(NewMessageSchema, create(NewMessageSchema, message));
}

function post(asked: Asked, recipientKey: Uint8Array, message: Posted) {
  const { payload, channelId, ttlSecs, messageId } = message;
  const { seen } = inboxOf(asked.state, recipientKey, channelId);
  const name = `${hex(asked.account.identityKey)}/${hex(messageId)}`;
  const first = messageId.length > 0 ? seen.get(name) : undefined;
  if (first !== undefined) return { seq: first, duplicate: true };
  const seq = store(asked.state, recipientKey, channelId, payload, ttlSecs);
  if (messageId.length > 0) seen.set(name, seq);
  const event = announcement(recipientKey, channelId, seq, payload);
  asked.notify([hex(recipientKey)], NEW_MESSAGE, event);
  return { seq, duplicate: false };
}

/** On a channel only members send, and only to members. */
function checkSender(
  { state, account }: Asked,
  channelId: Uint8Array,
  recipients: readonly Uint8Array[],
): void {
  if (channelId.length === 0) return;
  demand(channelId.length === 16);
  const channel = state.channels.get(hex(channelId));
  demand(channel !== undefined, Status.NotFound);
  const isMember = (key: Uint8Array) => channel.members.has(hex(key));
  demand([account.identityKey, ...recipients].every(isMember), Status.Forbidden);
}

function ownInbox({ state, account }: Asked, { recipientKey, channelId, deviceId }: View): Inbox {
  demand(recipientKey.length === 32);
  demand(same(recipientKey, account.identityKey), Status.Forbidden);
  demand(deviceId.length === 0 || account.devices.has(hex(deviceId)), Status.NotFound);
  if (channelId.length > 0) {
    const channel = state.channels.get(hex(channelId));
    demand(channel !== undefined, Status.NotFound);
    const name = hex(recipientKey);
    demand(channel.members.has(name) || channel.former.has(name), Status.Forbidden);
  }
  return inboxOf(state, recipientKey, channelId);
}

/** visible is the longest prefix of what a view has not acknowledged that fits the answer. */
export function visible(inbox: Inbox, deviceId: Uint8Array, limit: number): StoredMessage[] {
  const done = inbox.cursors.get(hex(deviceId)) ?? 0n;
  const now = Date.now();
  const left = inbox.messages.filter(({ seq, expiresAt }) => seq > done && expiresAt > now);
  let bytes = 0;
  const isWithin = ({ data }: StoredMessage) => {
    bytes += data.length + 20;
    return bytes <= ANSWER_BYTES;
  };
  const fitting = left.slice(0, limit || USUAL_LIMIT);
  const end = fitting.findIndex((message) => !isWithin(message));
  return end < 0 ? fitting : fitting.slice(0, Math.max(1, end));
}

function woken(inbox: Inbox, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      inbox.waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    inbox.waiting.add(done);
  });
}
