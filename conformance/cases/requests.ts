// A valid request for each method of the core families, and who may send it. Cases take one and spoil
// or drop a single field.

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { AuthService, KeyService } from "../../src/gen/qpc/v1/methods_pb.ts";
import type { Method } from "../../src/registry/methods.ts";
import { demandOk, newIdentityKey, newUsername } from "../judge/account.ts";
import type { Answer, DescUnary, Peer } from "../judge/peer.ts";
import type { Trial } from "../judge/trial.ts";
import { BLINDED, KE1, RECORD } from "./opaque-literals.ts";

/** Fields of a request under their names in TypeScript. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Request {
  readonly caller: Pick<Peer, "call">;
  readonly fields: Fields;
}

const HYBRID_KEY_BYTES = 1216;

/** VALID makes the request of a method, by the name of the method, with what must be there before. */
const VALID: Readonly<Record<string, (t: Trial) => Promise<Request>>> = {
  OpaqueRegisterStart: async (t) => ({
    caller: await t.peer(),
    fields: { username: newUsername(), request: BLINDED },
  }),
  OpaqueRegisterFinish: async (t) => ({
    caller: await t.peer(),
    fields: { username: newUsername(), upload: RECORD, identityKey: newIdentityKey() },
  }),
  OpaqueLoginStart: async (t) => ({
    caller: await t.peer(),
    fields: { username: newUsername(), request: KE1 },
  }),
  OpaqueLoginFinish: async (t) => {
    const { account } = await t.user();
    const caller = await t.peer();
    const { username, identityKey } = account;
    const exchange = account.opaque.startLogin(account.password);
    const request = { username, request: exchange.ke1 };
    const start = await caller.call(AuthService.method.opaqueLoginStart, request);
    demandOk(start, "OpaqueLoginStart");
    const { finalization } = await exchange.finish(start.message().response);
    return { caller, fields: { username, finalization, identityKey } };
  },
  Enqueue: (t) => own(t, (key) => ({ recipientKey: key, payload: t.bytes(40) })),
  Fetch: (t) => own(t, (key) => ({ recipientKey: key })),
  FetchWait: (t) => own(t, (key) => ({ recipientKey: key, timeoutMs: 0n })),
  Peek: (t) => own(t, (key) => ({ recipientKey: key })),
  Ack: (t) => own(t, (key) => ({ recipientKey: key, seqUpTo: 0n })),
  BatchEnqueue: (t) => own(t, (key) => ({ recipientKeys: [key], payload: t.bytes(40) })),
  UploadKeyPackage: (t) => own(t, (key) => ({ identityKey: key, package: t.bytes(200) })),
  FetchKeyPackage: async (t) => {
    const user = await t.user();
    const upload = { identityKey: user.key, package: t.bytes(200) };
    demandOk(await user.call(KeyService.method.uploadKeyPackage, upload), "UploadKeyPackage");
    return { caller: user, fields: { identityKey: user.key } };
  },
  UploadHybridKey: (t) =>
    own(t, (key) => ({ identityKey: key, hybridPublicKey: t.bytes(HYBRID_KEY_BYTES) })),
  FetchHybridKey: async (t) => {
    const user = await t.user();
    const upload = { identityKey: user.key, hybridPublicKey: t.bytes(HYBRID_KEY_BYTES) };
    demandOk(await user.call(KeyService.method.uploadHybridKey, upload), "UploadHybridKey");
    return { caller: user, fields: { identityKey: user.key } };
  },
  FetchHybridKeys: (t) => own(t, (key) => ({ identityKeys: [key] })),
  Health: async (t) => ({ caller: await t.peer(), fields: {} }),
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
): Promise<Answer> {
  const unary = descriptor as DescUnary<DescMessage, DescMessage>;
  return caller.call(unary, fields as MessageInitShape<DescMessage>);
}

/** kebab writes `identityKey`, `identity_key` and `UploadKeyPackage` as case ids have them. */
export function kebab(name: string): string {
  return name
    .replace(/_/g, "-")
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
}

async function own(t: Trial, fields: (key: Uint8Array) => Fields): Promise<Request> {
  const user = await t.user();
  return { caller: user, fields: fields(user.key) };
}
