// Channels of two and the registration of group records (400): spec/services/channel.md.

import { randomBytes } from "node:crypto";
import { ChannelService } from "../gen/qpc/v1/methods_pb.ts";
import { MembershipChange } from "../gen/qpc/v1/push_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand, RpcError } from "../rpc/error.ts";
import type { PushHub } from "../rpc/push.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { ChannelStore, OpenedChannel } from "../storage/stores/channels.ts";
import type { GroupStore, OpenedGroup } from "../storage/stores/groups.ts";
import { announceMembership } from "./events.ts";

export interface ChannelDependencies {
  readonly channels: ChannelStore;
  readonly groups: GroupStore;
  readonly pushes: PushHub;
  readonly clock: Clock;
}

/** C-56: random, so that nobody computes from two keys whether they have a channel. */
const CHANNEL_ID_BYTES = 16;

/** Events that one call may push before it announces a key to that key alone. */
const ANNOUNCEMENTS = 2000;

/** createChannelService answers 400. */
export function createChannelService(dependencies: ChannelDependencies): ComposedMethod[] {
  const { channels, groups, pushes, clock } = dependencies;

  async function openPair(caller: Uint8Array, peer: Uint8Array): Promise<OpenedChannel> {
    demand(Buffer.compare(caller, peer) !== 0, Status.BadRequest, "channel.not-self");
    const channelId = randomBytes(CHANNEL_ID_BYTES);
    const opened = await channels.openPair({ channelId, caller, peer }, clock.now());
    demand(opened !== undefined, Status.NotFound, "channel.peer-exists");
    return opened;
  }

  async function openGroup(
    caller: Uint8Array,
    groupId: Uint8Array,
    memberKeys: readonly Uint8Array[],
  ): Promise<OpenedChannel> {
    const most = LIMITS.groupMembers.value;
    demand(memberKeys.length <= most, Status.BadRequest, "channel.group-limit");
    const channelId = randomBytes(CHANNEL_ID_BYTES);
    const call = { groupId, channelId, caller, memberKeys };
    const opened = await groups.open(call, most, clock.now());
    if (opened === "stranger") throw new RpcError(Status.Forbidden, "channel.group-stranger");
    if (opened === "full") throw new RpcError(Status.BadRequest, "channel.group-limit");
    announceAdded(groupId, opened);
    return opened;
  }

  // Everybody hears of everybody, unless so many keys came at once that a call would cost too much:
  // of the rest each hears of itself. The list has them all.
  function announceAdded(groupId: Uint8Array, { added, members }: OpenedGroup): void {
    const toAll = Math.floor(ANNOUNCEMENTS / members.length);
    for (const [index, memberKey] of added.entries()) {
      const receivers = index < toAll ? members : [memberKey];
      announceMembership(pushes, receivers, { groupId, memberKey, change: MembershipChange.ADDED });
    }
  }

  return compose(ChannelService, {
    async createChannel({ peerKey, groupId, memberKeys }, call) {
      const { identityKey } = callerSession(call);
      const isPair = peerKey.length > 0;
      demand(isPair !== groupId.length > 0, Status.BadRequest, "channel.one-form");
      const { channelId, wasNew } = isPair
        ? await openPair(identityKey, peerKey)
        : await openGroup(identityKey, groupId, memberKeys);
      return { channelId, wasNew };
    },
  });
}
