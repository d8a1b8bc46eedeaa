// What the cases of channels and groups share: opening channels and records, messages on a channel.

import { randomBytes } from "node:crypto";
import { ChannelService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { type Envelope, holdsTexts, sameBytes } from "../delivery/inbox.ts";

const { createChannel } = ChannelService.method;
const { enqueue, peek, ack, batchEnqueue } = DeliveryService.method;

/** channelCase is a case about channels of two; the fields of 400 are reconstructed. */
export function channelCase(spec: CaseSpec): Case {
  return defineCase({
    ...spec,
    features: ["auth", "delivery", "channel"],
    when: { reconstructed: ["draft"], ...spec.when },
  });
}

/** groupCase is a case about group records. */
export function groupCase(spec: CaseSpec): Case {
  return defineCase({
    ...spec,
    features: ["auth", "delivery", "channel", "group", ...(spec.features ?? [])],
    when: { reconstructed: ["draft"], groups: ["on"], ...spec.when },
  });
}

/** newGroupId makes an ID that no server has seen, 32 bytes. */
export function newGroupId(): Uint8Array {
  return randomBytes(32);
}

/** openPair asks for the channel with a peer. */
export function openPair(user: User, peer: { readonly key: Uint8Array }) {
  return user.call(createChannel, { peerKey: peer.key });
}

/** opened asks for the channel with a peer and answers the response. Throws NoAnswer unless Ok. */
export async function opened(user: User, peer: User) {
  const answer = await openPair(user, peer);
  demandOk(answer, "CreateChannel");
  return answer.message();
}

/** channelOf opens the channel of two users on the way of a case. */
export async function channelOf(user: User, peer: User): Promise<Uint8Array> {
  return (await opened(user, peer)).channelId;
}

/** openGroup registers a group record, extends or finds it. */
export function openGroup(user: User, groupId: Uint8Array, members: readonly User[] = []) {
  return user.call(createChannel, { groupId, memberKeys: members.map(({ key }) => key) });
}

export interface Group {
  readonly groupId: Uint8Array;
  readonly channelId: Uint8Array;
}

/** groupOf registers a new group record on the way of a case. */
export async function groupOf(user: User, ...members: readonly User[]): Promise<Group> {
  const groupId = newGroupId();
  const answer = await openGroup(user, groupId, members);
  demandOk(answer, "CreateChannel");
  return { groupId, channelId: answer.message().channelId };
}

/** added makes members of some users on the way of a case. */
export async function added(user: User, { groupId }: Group, ...members: User[]): Promise<void> {
  demandOk(await openGroup(user, groupId, members), "CreateChannel");
}

/** sendOn enqueues a text for a user on a channel. */
export function sendOn(
  channelId: Uint8Array,
  from: User,
  to: Pick<User, "key">,
  text: string,
  messageId: Uint8Array = new Uint8Array(0),
) {
  const payload = Buffer.from(text);
  return from.call(enqueue, { recipientKey: to.key, channelId, payload, messageId });
}

/** putOn enqueues on the way of a case. */
export async function putOn(channelId: Uint8Array, from: User, to: User, text: string) {
  const answer = await sendOn(channelId, from, to, text);
  demandOk(answer, "Enqueue");
  return answer.message();
}

/** batchOn enqueues a text for several users on a channel. */
export function batchOn(
  channelId: Uint8Array,
  from: User,
  to: readonly Pick<User, "key">[],
  text: string,
) {
  const recipientKeys = to.map(({ key }) => key);
  return from.call(batchEnqueue, { recipientKeys, channelId, payload: Buffer.from(text) });
}

/** lookOn asks for the own inbox on a channel. */
export function lookOn(channelId: Uint8Array, user: User) {
  return user.call(peek, { recipientKey: user.key, channelId });
}

/** peekedOn looks at the own inbox on a channel on the way of a case. */
export async function peekedOn(channelId: Uint8Array, user: User): Promise<readonly Envelope[]> {
  const answer = await lookOn(channelId, user);
  demandOk(answer, "Peek");
  return answer.message().payloads;
}

/** ackOn acknowledges the own inbox on a channel. */
export function ackOn(channelId: Uint8Array, user: User, seqUpTo: bigint) {
  return user.call(ack, { recipientKey: user.key, channelId, seqUpTo });
}

/** holdsOn checks that the own inbox of a user on a channel has exactly these payloads. */
export async function holdsOn(
  t: Trial,
  check: string,
  channelId: Uint8Array,
  user: User,
  texts: readonly string[],
): Promise<void> {
  holdsTexts(t, check, await peekedOn(channelId, user), texts);
}

/** isSame checks that two IDs are the same bytes. */
export function isSame(t: Trial, check: string, got: Uint8Array, expected: Uint8Array): void {
  t.check(check, sameBytes(got, expected), { expected: spell(expected), got: spell(got) });
}

function spell(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex") || "nothing";
}
