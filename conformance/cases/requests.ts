// A valid request for each method, and who may send it. Cases take one and spoil or drop a single field.

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { Feature } from "../../src/registry/families.ts";
import type { Method } from "../../src/registry/methods.ts";
import type { Case } from "../judge/case.ts";
import type { Answer, CallOptions, DescUnary, Peer } from "../judge/peer.ts";
import type { Trial } from "../judge/trial.ts";
import { AUTH_REQUESTS } from "./requests/auth.ts";
import { BELONGINGS_REQUESTS } from "./requests/belongings.ts";
import { FEDERATION_REQUESTS } from "./requests/federation.ts";
import { GROUP_REQUESTS } from "./requests/groups.ts";
import { MESSAGE_REQUESTS } from "./requests/messages.ts";
import type { Fields, Makers, Request } from "./requests/request.ts";
import { USER_REQUESTS } from "./requests/users.ts";

const VALID: Makers = {
  ...AUTH_REQUESTS,
  ...MESSAGE_REQUESTS,
  ...GROUP_REQUESTS,
  ...USER_REQUESTS,
  ...BELONGINGS_REQUESTS,
  ...FEDERATION_REQUESTS,
};

/** validRequest makes a request that the method answers with Ok. */
export function validRequest(t: Trial, { name }: Method): Promise<Request> {
  const make = VALID[name];
  if (make === undefined) throw new Error(`there is no valid request for ${name}`);
  return make(t);
}

/** hasValidRequest tells the methods that validRequest knows. */
export function hasValidRequest({ name }: Method): boolean {
  return Object.hasOwn(VALID, name);
}

/** callMethod makes a call by the row of the method table; the fields are not typed. */
export function callMethod(
  caller: Pick<Peer, "call">,
  { descriptor }: Method,
  fields: Fields,
  options?: CallOptions,
): Promise<Answer> {
  const unary = descriptor as DescUnary<DescMessage, DescMessage>;
  return caller.call(unary, fields as MessageInitShape<DescMessage>, options);
}

/** featuresOf are the families that a valid request needs. */
export function featuresOf({ family, access }: Method): readonly Feature[] {
  if (access === "NONE") return [family];
  // A group record is made by 400.
  return family === "group" ? ["auth", "channel", "group"] : ["auth", family];
}

/** whenOf are the readings of a valid request: reconstructed fields mean something under one only. */
export function whenOf({ provenance, input, family }: Method): Case["when"] {
  const isOurs = provenance === "reconstructed" && input.fields.length > 0;
  return {
    ...(isOurs && { reconstructed: ["draft"] }),
    ...(family === "blob" && { blobs: ["on"] }),
    ...(family === "federation" && { federation: ["on"] }),
    ...(family === "device" && { devices: ["on"] }),
    ...(family === "moderation" && { moderation: ["on"] }),
    ...(family === "group" && { groups: ["on"] }),
    ...(family === "recovery" && { "recovery-auth": ["token"] }),
  };
}

/** kebab writes `identityKey`, `identity_key` and `UploadKeyPackage` as case ids have them. */
export function kebab(name: string): string {
  return name
    .replace(/_/g, "-")
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
}
