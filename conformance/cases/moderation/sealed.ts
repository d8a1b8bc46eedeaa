// A ban and messages without a sender: nobody knows that the banned one sent them
// (spec/services/moderation.md; C-41, C-63, I-07).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { channelOf, holdsOn, sendOn } from "../channel/steps.ts";
import { isStatus } from "../checks.ts";
import { holdsTexts, peeked } from "../delivery/inbox.ts";
import { ban, moderationCase } from "./steps.ts";

const { enqueue } = DeliveryService.method;

export const sealedCases: readonly Case[] = [
  moderationCase({
    id: "moderation.channel-ban.sealed-sender",
    rules: ["moderation.channel-ban", "delivery.sealed-sender"],
    features: ["channel"],
    server: { profile: { "sealed-sender": "on" } },
    when: { channels: ["enforced"] },
    sends:
      "with two users banned, one on a channel and one from the server: messages without a session",
    expects: "Ok on the channel and without one, to the banned ones and to others",
    checks: ["banned", "answer", "to-banned", "default", "channel", "inbox"],
    errata: ["C-41", "C-63", "I-07"],
    async run(t) {
      const [admin, alice] = [await t.admin(), await t.newUser()];
      const [bob, nobody] = [await t.user(), await t.peer()];
      const channelId = await channelOf(alice, bob);
      await ban(alice, bob.key, { channelId });
      isStatus(t, "banned", await sendOn(channelId, bob, alice, "signed"), Status.Forbidden);
      const sealed = (key: Uint8Array, on: Uint8Array = new Uint8Array(0)) =>
        nobody.call(enqueue, { recipientKey: key, channelId: on, payload: Buffer.from("sealed") });
      t.status(await sealed(alice.key, channelId), Status.Ok);
      isStatus(t, "to-banned", await sealed(bob.key, channelId), Status.Ok);
      await holdsOn(t, "channel", channelId, alice, ["sealed"]);
      const carol = await t.newUser();
      await ban(admin, carol.key);
      isStatus(t, "default", await sealed(alice.key), Status.Ok);
      holdsTexts(t, "inbox", await peeked(alice), ["sealed"]);
    },
  }),
];
