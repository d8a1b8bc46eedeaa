// What a restart and a crash leave of devices: all of it (spec/services/device.md; I-25).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { holdsTexts, putAll } from "../delivery/inbox.ts";
import {
  acknowledgeView,
  BODY,
  type Devices,
  deviceCase,
  listed,
  revoke,
  viewed,
  withDevices,
} from "./steps.ts";

const { peek } = DeliveryService.method;

export const lastingCases: readonly Case[] = [
  deviceCase({
    id: "device.survives-restart.keeps-all",
    rules: ["device.survives-restart", "delivery.survives-restart"],
    hooks: ["restart"],
    when: BODY,
    sends: "three devices, of which one is revoked; Acks on two views; a restart, then kill -9",
    expects: "the two devices, their names, their cursors and their sessions, after both",
    checks: [...checksAfter("restart"), ...checksAfter("kill")],
    errata: ["I-25"],
    async run(t) {
      const all = await withDevices(t, 3);
      const { user, ids } = all;
      const [, second = 0n, third = 0n] = await putAll(user, user, ["one", "two", "three"]);
      await acknowledgeView(user, third, ids[0]);
      await acknowledgeView(user, second, ids[1]);
      await revoke(user, ids[2] as Uint8Array);
      await t.hook("restart");
      await isThere(t, all, "restart");
      await t.kill();
      await isThere(t, all, "kill");
    },
  }),
];

function checksAfter(event: string): string[] {
  return ["devices", "p", "q", "unscoped", "bound"].map((check) => `${event}-${check}`);
}

async function isThere(t: Trial, { user, ids, sessions }: Devices, event: string): Promise<void> {
  const again = await t.logIn(user.account);
  const [p, q] = ids as [Uint8Array, Uint8Array, Uint8Array];
  const devices = await listed(again);
  const found = [p, q].every((id) =>
    devices.some(
      ({ deviceId, deviceName }) => Buffer.compare(deviceId, id) === 0 && deviceName === "device",
    ),
  );
  t.check(`${event}-devices`, found && devices.length === 2, {
    expected: "the two that were not revoked",
    got: `${devices.length} devices`,
  });
  holdsTexts(t, `${event}-p`, await viewed(again, p), []);
  holdsTexts(t, `${event}-q`, await viewed(again, q), ["three"]);
  holdsTexts(t, `${event}-unscoped`, await viewed(again), ["three"]);
  // The session of P lives on, bound to P: the view of Q is closed to it.
  const [{ token }] = sessions as [User];
  const request = { recipientKey: user.key, deviceId: q };
  const { status } = await again.peer.call(peek, request, { token });
  t.check(`${event}-bound`, status === Status.Forbidden, {
    expected: "Forbidden",
    got: `status ${status}`,
  });
}
