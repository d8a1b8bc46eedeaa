// Events 1001 and 1002, which no method triggers (spec/events.md, C-19): a server that sends them
// without being asked tells everybody who is online.

import { setTimeout as sleep } from "node:timers/promises";
import { PushEventType } from "../../../src/gen/qpc/v1/push_event_type_pb.ts";
import type { Case } from "../../judge/case.ts";
import { put } from "../delivery/inbox.ts";
import { announcement, eventCase } from "./received.ts";

/** Long enough for an event that is sent at once. */
const QUIET_MS = 500;

export const unaskedCases: readonly Case[] = [
  eventCase({
    id: "events.presence.unasked",
    rules: ["events.presence", "events.typing"],
    sends: "messages between Alice and Bob; a second session of Bob's comes and goes",
    expects: "events about the messages, none that somebody types, comes or goes",
    checks: ["announced", "none"],
    errata: ["C-19"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { seq } = await put(bob, alice, "hello");
      await put(alice, bob, "hi");
      const second = await t.logIn(bob.account);
      await second.peer.close();
      const event = await announcement(t, alice.peer, alice.key, seq);
      t.check("announced", event !== undefined, { expected: "event 1000", got: "none" });
      await sleep(QUIET_MS);
      const unasked = [alice, bob]
        .flatMap(({ peer }) => peer.events.all())
        .filter(
          ({ eventType }) =>
            eventType === PushEventType.TYPING || eventType === PushEventType.PRESENCE,
        );
      t.check("none", unasked.length === 0, {
        expected: "no event 1001 or 1002",
        got: unasked.map(({ eventType }) => `${eventType}`).join(", "),
      });
    },
  }),
];
