// How a session learns its device (spec/sessions.md; C-103, I-12).

import { DeliveryService, DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { login } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  BODY,
  deviceCase,
  enrol,
  isAlive,
  isOver,
  naming,
  peekNaming,
  revoke,
  twoSessions,
  withDevices,
} from "../device/steps.ts";

const { registerDevice } = DeviceService.method;
const { peek } = DeliveryService.method;

export const sessionDeviceCases: readonly Case[] = [
  deviceCase({
    id: "sessions.device.trailer",
    rules: ["sessions.device", "device.other-device"],
    when: BODY,
    twin: "device.view.own-device",
    sends: "a Peek whose trailer names a registered device, on a session without one; then another",
    expects: "Ok, and from then on Forbidden for the view of another device",
    checks: ["free", "named", "bound"],
    errata: ["C-103"],
    async run(t) {
      const { user, ids } = await withDevices(t, 2);
      const [first, second] = ids as [Uint8Array, Uint8Array];
      const look = (deviceId: Uint8Array) => user.call(peek, { recipientKey: user.key, deviceId });
      allowed(t, "free", (await look(second)).status);
      allowed(t, "named", (await peekNaming(user, first)).status);
      t.refused(await look(second), Status.Forbidden, "bound");
    },
  }),

  deviceCase({
    id: "sessions.device.login-finish",
    rules: ["sessions.device"],
    when: BODY,
    sends: "OpaqueLoginFinish whose trailer names a registered device; the device is revoked",
    expects: "the session of this login ends, and that of a login without a trailer does not",
    checks: ["before", "ended", "other"],
    errata: ["C-103", "I-13"],
    async run(t) {
      const { user, ids } = await withDevices(t, 1);
      const deviceId = ids[0] as Uint8Array;
      const peer = await t.peer();
      const finish = await login(peer, user.account, { append: naming(deviceId) });
      t.demand("before", finish.status === Status.Ok, {
        expected: "Ok",
        got: `status ${finish.status}`,
      });
      const token = finish.message().sessionToken.slice();
      const bound: User = {
        ...user,
        peer,
        token,
        call: (method, request, options) => peer.call(method, request, { token, ...options }),
      };
      await revoke(user, deviceId);
      await isOver(t, "ended", bound);
      await isAlive(t, "other", user);
    },
  }),

  deviceCase({
    id: "sessions.device.unregistered-name",
    rules: ["sessions.device"],
    when: BODY,
    sends: "a Peek whose trailer names a device that nobody registered, then RegisterDevice",
    expects: "Ok for both: only a registered device binds",
    checks: ["named", "registered"],
    errata: ["C-103"],
    async run(t) {
      const user = await t.newUser();
      allowed(t, "named", (await peekNaming(user, t.bytes(16))).status);
      const answer = await user.call(registerDevice, { deviceId: t.bytes(16) });
      allowed(t, "registered", answer.status);
    },
  }),

  deviceCase({
    id: "sessions.device.foreign-name",
    rules: ["sessions.device", "device.own-devices"],
    when: BODY,
    sends:
      "a Peek whose trailer names the device of another account, then RegisterDevice; the other is revoked",
    expects: "Ok for both, and the session lives on",
    checks: ["named", "registered", "alive"],
    errata: ["C-103"],
    async run(t) {
      const [alice, bob, deviceId] = [await t.newUser(), await t.newUser(), t.bytes(16)];
      await enrol(bob, deviceId);
      allowed(t, "named", (await peekNaming(alice, deviceId)).status);
      const own = await alice.call(registerDevice, { deviceId: t.bytes(16) });
      allowed(t, "registered", own.status);
      await revoke(bob, deviceId);
      await isAlive(t, "alive", alice);
    },
  }),

  deviceCase({
    id: "sessions.device.once",
    rules: ["sessions.device"],
    when: BODY,
    sends:
      "a trailer that names a second device on a bound session; the second is revoked, then the first",
    expects: "the session outlives the second and ends with the first",
    checks: ["named", "alive", "ended"],
    errata: ["C-103"],
    async run(t) {
      const { user, ids, sessions } = await withDevices(t, 2);
      const [session] = sessions as [User];
      const [first, second] = ids as [Uint8Array, Uint8Array];
      allowed(t, "named", (await peekNaming(session, second)).status);
      await revoke(user, second);
      await isAlive(t, "alive", session);
      await revoke(user, first);
      await isOver(t, "ended", session);
    },
  }),

  deviceCase({
    id: "sessions.device.empty-token",
    rules: ["sessions.device", "sessions.empty-token"],
    // Without a token in the body it is the binding of the connection that counts.
    when: { session: ["both"] },
    sends: "an Auth with an empty access_token and a device_id, on a bound connection",
    expects: "the session of the connection is bound to the device",
    checks: ["named", "ended"],
    errata: ["I-12"],
    async run(t) {
      const [owner, other] = await twoSessions(t);
      const deviceId = t.bytes(16);
      await enrol(owner, deviceId);
      allowed(t, "named", (await peekNaming(other, deviceId)).status);
      const third = await t.logIn(owner.account);
      await revoke(third, deviceId);
      await isOver(t, "ended", other);
    },
  }),

  deviceCase({
    id: "sessions.device.token-in-body",
    rules: ["sessions.device"],
    when: BODY,
    sends: "a token and a device_id in one trailer, on a connection without a login",
    expects: "the session of the token is bound to the device",
    checks: ["named", "ended"],
    errata: ["I-12"],
    async run(t) {
      const [owner, other] = await twoSessions(t);
      const deviceId = t.bytes(16);
      await enrol(owner, deviceId);
      const append = naming(deviceId, other.token);
      const answer = await (await t.peer()).call(peek, { recipientKey: owner.key }, { append });
      allowed(t, "named", answer.status);
      const third = await t.logIn(owner.account);
      await revoke(third, deviceId);
      await isOver(t, "ended", other);
    },
  }),
];

function allowed(t: Trial, check: string, status: number): void {
  t.check(check, status === Status.Ok, { expected: "Ok", got: `status ${status}` });
}
