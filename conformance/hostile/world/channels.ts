// Channels and group records, 400 and 410 to 413 (spec/services/{channel,group}.md).

import { create, toBinary } from "@bufbuild/protobuf";
import { ChannelService, GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { GroupMembershipChangeSchema, MembershipChange } from "../../../src/gen/qpc/v1/push_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Asked, answering, demand, type Handler } from "./handler.ts";
import { type Channel, hex, newChannel, same, type WorldState } from "./state.ts";

const { createChannel } = ChannelService.method;
const { removeMember, updateGroupMetadata, listGroupMembers, rotateKeys } = GroupService.method;

const MEMBERSHIP = 1003;
const MOST_MEMBERS = 1000;

export const CHANNELS: readonly Handler[] = [
  answering(createChannel, ({ peerKey, groupId, memberKeys }, asked) => {
    demand([0, 32].includes(peerKey.length) && [0, 32].includes(groupId.length));
    demand(memberKeys.every(({ length }) => length === 32));
    demand(peerKey.length > 0 !== groupId.length > 0);
    return peerKey.length > 0 ? pair(asked, peerKey) : record(asked, groupId, memberKeys);
  }),

  answering(removeMember, ({ groupId, memberKey }, asked) => {
    const channel = ownRecord(asked, groupId);
    const name = hex(memberKey);
    const removed = channel.members.has(name);
    if (removed) announce(asked, channel, memberKey, MembershipChange.REMOVED);
    channel.members.delete(name);
    if (removed) channel.former.add(name);
    if (channel.members.size === 0) asked.state.channels.delete(hex(channel.id));
    return { removed };
  }),

  answering(updateGroupMetadata, ({ groupId, name, description, settings }, asked) => {
    const channel = ownRecord(asked, groupId);
    const fields = { name, description, settings: settings && hex(settings) };
    for (const [field, value] of Object.entries(fields)) {
      if (value === undefined || channel.metadata.get(field) === value) continue;
      channel.metadata.set(field, value);
      channel.revision += 1n;
    }
    return { revision: channel.revision };
  }),

  answering(listGroupMembers, ({ groupId, limit, afterKey }, asked) => {
    const { members } = ownRecord(asked, groupId);
    const after = hex(afterKey);
    const names = [...members.keys()].sort().filter((name) => name > after);
    const page = names.slice(0, limit || MOST_MEMBERS);
    return {
      members: page.map((name) => ({
        identityKey: new Uint8Array(Buffer.from(name, "hex")),
        username: asked.state.byKey.get(name)?.username ?? "",
        joinedAtMs: members.get(name) ?? 0n,
      })),
    };
  }),

  answering(rotateKeys, ({ groupId }, asked) => {
    const channel = ownRecord(asked, groupId);
    const own = hex(asked.account.identityKey);
    const others = [...channel.members.keys()].filter((name) => name !== own);
    announce(asked, channel, asked.account.identityKey, MembershipChange.KEYS_ROTATED, others);
    return { notified: others.length };
  }),
];

function pair({ state, account }: Asked, peerKey: Uint8Array) {
  demand(!same(peerKey, account.identityKey));
  demand(state.byKey.has(hex(peerKey)), Status.NotFound);
  const known = findPair(state, account.identityKey, peerKey);
  if (known) return { channelId: known.id, wasNew: false };
  const channel = newChannel(state, [account.identityKey, peerKey]);
  return { channelId: channel.id, wasNew: true };
}

/** findPair answers the channel of two keys. */
export function findPair(state: WorldState, a: Uint8Array, b: Uint8Array): Channel | undefined {
  const isTheirs = ({ groupId, members }: Channel) =>
    groupId === undefined && members.has(hex(a)) && members.has(hex(b));
  return [...state.channels.values()].find(isTheirs);
}

/** findRecord answers the channel of a group record. */
export function findRecord(state: WorldState, groupId: Uint8Array): Channel | undefined {
  const isIt = (channel: Channel) => channel.groupId && same(channel.groupId, groupId);
  return [...state.channels.values()].find(isIt);
}

function record(asked: Asked, groupId: Uint8Array, memberKeys: readonly Uint8Array[]) {
  const { state, account } = asked;
  demand(memberKeys.length <= MOST_MEMBERS);
  const known = findRecord(state, groupId);
  if (known === undefined) {
    const channel = newChannel(state, [account.identityKey, ...memberKeys], groupId.slice());
    for (const key of memberKeys) announce(asked, channel, key, MembershipChange.ADDED);
    return { channelId: channel.id, wasNew: true };
  }
  demand(known.members.has(hex(account.identityKey)), Status.Forbidden);
  for (const key of memberKeys) {
    if (known.members.has(hex(key))) continue;
    known.members.set(hex(key), BigInt(Date.now()));
    known.former.delete(hex(key));
    announce(asked, known, key, MembershipChange.ADDED);
  }
  return { channelId: known.id, wasNew: false };
}

function ownRecord({ state, account }: Asked, groupId: Uint8Array): Channel {
  demand(groupId.length === 32);
  const channel = findRecord(state, groupId);
  demand(channel !== undefined, Status.NotFound);
  demand(channel.members.has(hex(account.identityKey)), Status.Forbidden);
  return channel;
}

function announce(
  { notify }: Asked,
  { groupId = new Uint8Array(0), members }: Channel,
  memberKey: Uint8Array,
  change: MembershipChange,
  to: Iterable<string> = members.keys(),
): void {
  const message = create(GroupMembershipChangeSchema, { groupId, memberKey, change });
  notify(to, MEMBERSHIP, toBinary(GroupMembershipChangeSchema, message));
}
