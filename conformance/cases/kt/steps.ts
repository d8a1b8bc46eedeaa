// What the cases of the log and of revocation share: audits of the whole log, revocations, and who is
// left after one.

import type { DescMessage } from "@bufbuild/protobuf";
import { AuthService, KeyTransparencyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import { type Answer, type DescUnary, encodeTrailer, type Peer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { GENERATOR, uploadOf } from "../auth/steps.ts";
import { readFields, type WireFields } from "../message-bytes.ts";
import type { Reason } from "./merkle.ts";

const { opaqueRegisterStart, opaqueRegisterFinish } = AuthService.method;
const { revokeKey, checkRevocation, auditKeyTransparency } = KeyTransparencyService.method;

/** Readings under which the bytes of the log are known (C-52). */
export const HASHED = { kt: ["rfc6962"] } as const;

/** ktCase is a case that needs accounts and the log; `features` are the further ones. */
export function ktCase(spec: CaseSpec): Case {
  return defineCase({ ...spec, features: ["auth", "kt", ...(spec.features ?? [])] });
}

/** Log is the whole log as an audit gave it. */
export interface Log {
  readonly leaves: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Answers that an audit of the whole log may take, however small a server makes its pages. */
const MOST_PAGES = 10_000;

/**
 * auditedLog pages through the log until it holds as many leaves as the last answer counts, and so the
 * whole of it, whatever is appended meanwhile (I-20).
 */
export async function auditedLog(caller: User): Promise<Log> {
  const leaves: Uint8Array[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const { entries, treeSize, root } = await audit(caller, BigInt(leaves.length));
    for (const { index, leafHash } of entries) {
      if (index !== BigInt(leaves.length)) {
        throw new PrerequisiteFailed(
          `the audit has leaf ${index} in the place of ${leaves.length}`,
        );
      }
      leaves.push(leafHash);
    }
    if (BigInt(leaves.length) === treeSize) return { leaves, root };
    if (entries.length === 0) break;
  }
  throw new PrerequisiteFailed(`the audit ends after ${leaves.length} leaves`);
}

/** audit asks for one range on the way of a case. */
export async function audit(caller: User, start: bigint, end = 0n) {
  const answer = await askAudit(caller, start, end);
  demandOk(answer, "AuditKeyTransparency");
  return answer.message();
}

/** askAudit asks for one range and answers what came of it. */
export function askAudit(caller: User, start: bigint, end = 0n) {
  return caller.call(auditKeyTransparency, { start, end });
}

/** Tries of a case whose question only makes sense while nobody else appends. */
const STILL_TRIES = 50;

/** whileStill repeats `look` until the log had the same size before and after it. */
export async function whileStill<T>(
  caller: User,
  look: (size: bigint) => Promise<T>,
): Promise<{ readonly seen: T; readonly size: bigint }> {
  for (let tries = 0; tries < STILL_TRIES; tries++) {
    const { treeSize } = await audit(caller, 0n, 1n);
    const seen = await look(treeSize);
    if ((await audit(caller, 0n, 1n)).treeSize === treeSize) return { seen, size: treeSize };
  }
  throw new PrerequisiteFailed(`the log grew during each of ${STILL_TRIES} looks`);
}

/** askRevocation revokes a key, the caller's own unless another is given, and answers what came of it. */
export function askRevocation(caller: User, reason: string = "compromised", key = caller.key) {
  return caller.call(revokeKey, { identityKey: key, reason });
}

/** revoke revokes the own key on the way of a case and answers the index of the leaf. */
export async function revoke(user: User, reason: Reason = "compromised"): Promise<bigint> {
  const answer = await askRevocation(user, reason);
  demandOk(answer, "RevokeKey");
  return answer.message().leafIndex;
}

/** revokedUser is a new user whose key is revoked, with a session that was opened afterwards. */
export async function revokedUser(t: Trial, reason?: Reason): Promise<User> {
  const user = await t.newUser();
  await revoke(user, reason);
  return t.logIn(user.account);
}

/** revocationOf asks CheckRevocation on the way of a case. */
export async function revocationOf(caller: User, key: Uint8Array) {
  const answer = await caller.call(checkRevocation, { identityKey: key });
  demandOk(answer, "CheckRevocation");
  const { revoked, reason, timestampMs } = answer.message();
  return { revoked, reason, timestampMs };
}

/** isRevoked checks what CheckRevocation says of a key. */
export async function isRevoked(
  t: Trial,
  check: string,
  caller: User,
  key: Uint8Array,
  expected: Reason | "not revoked",
): Promise<void> {
  const { revoked, reason } = await revocationOf(caller, key);
  const got = revoked ? reason : "not revoked";
  t.check(check, got === expected && (revoked || reason === ""), { expected, got });
}

/** isOut checks that a call with a session that should be over is Unauthorized. */
export function isOut(t: Trial, check: string, { status }: Answer): void {
  t.check(check, status === Status.Unauthorized, {
    expected: "Unauthorized",
    got: statusName(status),
  });
}

/** isLeaf checks that the log has a leaf at an index. */
export function isLeaf(
  t: Trial,
  check: string,
  { leaves }: Log,
  index: bigint,
  leaf: Uint8Array,
): void {
  const got = leaves[Number(index)];
  t.check(check, got !== undefined && Buffer.compare(got, leaf) === 0, {
    expected: `leaf ${index} is ${spell(leaf)}`,
    got: got === undefined ? `${leaves.length} leaves` : spell(got),
  });
}

/** isPrefix checks that the earlier of two logs is the beginning of the later one. */
export function isPrefix(t: Trial, check: string, earlier: Log, later: Log): void {
  const at = earlier.leaves.findIndex((leaf, index) => {
    const other = later.leaves[index];
    return other === undefined || Buffer.compare(leaf, other) !== 0;
  });
  t.check(check, at < 0, {
    expected: "the leaves of the earlier audit, and further ones after them",
    got: `${later.leaves.length} leaves after ${earlier.leaves.length}, and leaf ${at} differs`,
  });
}

/** fieldsOf sends a request of bytes, demands Ok, and takes the answer apart. */
export async function fieldsOf(
  t: Trial,
  { peer, token }: User,
  method: DescUnary<DescMessage, DescMessage>,
  request: readonly Uint8Array[],
): Promise<WireFields | undefined> {
  const trailer = t.profile.session === "body" ? [encodeTrailer(token)] : [];
  const answer = await peer.callBytes(method, Buffer.concat([...request, ...trailer]));
  t.status(answer, Status.Ok);
  return readFields(answer.payload);
}

/**
 * enter registers a name with a key and a record that no password opens, which costs the judge no
 * stretching, and answers the last answer.
 */
export async function enter(t: Trial, peer: Peer, username: string, identityKey: Uint8Array) {
  // A server that keeps state between the halves wants a start for every finish (C-109).
  await peer.call(opaqueRegisterStart, { username, request: GENERATOR });
  return peer.call(opaqueRegisterFinish, { username, upload: uploadOf(t), identityKey });
}
