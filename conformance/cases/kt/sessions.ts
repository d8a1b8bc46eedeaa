// What a revocation ends, and what stays open to the owner of the key (spec/services/kt.md; I-10).

import { setTimeout as sleep } from "node:timers/promises";
import {
  AccountService,
  DeliveryService,
  DeviceService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk, login } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { readInbox } from "../auth/steps.ts";
import { groupOf, holdsOn, sendOn } from "../channel/steps.ts";
import {
  acknowledge,
  fetched,
  holdsTexts,
  LONG_MS,
  put,
  START_MS,
  waitFor,
} from "../delivery/inbox.ts";
import { announced, arrives } from "../events/received.ts";
import { removal } from "../group/steps.ts";
import { askRevocation, isOut, ktCase, revoke, revokedUser } from "./steps.ts";

const { batchEnqueue } = DeliveryService.method;
const { registerDevice, revokeDevice } = DeviceService.method;

/** Readings in which a token may travel in the body. */
const BODY = { session: ["both", "body"] } as const;

export const sessionCases: readonly Case[] = [
  ktCase({
    id: "kt.sessions-end.every-connection",
    rules: ["kt.sessions-end", "sessions.unauthorized"],
    features: ["delivery"],
    sends: "a revocation by one of two sessions, then a Fetch by both and by another user",
    expects: "Ok to the revocation, Unauthorized to both, Ok to the other user",
    checks: ["answer", "caller", "second", "other-user"],
    errata: ["C-54", "I-10"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const second = await t.logIn(alice.account);
      t.status(await askRevocation(alice), Status.Ok);
      isOut(t, "caller", await readInbox(alice, alice.key));
      isOut(t, "second", await readInbox(second, alice.key));
      const { status } = await readInbox(bob, bob.key);
      t.check("other-user", status === Status.Ok, { expected: "Ok", got: statusName(status) });
    },
  }),

  ktCase({
    id: "kt.sessions-end.body-token",
    rules: ["kt.sessions-end", "sessions.unauthorized"],
    features: ["delivery"],
    when: BODY,
    sends: "a revocation, then a Fetch with the session's token in its body on a fresh connection",
    expects: "Ok before the revocation, Unauthorized after it",
    checks: ["before", "after"],
    errata: ["I-10"],
    async run(t) {
      const [alice, peer] = [await t.newUser(), await t.peer()];
      const { token } = alice;
      const { status } = await readInbox(peer, alice.key, { token });
      t.check("before", status === Status.Ok, { expected: "Ok", got: statusName(status) });
      await revoke(alice);
      isOut(t, "after", await readInbox(peer, alice.key, { token }));
    },
  }),

  ktCase({
    id: "kt.sessions-end.pending-waits",
    rules: ["kt.sessions-end", "delivery.wait-session-ends"],
    features: ["delivery"],
    sends: "two FetchWaits of one user on two connections, and a revocation on one of them",
    expects: "Unauthorized to both, long before their time is over",
    checks: ["answer", "caller", "second", "soon"],
    errata: ["I-06", "I-10"],
    async run(t) {
      const alice = await t.newUser();
      const second = await t.logIn(alice.account);
      const waits = Promise.all([waitFor(alice, LONG_MS), waitFor(second, LONG_MS)]);
      waits.catch(() => {}); // of no interest when the revocation fails
      await sleep(START_MS);
      t.status(await askRevocation(alice), Status.Ok);
      const [own, other] = await waits;
      isOut(t, "caller", own);
      isOut(t, "second", other);
      const took = [own, other].map(({ at, sentAt }) => Math.round(at - sentAt));
      t.check("soon", Math.max(...took) < LONG_MS - 1000, {
        expected: "when the key was revoked",
        got: took.map((ms) => `${ms} ms`).join(", "),
      });
    },
  }),

  ktCase({
    id: "kt.sessions-end.no-push",
    rules: ["kt.sessions-end", "events.only-receivers"],
    features: ["delivery", "push"],
    when: { push: ["on"] },
    sends: "a revocation, then a message for the revoked key and one for another user",
    expects: "no event on the connection of the ended session, one for the other user",
    checks: ["other-user", "revoked"],
    errata: ["I-10", "I-11"],
    async run(t) {
      const [alice, bob, carol] = [await t.newUser(), await t.user(), await t.user()];
      await revoke(alice);
      await put(bob, alice, "for nobody");
      const { seq } = await put(bob, carol, "hello");
      await arrives(t, "other-user", carol.peer, carol.key, seq);
      const events = announced(alice.peer);
      t.check("revoked", events === 0, { expected: "no event", got: `${events} events` });
    },
  }),

  ktCase({
    id: "kt.login-stays.inbox",
    rules: ["kt.login-stays", "kt.inbox-open"],
    features: ["delivery"],
    sends: "a message, the revocation of its recipient, a login, a Fetch and an Ack",
    expects: "Ok, the message, and an empty inbox afterwards",
    checks: ["answer", "message", "acknowledged"],
    errata: ["C-111", "I-10"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const { seq } = await put(bob, alice, "one");
      await revoke(alice);
      t.status(await login(await t.peer(), alice.account), Status.Ok);
      const again = await t.logIn(alice.account);
      holdsTexts(t, "message", await fetched(again), ["one"]);
      await acknowledge(again, seq);
      holdsTexts(t, "acknowledged", await fetched(again), []);
    },
  }),

  ktCase({
    id: "kt.login-stays.revoke-device",
    rules: ["kt.login-stays"],
    features: ["device"],
    when: { reconstructed: ["draft"] },
    sends: "a device, the revocation of the key, a login, RevokeDevice",
    expects: "Ok",
    errata: ["I-10"],
    async run(t) {
      const alice = await t.newUser();
      const device = { deviceId: t.bytes(16), deviceName: "old" };
      demandOk(await alice.call(registerDevice, device), "RegisterDevice");
      await revoke(await t.logIn(alice.account));
      const again = await t.logIn(alice.account);
      t.status(await again.call(revokeDevice, { deviceId: device.deviceId }), Status.Ok);
    },
  }),

  ktCase({
    id: "kt.login-stays.delete",
    rules: ["kt.login-stays"],
    features: ["account"],
    sends: "a revocation, a login, DeleteAccount",
    expects: "Ok",
    errata: ["I-10"],
    async run(t) {
      const alice = await revokedUser(t);
      t.status(await alice.call(AccountService.method.deleteAccount, {}), Status.Ok);
    },
  }),

  ktCase({
    id: "kt.inbox-open.group-channel",
    rules: ["kt.inbox-open", "group.remove"],
    features: ["delivery", "channel", "group"],
    when: { reconstructed: ["draft"], groups: ["on"] },
    sends: "the revocation of a group member; a message for it on the group's channel, its removal",
    expects: "Ok to both, and the message in its inbox there: the Commit that removes it arrives",
    checks: ["answer", "removed", "message"],
    errata: ["I-10", "I-18"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.newUser()];
      const { groupId, channelId } = await groupOf(alice, bob);
      await revoke(bob);
      t.status(await sendOn(channelId, alice, bob, "commit"), Status.Ok);
      const { status } = await removal(alice, groupId, bob);
      t.check("removed", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
      await holdsOn(t, "message", channelId, await t.logIn(bob.account), ["commit"]);
    },
  }),

  ktCase({
    id: "kt.inbox-open.enqueue",
    rules: ["kt.inbox-open"],
    features: ["delivery"],
    sends: "a revocation, then Enqueue and BatchEnqueue for the revoked key, and a login",
    expects: "Ok to both, and both messages in the inbox",
    checks: ["answer", "messages"],
    errata: ["I-10"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      await revoke(alice);
      const { enqueue } = DeliveryService.method;
      const one = { recipientKey: alice.key, payload: Buffer.from("one") };
      t.status(await bob.call(enqueue, one), Status.Ok);
      const two = { recipientKeys: [alice.key, bob.key], payload: Buffer.from("two") };
      demandOk(await bob.call(batchEnqueue, two), "BatchEnqueue");
      const again = await t.logIn(alice.account);
      holdsTexts(t, "messages", await fetched(again), ["one", "two"]);
    },
  }),
];
