// What answers and events show of the people behind them (spec/services/delivery.md, health.md).

import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { put } from "../delivery/inbox.ts";
import { announcement, eventCase } from "../events/received.ts";
import { found, secretsOf } from "./steps.ts";

const { fetch, fetchWait, peek } = DeliveryService.method;
const { health } = HealthService.method;

const READS: readonly (Pick<CaseSpec, "id"> & {
  readonly name: string;
  readonly read: (user: User) => Promise<Answer>;
})[] = [
  {
    id: "privacy.sender.fetch",
    name: "Fetch",
    read: ({ call, key }) => call(fetch, { recipientKey: key }),
  },
  {
    id: "privacy.sender.fetch-wait",
    name: "FetchWait",
    read: ({ call, key }) => call(fetchWait, { recipientKey: key, timeoutMs: 1000n }),
  },
  {
    id: "privacy.sender.peek",
    name: "Peek",
    read: ({ call, key }) => call(peek, { recipientKey: key }),
  },
];

export const metadataCases: readonly Case[] = [
  ...READS.map(({ id, name, read }) =>
    defineCase({
      id,
      rules: ["delivery.messages"],
      features: ["auth", "delivery"],
      sends: `an Enqueue by Alice for Bob with a message_id, and Bob's ${name}`,
      expects: "the message, and nothing that tells who sent it",
      checks: ["answer", "payload", "sender"],
      errata: ["C-99"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const [payload, messageId] = [t.bytes(40), t.bytes(16)];
        await put(alice, bob, payload, { messageId });
        const answer = await read(bob);
        t.status(answer, Status.Ok);
        const holds = Buffer.from(answer.payload).includes(Buffer.from(payload));
        t.check("payload", holds, { expected: "the message", got: "other bytes" });
        const secrets = [...secretsOf(alice), { what: "the message_id", bytes: messageId }];
        tellsNothing(t, "sender", answer.payload, secrets);
      },
    }),
  ),

  eventCase({
    id: "privacy.sender.event",
    rules: ["events.new-message-fields"],
    sends: "an Enqueue by Alice for Bob",
    expects: "an event at Bob's connection, and nothing in it that tells who sent the message",
    checks: ["event", "sender"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { seq } = await put(alice, bob, t.bytes(40));
      const event = await announcement(t, bob.peer, bob.key, seq);
      t.demand("event", event !== undefined, { expected: "event 1000", got: "none" });
      tellsNothing(t, "sender", event?.payload ?? new Uint8Array(0), secretsOf(alice));
    },
  }),

  defineCase({
    id: "privacy.health.of-users",
    rules: ["health.no-users"],
    features: ["auth", "delivery", "health"],
    when: { reconstructed: ["draft"] },
    sends:
      "Health on a fresh connection, on one of a user before and after messages, and of another",
    expects: "the same answers but for the uptime, and nothing of the users",
    checks: ["answer", "alike", "users"],
    errata: ["C-74"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.newUser()];
      const answers = [await alice.peer.call(health, {})];
      for (let i = 0; i < 5; i++) await put(alice, bob, t.bytes(40));
      for (const peer of [alice.peer, bob.peer, await t.peer()]) {
        answers.push(await peer.call(health, {}));
      }
      const strange = answers.find(({ status }) => status !== Status.Ok);
      t.status(strange ?? (answers[0] as Answer), Status.Ok);
      const texts = answers.map((answer) => {
        const { status, signingKey, $unknown = [] } = answer.message();
        return `${status}, ${Buffer.from(signingKey).toString("hex")}, ${$unknown.length} unknown`;
      });
      t.check("alike", new Set(texts).size === 1, {
        expected: texts[0] ?? "",
        got: texts.join("; "),
      });
      const secrets = [...secretsOf(alice), ...secretsOf(bob)];
      const leaks = answers.flatMap(({ payload }) => found(payload, secrets));
      t.check("users", leaks.length === 0, { expected: "nothing", got: leaks.join(", ") });
    },
  }),
];

function tellsNothing(
  t: Trial,
  check: string,
  payload: Uint8Array,
  secrets: Parameters<typeof found>[1],
): void {
  const leaks = found(payload, secrets);
  t.check(check, leaks.length === 0, { expected: "nothing of the sender", got: leaks.join(", ") });
}
