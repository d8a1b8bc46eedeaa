// What the cases of devices share: devices registered, views looked at, sessions that name a device
// (spec/services/device.md; C-103, I-04).

import { create, toBinary } from "@bufbuild/protobuf";
import { SessionTrailerSchema } from "../../../src/gen/qpc/v1/common_pb.ts";
import { DeliveryService, DeviceService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { type Envelope, sameBytes } from "../delivery/inbox.ts";

const { registerDevice, listDevices, revokeDevice } = DeviceService.method;
const { peek, ack } = DeliveryService.method;

/** Readings in which a call may carry a trailer. */
export const BODY = { session: ["both", "body"] } as const;

/** deviceCase is a case for a server that declares devices; their messages are reconstructed. */
export function deviceCase(spec: CaseSpec): Case {
  return defineCase({
    features: ["auth", "delivery", "device"],
    ...spec,
    when: { devices: ["on"], reconstructed: ["draft"], ...spec.when },
  });
}

/** twoSessions logs a new user in twice; the second session is on a connection of its own. */
export async function twoSessions(t: Trial): Promise<readonly [User, User]> {
  const first = await t.newUser();
  return [first, await t.logIn(first.account)];
}

/** enrol registers a device on a session, which is bound to it from then on. */
export async function enrol(user: User, deviceId: Uint8Array, deviceName = "device") {
  demandOk(await user.call(registerDevice, { deviceId, deviceName }), "RegisterDevice");
}

/** withDevices logs a new user in, and once more per device, each session bound to its own device. */
export async function withDevices(t: Trial, count: number): Promise<Devices> {
  const user = await t.newUser();
  const ids = Array.from({ length: count }, () => t.bytes(16));
  const sessions: User[] = [];
  for (const id of ids) {
    const session = await t.logIn(user.account);
    await enrol(session, id);
    sessions.push(session);
  }
  return { user, ids, sessions };
}

export interface Devices {
  /** A session that is bound to no device. */
  readonly user: User;
  readonly ids: readonly Uint8Array[];
  /** The session of each device. */
  readonly sessions: readonly User[];
}

/** revoke ends a device on the way of a case. */
export async function revoke(user: User, deviceId: Uint8Array): Promise<void> {
  demandOk(await user.call(revokeDevice, { deviceId }), "RevokeDevice");
}

/** listed answers the devices of an account. */
export async function listed(user: User) {
  const answer = await user.call(listDevices, {});
  demandOk(answer, "ListDevices");
  return answer.message().devices;
}

/** lists checks that an account has exactly these devices, in any order. */
export async function lists(
  t: Trial,
  check: string,
  user: User,
  ids: readonly Uint8Array[],
): Promise<void> {
  const devices = await listed(user);
  const found = ids.every((id) => devices.some(({ deviceId }) => sameBytes(deviceId, id)));
  t.check(check, found && devices.length === ids.length, {
    expected: `the ${ids.length} that were registered`,
    got: `${devices.length} devices${found ? "" : ", not all of them"}`,
  });
}

/** viewed looks at a view of the default inbox, the unscoped one without a device, and leaves it as it is. */
export async function viewed(user: User, deviceId?: Uint8Array): Promise<readonly Envelope[]> {
  const answer = await user.call(peek, { recipientKey: user.key, ...(deviceId && { deviceId }) });
  demandOk(answer, "Peek");
  return answer.message().payloads;
}

/** acknowledgeView acks on a view, the unscoped one without a device. */
export async function acknowledgeView(user: User, seqUpTo: bigint, deviceId?: Uint8Array) {
  const request = { recipientKey: user.key, seqUpTo, ...(deviceId && { deviceId }) };
  demandOk(await user.call(ack, request), "Ack");
}

/** naming is a trailer that names a device; it merges with one that carries a token (I-13). */
export function naming(deviceId: Uint8Array, accessToken?: Uint8Array): Uint8Array {
  const auth = { deviceId, ...(accessToken && { accessToken }) };
  return toBinary(SessionTrailerSchema, create(SessionTrailerSchema, { auth }));
}

/** peekNaming makes a call whose trailer names a device. */
export function peekNaming(user: User, deviceId: Uint8Array): Promise<Answer> {
  return user.call(peek, { recipientKey: user.key }, { append: naming(deviceId) });
}

/** isOver checks that the session of a user has ended; the connection may live on. */
export async function isOver(t: Trial, check: string, user: User): Promise<void> {
  const { status } = await user.call(peek, { recipientKey: user.key });
  t.check(check, status === Status.Unauthorized, {
    expected: "Unauthorized",
    got: statusName(status),
  });
}

/** isAlive checks that the session of a user goes on. */
export async function isAlive(t: Trial, check: string, user: User): Promise<void> {
  const { status } = await user.call(peek, { recipientKey: user.key });
  t.check(check, status === Status.Ok, { expected: "Ok", got: statusName(status) });
}
