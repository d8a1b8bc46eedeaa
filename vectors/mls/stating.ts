// How the vectors of MLS are stated: what a member learns from a message, and with which private keys.

import { createHash } from "node:crypto";
import { defaultBackend } from "../../src/crypto/backend/default.ts";
import type { GroupMember, Received } from "../../src/crypto/mls/group-member.ts";
import type { MlsIdentity, OwnKeyPackage } from "../../src/crypto/mls/mls.ts";
import type { Bytes } from "../bytes.ts";
import type { Fields, MlsReceived, MlsVector } from "../format.ts";

/** Everything happens at this moment: 2026-01-15 12:00 UTC, in milliseconds since 1970. */
export const NOW = Date.UTC(2026, 0, 15, 12);

/** Newcomer is somebody with a KeyPackage; `own.secret` is never emptied. */
export interface Newcomer {
  readonly own: OwnKeyPackage;
}

/** Said is what a vector says beside its bytes. `rule` is its name within the chapter. */
interface Said {
  readonly id: string;
  readonly rule: string;
  readonly comment?: string;
}

export function keyPackageVector(
  said: Said,
  keyPackage: Uint8Array,
  result: Fields | NonNullable<MlsVector["stage"]>,
  now = NOW,
): MlsVector {
  const inputs = { now_ms: String(now) };
  return vector("key-package", said, keyPackage, inputs, result);
}

export function groupInfoVector(
  said: Said,
  groupInfo: Uint8Array,
  result: Fields | NonNullable<MlsVector["stage"]>,
): MlsVector {
  return vector("group-info", said, groupInfo, {}, result);
}

/** Membership is how a member came in: by which Welcome, with which KeyPackage, into what. */
export interface Membership {
  readonly welcome: Uint8Array;
  readonly newcomer: Newcomer;
  readonly joined: Fields;
}

/** joins states a Welcome that leads into a group, or one that is refused. */
export function joins(
  said: Said,
  welcome: Uint8Array,
  newcomer: Newcomer,
  result: Fields | NonNullable<MlsVector["stage"]>,
): MlsVector {
  return vector("member", said, welcome, privateKeys(newcomer), result);
}

/** reads states what a member learns of several messages in this order. */
export function reads(
  said: Said,
  { welcome, newcomer, joined }: Membership,
  messages: readonly MlsReceived[],
): MlsVector {
  return { ...joins(said, welcome, newcomer, joined), messages };
}

/** refuses states a message that a member refuses after some others. */
export function refuses(
  said: Said,
  { welcome, newcomer, joined }: Membership,
  before: readonly MlsReceived[],
  message: Uint8Array,
  stage: NonNullable<MlsVector["stage"]>,
): MlsVector {
  return {
    ...joins(said, welcome, newcomer, stage),
    decoded: joined,
    messages: [...before, { message: hex(message), decoded: null }],
  };
}

function vector(
  step: MlsVector["step"],
  { id, rule, comment = "" }: Said,
  bytes: Uint8Array,
  inputs: Fields,
  result: Fields | NonNullable<MlsVector["stage"]>,
): MlsVector {
  const refused = typeof result === "string";
  return {
    id: `mls.${step}.${id}`,
    rule: `mls.${rule}`,
    expect: refused ? "reject" : "accept",
    stage: refused ? result : null,
    step,
    inputs,
    bytes: hex(bytes),
    decoded: refused ? null : result,
    messages: [],
    comment,
  };
}

/** privateKeys are the KeyPackage and what belongs to it, as in the passive-client vectors of MLS. */
function privateKeys({ own }: Newcomer): Fields {
  const [initEnd, encryptionEnd] = [33, 65];
  return {
    key_package: hex(own.keyPackage),
    init_priv: hex(own.secret.subarray(1, initEnd)),
    encryption_priv: hex(own.secret.subarray(initEnd, encryptionEnd)),
    signature_priv: hex(own.secret.subarray(encryptionEnd)),
  };
}

/** epochOf is what all members of an epoch agree on. */
export function epochOf(member: GroupMember): Fields {
  return {
    group_id: hex(member.groupId),
    epoch: String(member.epoch),
    epoch_authenticator: hex(member.epochAuthenticator),
    members: member.members.map(({ leafIndex, identityKey }) => ({
      leaf_index: leafIndex,
      identity_key: hex(identityKey),
    })),
  };
}

/** received is a message with what it was. */
export function received(message: Uint8Array, result: Received): MlsReceived {
  return { message: hex(message), decoded: { kind: result.kind, ...learned(result) } };
}

function learned(result: Received): Fields {
  const sender = hex(result.sender);
  if (result.kind === "proposal") return { sender };
  if (result.kind === "application") {
    return { sender, epoch: String(result.epoch), plaintext: hex(result.plaintext) };
  }
  const { next } = result;
  return {
    sender,
    added: result.added.map(hex),
    removed: result.removed.map(hex),
    active: next.active,
    state: next.active ? epochOf(next) : null,
  };
}

/** identityOf is the key pair of a name. */
export function identityOf(name: string): MlsIdentity {
  const privateKey = new Uint8Array(createHash("sha256").update(`mls vectors ${name}`).digest());
  return { publicKey: defaultBackend.ed25519.publicKey(privateKey), privateKey };
}

export function hex(bytes: Uint8Array): Bytes {
  return { hex: Buffer.from(bytes).toString("hex") };
}

export function flip(bytes: Uint8Array, at: number): Uint8Array {
  const index = at < 0 ? bytes.length + at : at;
  return bytes.map((byte, position) => (position === index ? byte ^ 1 : byte));
}
