// Which keys a group record takes, and how many (spec/services/channel.md; C-106, C-113).

import { ChannelService, GroupService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { toHex } from "../bytes.ts";
import { listed } from "../group/steps.ts";
import { groupCase, newGroupId } from "./steps.ts";

const { createChannel } = ChannelService.method;
const MOST = 1000;

export const groupSizeCases: readonly Case[] = [
  groupCase({
    id: "channel.group-any-key.listed",
    rules: ["channel.group-any-key"],
    sends: "CreateChannel with a new group_id and a member key that no account has",
    expects: "Ok, and the key is listed",
    checks: ["accepted"],
    errata: ["C-106"],
    async run(t) {
      const [alice, groupId, key] = [await t.user(), newGroupId(), newIdentityKey()];
      const { status } = await alice.call(createChannel, { groupId, memberKeys: [key] });
      const members = status === Status.Ok ? await listed(alice, groupId) : [];
      t.check("accepted", members.includes(toHex(key)), {
        expected: "Ok and the key in the list",
        got: `status ${status}, ${members.length} members`,
      });
    },
  }),

  groupCase({
    id: "channel.group-limit.beyond",
    rules: ["channel.group-limit", "group.list-pages"],
    twin: "channel.group-create.three",
    sends: `a registration with ${MOST} keys, then with ${MOST - 1}, then one key more; the list`,
    expects: `BadRequest and no record; Ok; BadRequest; ${MOST} members in the pages of the list`,
    checks: ["answer", "nothing", "fits", "one-more", "all"],
    errata: ["C-113"],
    async run(t) {
      const [alice, groupId] = [await t.user(), newGroupId()];
      const keys = Array.from({ length: MOST }, newIdentityKey);
      const open = (memberKeys: readonly Uint8Array[]) =>
        alice.call(createChannel, { groupId, memberKeys: [...memberKeys] });
      t.refused(await open(keys), Status.BadRequest);
      const rotation = await alice.call(GroupService.method.rotateKeys, { groupId });
      t.check("nothing", rotation.status === Status.NotFound, {
        expected: "no record",
        got: `status ${rotation.status}`,
      });
      const { status } = await open(keys.slice(1));
      t.check("fits", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      t.refused(await open(keys.slice(0, 1)), Status.BadRequest, "one-more");
      const { length } = await listed(alice, groupId);
      t.check("all", length === MOST, { expected: `${MOST} members`, got: `${length}` });
    },
  }),
];
