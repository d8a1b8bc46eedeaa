// Sealed sender on a channel: nobody asks who sends, but the recipient is a member (I-18).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { peeked } from "../delivery/inbox.ts";
import { channelCase, channelOf, holdsOn } from "./steps.ts";

const { enqueue, batchEnqueue } = DeliveryService.method;

export const sealedCases: readonly Case[] = [
  channelCase({
    id: "channel.access.sealed-sender",
    rules: ["delivery.channel-members", "delivery.sealed-sender", "delivery.channel-unknown"],
    twin: "channel.access.both-ways",
    server: { profile: { "sealed-sender": "on" } },
    when: { channels: ["enforced"] },
    sends:
      "messages without a session on a channel: to a member, to a stranger, to both; elsewhere",
    expects: "Ok to the member, Forbidden to the stranger and to both, NotFound elsewhere",
    checks: ["member", "answer", "batch", "elsewhere", "bob", "carol"],
    errata: ["C-41", "I-18"],
    async run(t) {
      const [alice, bob, carol, nobody] = [
        await t.user(),
        await t.user(),
        await t.user(),
        await t.peer(),
      ];
      const channelId = await channelOf(alice, bob);
      const request = { channelId, payload: Buffer.from("sealed") };
      const to = (key: Uint8Array) => nobody.call(enqueue, { ...request, recipientKey: key });
      const sent = await to(bob.key);
      t.check("member", sent.status === Status.Ok, {
        expected: "Ok",
        got: `status ${sent.status}`,
      });
      t.refused(await to(carol.key), Status.Forbidden);
      const both = { ...request, recipientKeys: [bob.key, carol.key] };
      t.refused(await nobody.call(batchEnqueue, both), Status.Forbidden, "batch");
      const unknown = { ...request, recipientKey: bob.key, channelId: t.bytes(16) };
      t.refused(await nobody.call(enqueue, unknown), Status.NotFound, "elsewhere");
      await holdsOn(t, "bob", channelId, bob, ["sealed"]);
      const count = (await peeked(carol)).length;
      t.check("carol", count === 0, { expected: "no message", got: `${count}` });
    },
  }),
];
