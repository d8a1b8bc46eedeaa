// Registering binds the session, and a bound session reads its own view (spec/services/device.md; C-103).
// The chapter on sessions has the other ways to be bound.

import { DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { CALLS } from "../delivery/calls.ts";
import { holdsTexts, put } from "../delivery/inbox.ts";
import { deviceCase, enrol, lists, viewed, withDevices } from "./steps.ts";

const { registerDevice } = DeviceService.method;

const READERS = CALLS.filter(({ posts }) => !posts);
const READS = READERS.map(({ name }) => name);

export const bindingCases: readonly Case[] = [
  deviceCase({
    id: "device.binds.second-device",
    rules: ["device.binds", "sessions.device"],
    twin: "device.limit.fifth",
    sends: "RegisterDevice for a second device on a session that registered one",
    expects: "Forbidden, and one device in the list",
    checks: ["answer", "untouched"],
    errata: ["C-103"],
    async run(t) {
      const [user, first] = [await t.newUser(), t.bytes(16)];
      await enrol(user, first);
      t.refused(await user.call(registerDevice, { deviceId: t.bytes(16) }), Status.Forbidden);
      await lists(t, "untouched", user, [first]);
    },
  }),

  deviceCase({
    id: "device.view.own-device",
    rules: ["device.view", "delivery.device-views"],
    sends: "Fetch, FetchWait, Peek and Ack with the device_id of the session, and without one",
    expects: "Ok each",
    checks: [...READS, ...READS.map((name) => `${name}-unscoped`)],
    errata: ["C-103"],
    async run(t) {
      const { ids, sessions } = await withDevices(t, 1);
      const [session] = sessions as [User];
      const deviceId = ids[0] as Uint8Array;
      for (const { name, send } of READERS) {
        allowed(t, name, (await send(session, session.key, { deviceId })).status);
        allowed(t, `${name}-unscoped`, (await send(session, session.key)).status);
      }
    },
  }),

  deviceCase({
    id: "device.other-device.bound-session",
    rules: ["device.other-device"],
    twin: "device.view.own-device",
    sends: "the four with the device_id of another device of the account",
    expects: "Forbidden each, and the message of its view still there",
    checks: [...READS, "untouched"],
    errata: ["C-103"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 2);
      const [session] = sessions as [User];
      const deviceId = ids[1] as Uint8Array;
      await put(user, user, "one");
      for (const { name, send } of READERS) {
        t.refused(await send(session, session.key, { deviceId }), Status.Forbidden, name);
      }
      holdsTexts(t, "untouched", await viewed(user, deviceId), ["one"]);
    },
  }),

  deviceCase({
    id: "device.unregistered.unknown",
    rules: ["device.unregistered"],
    twin: "device.view.own-device",
    sends: "the four with a device_id that nobody registered",
    expects: "NotFound each",
    checks: READS,
    errata: ["C-103"],
    async run(t) {
      const { user } = await withDevices(t, 1);
      const deviceId = t.bytes(16);
      for (const { name, send } of READERS) {
        t.refused(await send(user, user.key, { deviceId }), Status.NotFound, name);
      }
    },
  }),

  deviceCase({
    id: "device.unregistered.foreign",
    rules: ["device.unregistered"],
    twin: "device.view.own-device",
    sends: "the four with a device_id that another account registered",
    expects: "NotFound each, and the view of the other account as it was",
    checks: [...READS, "untouched"],
    errata: ["C-103"],
    async run(t) {
      const [alice, bob, deviceId] = [await t.user(), await t.newUser(), t.bytes(16)];
      await enrol(bob, deviceId);
      await put(alice, bob, "one");
      for (const { name, send } of READERS) {
        t.refused(await send(alice, alice.key, { deviceId }), Status.NotFound, name);
      }
      holdsTexts(t, "untouched", await viewed(bob, deviceId), ["one"]);
    },
  }),
];

function allowed(t: Trial, check: string, status: number): void {
  t.check(check, status === Status.Ok, { expected: "Ok", got: `status ${status}` });
}
