// What the cases of account share: a user who goes, and what is asked about it afterwards.

import {
  AccountService,
  ChannelService,
  DeliveryService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Feature } from "../../../src/registry/families.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";

const { deleteAccount } = AccountService.method;

/** accountCase is a case that deletes an account; `features` are the further ones. */
export function accountCase(spec: CaseSpec): Case {
  const features: readonly Feature[] = ["auth", "delivery", "account", ...(spec.features ?? [])];
  return defineCase({ errata: ["I-08"], ...spec, features });
}

/** remove deletes the account of a user and answers what came of it. */
export function remove(user: Pick<User, "call">) {
  return user.call(deleteAccount, {});
}

/** gone deletes the account of a user on the way of a case. */
export async function gone(user: User): Promise<void> {
  demandOk(await remove(user), "DeleteAccount");
}

/** channelOf opens the channel of two users on the way of a case. */
export async function channelOf(one: User, other: User): Promise<Uint8Array> {
  const answer = await one.call(ChannelService.method.createChannel, { peerKey: other.key });
  demandOk(answer, "CreateChannel");
  return answer.message().channelId;
}

/** putOn enqueues a text for a user on a channel and answers what came of it. */
export function putOn(channelId: Uint8Array, from: User, to: User, text: string) {
  const request = { recipientKey: to.key, channelId, payload: Buffer.from(text) };
  return from.call(DeliveryService.method.enqueue, request);
}

/** isOut checks that a call of the deleted user is Unauthorized. */
export async function isOut(t: Trial, check: string, user: User): Promise<void> {
  const { status } = await user.call(DeliveryService.method.peek, { recipientKey: user.key });
  t.check(check, status === Status.Unauthorized, {
    expected: statusName(Status.Unauthorized),
    got: statusName(status),
  });
}
