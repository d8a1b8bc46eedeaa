// Enqueue and what Fetch makes of it (200, 201): spec/services/delivery.md.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newAccount, newIdentityKey, register } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { deliveryCase, fetched, put, sameBytes, spellSeqs } from "./inbox.ts";

const { enqueue, fetch } = DeliveryService.method;

export const enqueueCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.enqueue.round-trip",
    rules: ["delivery.enqueue", "delivery.payload-opaque"],
    sends: "a payload of 100 bytes for another user, who fetches",
    expects: "Ok with a seq, and one envelope with this seq and these bytes",
    checks: ["answer", "fetched"],
    tier: "smoke",
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const payload = t.bytes(100);
      const answer = await alice.call(enqueue, { recipientKey: bob.key, payload });
      t.status(answer, Status.Ok);
      const { seq } = answer.message();
      const list = await fetched(bob);
      const same = list[0]?.seq === seq && sameBytes(list[0].data, payload);
      t.check("fetched", list.length === 1 && same, {
        expected: `seq ${seq} with the payload`,
        got: spellSeqs(list),
      });
    },
  }),

  deliveryCase({
    id: "delivery.enqueue.recipient-offline",
    rules: ["delivery.enqueue"],
    sends: "a message for a user who has no connection, and who logs in afterwards",
    expects: "Ok, and the message when the user fetches",
    checks: ["answer", "fetched"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await bob.peer.close();
      const payload = t.bytes(20);
      const answer = await alice.call(enqueue, { recipientKey: bob.key, payload });
      t.status(answer, Status.Ok);
      const list = await fetched(await t.logIn(bob.account));
      t.check("fetched", sameBytes(list[0]?.data, payload), {
        expected: "the payload",
        got: spellSeqs(list),
      });
    },
  }),

  deliveryCase({
    id: "delivery.enqueue.unregistered-recipient",
    rules: ["delivery.unregistered-recipient"],
    sends: "a message for a key that no account has, then a registration and login with this key",
    expects: "Ok and the message in the inbox; NotFound is accepted",
    checks: ["answer", "kept"],
    errata: ["C-106"],
    async run(t) {
      const alice = await t.user();
      const recipientKey = newIdentityKey();
      const payload = t.bytes(20);
      const answer = await alice.call(enqueue, { recipientKey, payload });
      t.status(answer, Status.Ok, Status.NotFound);
      const account = newAccount({ identityKey: recipientKey });
      await register(await t.peer(), account);
      const list = await fetched(await t.logIn(account));
      const stored = list.length === 1 && sameBytes(list[0]?.data, payload);
      const kept = answer.status === Status.Ok ? stored : list.length === 0;
      t.check("kept", kept, {
        expected: answer.status === Status.Ok ? "the message" : "no message after NotFound",
        got: spellSeqs(list),
      });
    },
  }),

  deliveryCase({
    id: "delivery.enqueue.next-fetch",
    rules: ["delivery.enqueue"],
    sends: "five times an Enqueue and, as soon as it is answered, a Fetch of the recipient",
    expects: "the message in every one of these Fetches",
    checks: ["visible"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const missed: number[] = [];
      for (let round = 1; round <= 5; round++) {
        await put(alice, bob, `message ${round}`);
        const answer = await bob.call(fetch, { recipientKey: bob.key });
        const last = answer.message().payloads.at(-1);
        if (!sameBytes(last?.data, Buffer.from(`message ${round}`))) missed.push(round);
      }
      t.check("visible", missed.length === 0, {
        expected: "every message as the last of its Fetch",
        got: `not in round ${missed.join(", ")}`,
      });
    },
  }),
];
