// The cap of an inbox: 10,000 messages, 256 MiB (spec/services/delivery.md; C-106).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { acknowledge, deliveryCase, peeked } from "./inbox.ts";

const { batchEnqueue, enqueue } = DeliveryService.method;

const MIB = 1_048_576;

export const capCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.inbox-cap.messages",
    rules: ["delivery.inbox-cap"],
    needs: "quiet",
    twin: "delivery.enqueue.round-trip",
    sends:
      "ten batches of 1,000 messages for one inbox, one more; then an Ack of ten, and one more",
    expects: "Ok, RateLimited; then Ok, and the first message is the eleventh",
    checks: ["filled", "refused", "room", "first"],
    errata: ["C-106"],
    run: (t) => fillUp(t, { batches: 10, entries: 1000, payload: new Uint8Array(1) }),
  }),

  deliveryCase({
    id: "delivery.inbox-cap.bytes",
    rules: ["delivery.inbox-cap"],
    tier: "full",
    needs: "quiet",
    twin: "delivery.enqueue.round-trip",
    sends: "eight batches of 32 messages of 1 MiB for one inbox, one more; an Ack of ten, one more",
    expects: "Ok, RateLimited; then Ok, and the first message is the eleventh",
    checks: ["filled", "refused", "room", "first"],
    errata: ["C-106"],
    run: (t) => fillUp(t, { batches: 8, entries: 32, payload: new Uint8Array(MIB) }),
  }),
];

interface Filling {
  readonly batches: number;
  readonly entries: number;
  readonly payload: Uint8Array;
}

// On a user of its own: an inbox that stayed full would break the cases after this one.
async function fillUp(t: Trial, { batches, entries, payload }: Filling): Promise<void> {
  const [alice, bob] = [await t.user(), await t.newUser()];
  const recipientKeys = Array.from({ length: entries }, () => bob.key);
  const statuses: number[] = [];
  const seqs: bigint[] = [];
  for (let i = 0; i < batches; i++) {
    const answer = await alice.call(batchEnqueue, { recipientKeys, payload });
    statuses.push(answer.status);
    if (answer.status === Status.Ok) seqs.push(...answer.message().seqs);
  }
  t.check(
    "filled",
    statuses.every((status) => status === Status.Ok),
    {
      expected: `${batches} times Ok`,
      got: `statuses ${statuses.join(", ")}`,
    },
  );
  t.refused(await one(alice, bob, payload), Status.RateLimited, "refused");
  await acknowledge(bob, seqs[9] ?? 0n);
  const room = await one(alice, bob, payload);
  t.check("room", room.status === Status.Ok, {
    expected: statusName(Status.Ok),
    got: statusName(room.status),
  });
  const [first] = await peeked(bob, 1);
  t.check("first", first?.seq === seqs[10], {
    expected: `seq ${seqs[10]}: what is not acknowledged stays`,
    got: `seq ${first?.seq}`,
  });
  await acknowledge(bob, seqs.at(-1) ?? 0n);
}

function one(alice: User, bob: User, payload: Uint8Array) {
  return alice.call(enqueue, { recipientKey: bob.key, payload }, { paced: false });
}
