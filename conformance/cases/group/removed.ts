// What a removed member may still do on the channel (spec/services/group.md; C-58, I-18, I-24).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  ackOn,
  batchOn,
  groupCase,
  groupOf,
  holdsOn,
  lookOn,
  openGroup,
  putOn,
  sendOn,
} from "../channel/steps.ts";
import { holdsTexts } from "../delivery/inbox.ts";
import { removed } from "./steps.ts";

const { fetch, fetchWait } = DeliveryService.method;
const READS = "group.removed.reads";

export const removedCases: readonly Case[] = [
  groupCase({
    id: READS,
    rules: ["group.removed-reads", "delivery.channel-members"],
    sends: "two messages for Bob, his removal, then Fetch, FetchWait and Ack of the first by him",
    expects: "Ok each time, with what was queued for him before",
    checks: ["answer", "fetched", "waited", "ack", "rest"],
    errata: ["C-30", "I-18", "I-21"],
    async run(t) {
      const { alice, bob, groupId, channelId } = await three(t);
      const first = await putOn(channelId, alice, bob, "one");
      await putOn(channelId, alice, bob, "two");
      await removed(alice, groupId, bob);
      const own = { recipientKey: bob.key, channelId };
      const answer = await bob.call(fetch, own);
      t.status(answer, Status.Ok);
      holdsTexts(t, "fetched", answer.message().payloads, ["one", "two"]);
      const waited = await bob.call(fetchWait, { ...own, timeoutMs: 100n });
      demandOk(waited, "FetchWait");
      // A server that drains on Fetch has given both away (I-21).
      const drains = t.profile.fetch === "drain";
      holdsTexts(t, "waited", waited.message().payloads, drains ? [] : ["one", "two"]);
      const acked = await ackOn(channelId, bob, first.seq);
      t.check("ack", acked.status === Status.Ok, {
        expected: "Ok",
        got: `status ${acked.status}`,
      });
      await holdsOn(t, "rest", channelId, bob, drains ? [] : ["two"]);
    },
  }),

  groupCase({
    id: "group.removed.empty-inbox",
    rules: ["group.removed-reads", "delivery.channel-members"],
    sends: "the removal of a member for whom nothing is queued, then its Peek",
    expects: "Ok with an empty list",
    checks: ["answer", "empty"],
    errata: ["I-18"],
    async run(t) {
      const { alice, bob, groupId, channelId } = await three(t);
      await removed(alice, groupId, bob);
      const answer = await lookOn(channelId, bob);
      t.status(answer, Status.Ok);
      holdsTexts(t, "empty", answer.message().payloads, []);
    },
  }),

  groupCase({
    id: "group.removed.sends-nothing",
    rules: ["group.removed-reads", "delivery.channel-members"],
    twin: "group.removed.added-again",
    sends: "messages of a removed member, to a member and to itself, on the channel",
    expects: "Forbidden, and nothing arrives",
    checks: ["answer", "to-itself", "batch", "carol"],
    errata: ["C-58", "I-18"],
    async run(t) {
      const { alice, bob, carol, groupId, channelId } = await three(t);
      await removed(alice, groupId, bob);
      t.refused(await sendOn(channelId, bob, carol, "still here"), Status.Forbidden);
      t.refused(await sendOn(channelId, bob, bob, "note"), Status.Forbidden, "to-itself");
      t.refused(await batchOn(channelId, bob, [alice, carol], "all"), Status.Forbidden, "batch");
      await holdsOn(t, "carol", channelId, carol, []);
    },
  }),

  groupCase({
    id: "group.removed.gets-nothing",
    rules: ["group.removed-reads", "delivery.channel-members"],
    twin: "group.removed.added-again",
    sends: "messages of members for a removed one on the channel, alone and in a batch",
    expects: "Forbidden, nothing more in its inbox, and nothing of the batch for anybody",
    checks: ["answer", "batch", "bob", "carol"],
    errata: ["C-58", "I-18"],
    async run(t) {
      const { alice, bob, carol, groupId, channelId } = await three(t);
      await putOn(channelId, alice, bob, "before");
      await removed(alice, groupId, bob);
      t.refused(await sendOn(channelId, alice, bob, "after"), Status.Forbidden);
      t.refused(await batchOn(channelId, alice, [carol, bob], "all"), Status.Forbidden, "batch");
      await holdsOn(t, "bob", channelId, bob, ["before"]);
      await holdsOn(t, "carol", channelId, carol, []);
    },
  }),

  groupCase({
    id: "group.removed.retries",
    rules: ["delivery.channel-members", "methods.check-order"],
    twin: "group.removed.added-again",
    sends: "an Enqueue with a message_id, the removal of its sender, and the Enqueue once more",
    expects: "Forbidden, not a duplicate",
    checks: ["stored", "answer", "carol"],
    errata: ["I-24"],
    async run(t) {
      const { alice, bob, carol, groupId, channelId } = await three(t);
      const messageId = t.bytes(16);
      const first = await sendOn(channelId, bob, carol, "once", messageId);
      t.check("stored", first.status === Status.Ok, {
        expected: "Ok",
        got: `status ${first.status}`,
      });
      await removed(alice, groupId, bob);
      t.refused(await sendOn(channelId, bob, carol, "once", messageId), Status.Forbidden);
      await holdsOn(t, "carol", channelId, carol, ["once"]);
    },
  }),

  groupCase({
    id: "group.removed.added-again",
    rules: ["channel.group-add", "group.removed-reads"],
    sends: "a message for a member, its removal, its return, and messages both ways",
    expects: "Ok, and the message of before is still there",
    checks: ["answer", "to-bob", "bob", "carol"],
    errata: ["C-59", "I-18"],
    async run(t) {
      const { alice, bob, carol, groupId, channelId } = await three(t);
      await putOn(channelId, alice, bob, "before");
      await removed(alice, groupId, bob);
      demandOk(await openGroup(carol, groupId, [bob]), "CreateChannel");
      t.status(await sendOn(channelId, bob, carol, "back"), Status.Ok);
      const sent = await sendOn(channelId, alice, bob, "after");
      t.check("to-bob", sent.status === Status.Ok, {
        expected: "Ok",
        got: `status ${sent.status}`,
      });
      await holdsOn(t, "bob", channelId, bob, ["before", "after"]);
      await holdsOn(t, "carol", channelId, carol, ["back"]);
    },
  }),
];

async function three(t: Trial) {
  const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
  return { alice, bob, carol, ...(await groupOf(alice, bob, carol)) };
}
