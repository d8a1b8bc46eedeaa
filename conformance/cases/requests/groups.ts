// Valid requests of channel, group and moderation.

import { ChannelService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { bystander } from "../bystander.ts";
import { newGroupId } from "../channel/steps.ts";
import { type Makers, own } from "./request.ts";

export const GROUP_REQUESTS: Makers = {
  CreateChannel: async (t) => {
    const [caller, peer] = [await t.user(), await t.user()];
    return { caller, fields: { peerKey: peer.key } };
  },
  RemoveMember: async (t) => {
    const { user, member, groupId } = await withGroup(t);
    return { caller: user, fields: { groupId, memberKey: member.key } };
  },
  UpdateGroupMetadata: async (t) => {
    const { user, groupId } = await withGroup(t);
    return { caller: user, fields: { groupId, settings: t.bytes(40) } };
  },
  ListGroupMembers: async (t) => {
    const { user, groupId } = await withGroup(t);
    return { caller: user, fields: { groupId } };
  },
  RotateKeys: async (t) => {
    const { user, groupId } = await withGroup(t);
    return { caller: user, fields: { groupId } };
  },
  ReportMessage: (t) => own(t, (key) => ({ encryptedReport: t.bytes(40), reportedKey: key })),
  BanUser: async (t) => {
    const identityKey = await bystander(t);
    return { caller: await t.admin(), fields: { identityKey, reason: "spam" } };
  },
  UnbanUser: async (t) => {
    const identityKey = await bystander(t);
    return { caller: await t.admin(), fields: { identityKey } };
  },
  ListReports: async (t) => ({ caller: await t.admin(), fields: {} }),
  ListBanned: async (t) => ({ caller: await t.admin(), fields: {} }),
};

/** withGroup registers a group record of two users. */
async function withGroup(t: Trial): Promise<{ user: User; member: User; groupId: Uint8Array }> {
  const [user, member, groupId] = [await t.user(), await t.user(), newGroupId()];
  const call = { groupId, memberKeys: [member.key] };
  demandOk(await user.call(ChannelService.method.createChannel, call), "CreateChannel");
  return { user, member, groupId };
}
