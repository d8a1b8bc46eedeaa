// Registering and listing devices (spec/services/device.md, Registering; C-68).

import { DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { sameBytes } from "../delivery/inbox.ts";
import { deviceCase, enrol, listed, lists, revoke, twoSessions, withDevices } from "./steps.ts";

const { registerDevice } = DeviceService.method;

const MOST = 5;
const DAY_MS = 86_400_000;

export const registerCases: readonly Case[] = [
  deviceCase({
    id: "device.register.listed",
    rules: ["device.register", "device.list", "device.messages"],
    sends: "RegisterDevice with a name, then ListDevices",
    expects: "success, and the one device with its id, its name and the time",
    checks: ["success", "id", "name", "time"],
    tier: "smoke",
    async run(t) {
      const [user, deviceId] = [await t.newUser(), t.bytes(16)];
      const answer = await user.call(registerDevice, { deviceId, deviceName: "Läptop" });
      demandOk(answer, "RegisterDevice");
      t.check("success", answer.message().success, { expected: "true", got: "false" });
      const [device, ...others] = await listed(user);
      t.check("id", sameBytes(device?.deviceId, deviceId) && others.length === 0, {
        expected: "the device",
        got: `${others.length + (device ? 1 : 0)} devices, or another id`,
      });
      t.check("name", device?.deviceName === "Läptop", {
        expected: '"Läptop"',
        got: JSON.stringify(device?.deviceName),
      });
      // Clocks differ; a time in seconds or one that counts from the start would be years away.
      const age = Date.now() - Number(device?.registeredAtMs);
      t.check("time", Math.abs(age) < DAY_MS, { expected: "now", got: `${age} ms ago` });
    },
  }),

  deviceCase({
    id: "device.register.known",
    rules: ["device.register"],
    sends: "a known device_id with another name, on its session and on another one",
    expects: "one device, with the last name",
    checks: ["same-session", "other-session"],
    errata: ["C-68"],
    async run(t) {
      const [first, second] = await twoSessions(t);
      const id = t.bytes(16);
      await enrol(first, id, "one");
      await enrol(first, id, "two");
      await isNamed(t, "same-session", first, "two");
      await enrol(second, id, "three");
      await isNamed(t, "other-session", first, "three");
    },
  }),

  deviceCase({
    id: "device.list.own-devices",
    rules: ["device.list"],
    sends: "the same device_id for two accounts, a second device for one of them, and ListDevices",
    expects: "two devices and one, and none for a third account",
    checks: ["two", "one", "none"],
    async run(t) {
      const [[alice, again], bob, carol] = [
        await twoSessions(t),
        await t.newUser(),
        await t.user(),
      ];
      const [shared, own] = [t.bytes(16), t.bytes(16)];
      await enrol(alice, shared);
      await enrol(bob, shared);
      await enrol(again, own);
      await lists(t, "two", alice, [shared, own]);
      await lists(t, "one", bob, [shared]);
      await lists(t, "none", carol, []);
    },
  }),

  deviceCase({
    id: "device.limit.fifth",
    rules: ["device.limit", "device.register"],
    sends: "five devices, each registered on a session of its own",
    expects: "Ok each, and five in the list",
    checks: ["listed"],
    errata: ["C-68"],
    async run(t) {
      const { user, ids } = await withDevices(t, MOST);
      await lists(t, "listed", user, ids);
    },
  }),

  deviceCase({
    id: "device.limit.sixth",
    rules: ["device.limit"],
    twin: "device.limit.fifth",
    sends: "a sixth device; then a known one; one is revoked, and the sixth again",
    expects: "Forbidden or BadRequest with code DEVICE_LIMIT and nothing stored; Ok; Ok",
    checks: ["answer", "code", "untouched", "known", "room"],
    errata: ["C-68"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, MOST);
      const sixth = { deviceId: t.bytes(16) };
      const answer = await user.call(registerDevice, sixth);
      t.refused(answer, [Status.Forbidden, Status.BadRequest]);
      const code = answer.payload.length === 0 || answer.code === "DEVICE_LIMIT";
      t.check("code", code, { expected: "DEVICE_LIMIT", got: answer.code ?? "another payload" });
      await lists(t, "untouched", user, ids);
      const [first = user] = sessions;
      const known = await first.call(registerDevice, { deviceId: ids[0] as Uint8Array });
      isOk(t, "known", known.status);
      await revoke(user, ids[4] as Uint8Array);
      isOk(t, "room", (await user.call(registerDevice, sixth)).status);
    },
  }),

  deviceCase({
    id: "device.limit.at-once",
    rules: ["device.limit"],
    sends: "seven sessions that register a device each, all at the same time",
    expects: "Ok for five of them, and five in the list",
    checks: ["accepted", "listed"],
    errata: ["C-68"],
    async run(t) {
      const user = await t.newUser();
      const sessions: User[] = [];
      for (let n = 0; n < MOST + 2; n++) sessions.push(await t.logIn(user.account));
      const ids = sessions.map(() => t.bytes(16));
      const answers = await Promise.all(
        sessions.map((session, n) =>
          session.call(registerDevice, { deviceId: ids[n] as Uint8Array }),
        ),
      );
      const accepted = ids.filter((_, n) => answers[n]?.status === Status.Ok);
      t.check("accepted", accepted.length === MOST, {
        expected: "5 times Ok",
        got: answers.map(({ status }) => statusName(status)).join(", "),
      });
      await lists(t, "listed", user, accepted);
    },
  }),

  deviceCase({
    id: "device.name.256-bytes",
    rules: ["device.name-length"],
    sends: "RegisterDevice with a name of 256 bytes",
    expects: "Ok, and the name in the list",
    checks: ["name"],
    errata: ["C-113"],
    async run(t) {
      const user = await t.newUser();
      await enrol(user, t.bytes(16), "ä".repeat(128));
      await isNamed(t, "name", user, "ä".repeat(128));
    },
  }),

  deviceCase({
    id: "device.name.257-bytes",
    rules: ["device.name-length"],
    twin: "device.name.256-bytes",
    sends: "RegisterDevice with a name of 257 bytes",
    expects: "BadRequest, and nothing registered",
    checks: ["answer", "untouched"],
    errata: ["C-113"],
    async run(t) {
      const user = await t.newUser();
      const request = { deviceId: t.bytes(16), deviceName: `x${"ä".repeat(128)}` };
      t.refused(await user.call(registerDevice, request), Status.BadRequest);
      await lists(t, "untouched", user, []);
    },
  }),

  deviceCase({
    id: "device.one-key.two-devices",
    rules: ["device.one-key"],
    sends: "two logins of one account, each of which registers a device and looks at the inbox",
    expects: "Ok for both, under the one identity key",
    checks: ["first", "second"],
    errata: ["C-115"],
    async run(t) {
      const { ids, sessions } = await withDevices(t, 2);
      const [first, second] = sessions as [User, User];
      await lists(t, "first", first, ids);
      await lists(t, "second", second, ids);
    },
  }),
];

async function isNamed(t: Trial, check: string, user: User, name: string): Promise<void> {
  const names = (await listed(user)).map(({ deviceName }) => deviceName);
  t.check(check, names.length === 1 && names[0] === name, {
    expected: JSON.stringify([name]),
    got: JSON.stringify(names),
  });
}

function isOk(t: Trial, check: string, status: number): void {
  t.check(check, status === Status.Ok, { expected: "Ok", got: statusName(status) });
}
