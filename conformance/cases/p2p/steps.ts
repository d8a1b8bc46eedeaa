// What the cases of endpoints share: publications and what others resolve.

import { EndpointService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";

const { publishEndpoint, resolveEndpoint } = EndpointService.method;

export const NOTHING = new Uint8Array(0);

/** p2pCase is a case that needs accounts and their endpoints, whose fields are reconstructed. */
export function p2pCase(spec: Omit<CaseSpec, "features" | "when">): Case {
  return defineCase({
    errata: ["C-75"],
    ...spec,
    features: ["auth", "p2p"],
    when: { reconstructed: ["draft"] },
  });
}

/** publish sends the address of a user, or of another key. */
export function publish(user: User, nodeAddr: Uint8Array, identityKey = user.key) {
  return user.call(publishEndpoint, { identityKey, nodeAddr });
}

/** published publishes where a case needs it on its way. */
export async function published(user: User, nodeAddr: Uint8Array): Promise<void> {
  demandOk(await publish(user, nodeAddr), "PublishEndpoint");
}

export function resolve(user: User, identityKey: Uint8Array) {
  return user.call(resolveEndpoint, { identityKey });
}

/** resolvesTo checks that a user finds these bytes under the key of another. */
export async function resolvesTo(
  t: Trial,
  id: string,
  user: User,
  identityKey: Uint8Array,
  nodeAddr: Uint8Array,
): Promise<void> {
  const answer = await resolve(user, identityKey);
  const got = addressOf(t, answer);
  t.check(id, got !== undefined && Buffer.compare(got, nodeAddr) === 0, {
    expected: spell(nodeAddr),
    got: got === undefined ? statusName(answer.status) : spell(got),
  });
}

// A subject may declare that "nothing published" is NotFound (C-44, S-08).
function addressOf(
  t: Trial,
  answer: Answer<typeof resolveEndpoint.output>,
): Uint8Array | undefined {
  if (answer.status === Status.Ok) return answer.message().nodeAddr;
  const isNone = t.profile["keypackage-empty"] === "notfound" && answer.status === Status.NotFound;
  return isNone ? NOTHING : undefined;
}
