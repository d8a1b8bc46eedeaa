// What the cases of federation share: calls of a peer, users of a remote server, and what came of them
// (spec/services/federation.md).

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RelayMessageSchema } from "../../../src/gen/qpc/v1/federation_pb.ts";
import {
  DeliveryService,
  FederationService,
  UserService,
} from "../../../src/gen/qpc/v1/methods_pb.ts";
import { statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { NoAnswer } from "../../judge/errors.ts";
import { REMOTE } from "../../judge/federation.ts";
import type { Peer } from "../../judge/peer.ts";
import type { RemoteUser } from "../../judge/remote-server.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { type Extras, fetched, holdsTexts } from "../delivery/inbox.ts";

const { relayEnqueue, relayBatchEnqueue, federationHealth } = FederationService.method;

/** The messages of 900 to 905 are reconstructed, and nobody has to have the listener. */
export const FEDERATED = { federation: ["on"], reconstructed: ["draft"] } as const;

/** federationCase is a case for a server with a federation listener; `features` are the further ones. */
export function federationCase(spec: CaseSpec): Case {
  return defineCase({
    ...spec,
    features: ["auth", "delivery", "federation", ...(spec.features ?? [])],
    when: { ...FEDERATED, ...spec.when },
  });
}

/** routingCase is a case in which the subject has to call the judge, after it has resolved a user. */
export function routingCase(spec: CaseSpec): Case {
  return federationCase({ ...spec, features: ["user", ...(spec.features ?? [])] });
}

/** from is the part of a request that names the calling server. */
export function from(origin: string = REMOTE) {
  return { federationAuth: { origin } };
}

/** Relayed is a message as a peer sends it. */
export type Relayed = MessageInitShape<typeof RelayMessageSchema>;

/** message is one for the default inbox of a user. */
export function message(to: Pick<User, "key">, text: string, parts: Relayed = {}): Relayed {
  return { recipientKey: to.key, payload: Buffer.from(text), ...parts };
}

/** relay calls RelayEnqueue and answers what came of it. */
export function relay(peer: Peer, one: Relayed, origin?: string) {
  return peer.call(relayEnqueue, { ...from(origin), message: one });
}

/** relayed relays a message on the way of a case. */
export async function relayed(peer: Peer, one: Relayed, origin?: string) {
  const answer = await relay(peer, one, origin);
  demandOk(answer, "RelayEnqueue");
  return answer.message();
}

/** relayAll calls RelayBatchEnqueue and answers what came of it. */
export function relayAll(peer: Peer, messages: readonly Relayed[], origin?: string) {
  return peer.call(relayBatchEnqueue, { ...from(origin), messages: [...messages] });
}

/** healthOf calls FederationHealth. */
export function healthOf(peer: Peer, origin?: string) {
  return peer.call(federationHealth, from(origin));
}

/** ask resolves a name, of this server or of another. */
export function ask(user: User, username: string) {
  return user.call(UserService.method.resolveUser, { username });
}

/** acquaint makes a user of a remote server whose key the subject has resolved. */
export async function acquaint(t: Trial, user: User, domain?: string): Promise<RemoteUser> {
  const stranger = t.federation().remote(domain).newUser();
  demandOk(await ask(user, stranger.address), "ResolveUser");
  return stranger;
}

/** put calls Enqueue and answers what came of it. */
export function put(
  user: User,
  to: Pick<User, "key">,
  payload: Uint8Array | string,
  extras?: Extras,
) {
  const request = { recipientKey: to.key, payload: Buffer.from(payload as string), ...extras };
  return user.call(DeliveryService.method.enqueue, request);
}

/** putAll calls BatchEnqueue and answers what came of it. */
export function putAll(
  user: User,
  to: readonly Pick<User, "key">[],
  text: string,
  extras?: Extras,
) {
  const recipientKeys = to.map(({ key }) => key);
  const request = { recipientKeys, payload: Buffer.from(text), ...extras };
  return user.call(DeliveryService.method.batchEnqueue, request);
}

/** textsRelayed are the messages that the subject relayed for a remote user, in their order. */
export function textsRelayed({ asked }: RemoteUser): string[] {
  return asked.flatMap((one) => (one.message ? [Buffer.from(one.message.payload).toString()] : []));
}

/** wasRelayed checks which messages were relayed for a remote user. */
export function wasRelayed(t: Trial, check: string, user: RemoteUser, ...texts: string[]): void {
  const got = textsRelayed(user).join(", ");
  t.check(check, got === texts.join(", "), {
    expected: texts.join(", ") || "nothing relayed",
    got: got || "nothing relayed",
  });
}

/** holdsInbox checks what the default inbox of a user holds. */
export async function holdsInbox(t: Trial, check: string, user: User, ...texts: string[]) {
  holdsTexts(t, check, await fetched(user), texts);
}

/** outcome names the status of a call; "no answer" where the connection or the stream went away. */
export async function outcome(call: Promise<{ readonly status: number }>): Promise<string> {
  try {
    return statusName((await call).status);
  } catch (error) {
    if (error instanceof NoAnswer || (error as Error).name === "ConnectionError")
      return "no answer";
    throw error;
  }
}
