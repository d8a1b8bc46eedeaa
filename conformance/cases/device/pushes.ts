// Events and devices: every session of the owner gets them, a revoked one does not, and a lost one costs
// nothing but time (spec/events.md; C-19, I-11).

import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { User } from "../../judge/user.ts";
import { fetched, holdsTexts, put } from "../delivery/inbox.ts";
import { announced, arrives, eventCase } from "../events/received.ts";
import { deviceCase, revoke, withDevices } from "./steps.ts";

const { health } = HealthService.method;
const { peek } = DeliveryService.method;

const WITH_EVENTS = ["auth", "delivery", "device", "push"] as const;
const ON = { push: ["on"] } as const;

export const pushCases: readonly Case[] = [
  deviceCase({
    id: "events.receivers.every-device",
    rules: ["events.receivers"],
    features: WITH_EVENTS,
    when: { ...ON, session: ["both", "body"] },
    sends:
      "a message for an account with two devices, a session without one, and a token in a body",
    expects: "event 1000 on each of the four connections",
    checks: ["p", "q", "no-device", "body-token"],
    errata: ["I-11"],
    async run(t) {
      const { user, sessions } = await withDevices(t, 2);
      const [p, q] = sessions as [User, User];
      const peer = await t.peer();
      demandOk(await peer.call(peek, { recipientKey: user.key }, { token: p.token }), "Peek");
      const { seq } = await put(user, user, "hello");
      await arrives(t, "p", p.peer, user.key, seq);
      await arrives(t, "q", q.peer, user.key, seq);
      await arrives(t, "no-device", user.peer, user.key, seq);
      await arrives(t, "body-token", peer, user.key, seq);
    },
  }),

  deviceCase({
    id: "events.ended-session.revoked-device",
    rules: ["events.ended-session", "events.only-receivers"],
    features: WITH_EVENTS,
    when: ON,
    sends: "RevokeDevice, then a message; the connection of the device is still open",
    expects: "an event on the connections of the other sessions, and none there",
    checks: ["other-device", "no-device", "revoked"],
    errata: ["I-11"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 2);
      const [p, q] = sessions as [User, User];
      await revoke(user, ids[0] as Uint8Array);
      const { seq } = await put(user, user, "hello");
      await arrives(t, "other-device", q.peer, user.key, seq);
      await arrives(t, "no-device", user.peer, user.key, seq);
      await p.peer.call(health, {});
      const count = announced(p.peer);
      t.check("revoked", count === 0, { expected: "no event", got: `${count}` });
    },
  }),

  eventCase({
    id: "events.queue-remains.lost-event",
    rules: ["events.queue-remains"],
    hooks: ["drop_push"],
    sends: "two messages whose events are lost on the way, then a third",
    expects: "one event, and three messages for a Fetch",
    checks: ["third", "lost", "fetched"],
    errata: ["I-11"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      await t.hook("drop_push", 2);
      for (const text of ["one", "two"]) await put(alice, bob, text);
      const { seq } = await put(alice, bob, "three");
      await arrives(t, "third", bob.peer, bob.key, seq);
      const count = announced(bob.peer);
      t.check("lost", count === 1, { expected: "one event", got: `${count}` });
      holdsTexts(t, "fetched", await fetched(bob), ["one", "two", "three"]);
    },
  }),
];
