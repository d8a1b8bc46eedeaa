// How many recipients a batch may have (spec/services/delivery.md; C-105, C-113).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { acknowledge, deliveryCase, peeked, spellSeqs } from "./inbox.ts";

const { batchEnqueue } = DeliveryService.method;

export const batchSizeCases: readonly Case[] = [
  ...[
    { count: 100, rule: "delivery.batch-accepted" as const },
    { count: 1000, rule: "delivery.batch-limit" as const },
  ].map(({ count, rule }) =>
    deliveryCase({
      id: `delivery.batch-enqueue.${count}-recipients`,
      rules: [rule, "delivery.batch-seqs"],
      sends: `a batch of ${count} entries, two users in turn, without message_id`,
      expects: `Ok with ${count} seqs`,
      checks: ["answer", "seqs"],
      errata: ["C-113"],
      async run(t) {
        const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
        const answer = await batch(alice, [bob, carol], count);
        t.status(answer, Status.Ok);
        const { seqs } = answer.message();
        t.check("seqs", seqs.length === count, { expected: `${count}`, got: `${seqs.length}` });
        await acknowledge(bob, seqs.at(-2) ?? 0n);
        await acknowledge(carol, seqs.at(-1) ?? 0n);
      },
    }),
  ),

  deliveryCase({
    id: "delivery.batch-enqueue.1001-recipients",
    rules: ["delivery.batch-limit"],
    twin: "delivery.batch-enqueue.1000-recipients",
    sends: "a batch of 1,001 entries",
    expects: "BadRequest, and nothing stored",
    checks: ["answer", "stored"],
    errata: ["C-113"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      t.refused(await batch(alice, [bob], 1001), Status.BadRequest);
      await isEmpty(t, bob);
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.too-large-code",
    rules: ["delivery.batch-limit", "status.error-detail"],
    twin: "delivery.batch-enqueue.1000-recipients",
    when: { reconstructed: ["draft"] },
    sends: "a batch of 1,001 entries",
    expects: "ErrorDetail.code BATCH_TOO_LARGE",
    errata: ["C-113"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { code } = await batch(alice, [bob], 1001);
      t.check("answer", code === "BATCH_TOO_LARGE", {
        expected: "BATCH_TOO_LARGE",
        got: code ?? "no code",
      });
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.68-megabytes",
    rules: ["delivery.batch-bytes"],
    twin: "delivery.batch-enqueue.100-recipients",
    sends: "a batch of 4,000,000 bytes for 17 entries of one user",
    expects: "BadRequest, and nothing stored; a server without this bound is for information",
    checks: ["answer", "stored"],
    errata: ["C-113"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const recipientKeys = Array<Uint8Array>(17).fill(bob.key);
      const payload = new Uint8Array(4_000_000);
      const answer = await alice.call(batchEnqueue, { recipientKeys, payload });
      t.refused(answer, Status.BadRequest);
      await isEmpty(t, bob);
    },
  }),

  deliveryCase({
    id: "delivery.batch-enqueue.no-recipients",
    rules: ["delivery.batch-not-empty"],
    twin: "delivery.batch-enqueue.fan-out",
    sends: "a batch without recipient_keys",
    expects: "BadRequest",
    errata: ["C-105"],
    async run(t) {
      const alice = await t.user();
      t.refused(await batch(alice, [], 0), Status.BadRequest);
    },
  }),
];

function batch(from: User, to: readonly User[], count: number) {
  const keys = Array.from({ length: count }, (_, i) => (to[i % to.length] as User).key);
  return from.call(batchEnqueue, { recipientKeys: keys, payload: Buffer.from("x") });
}

async function isEmpty(t: Trial, user: User): Promise<void> {
  const list = await peeked(user);
  t.check("stored", list.length === 0, { expected: "none", got: spellSeqs(list) });
  const last = list.at(-1);
  if (last) await acknowledge(user, last.seq + 1001n);
}
