// What the cases of recovery bundles share: tokens that no other run has, bundles under them.

import { createHash } from "node:crypto";
import { RecoveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { sha256 } from "../bytes.ts";

const { storeRecoveryBundle, fetchRecoveryBundle, deleteRecoveryBundle } = RecoveryService.method;

/** Fields are reconstructed, and a subject may open bundles in another way (C-66, C-97). */
export const RECOVERY_WHEN = { reconstructed: ["draft"], "recovery-auth": ["token"] } as const;

/** recoveryCase is a case that needs accounts and bundles. */
export function recoveryCase(spec: Omit<CaseSpec, "features" | "when">): Case {
  return defineCase({
    errata: ["C-66", "C-67"],
    ...spec,
    features: ["auth", "recovery"],
    when: RECOVERY_WHEN,
  });
}

/** Code is what a recovery code stands for: the token, its hash, and a bundle. */
export interface Code {
  /** 32 bytes. */
  readonly token: Uint8Array;
  readonly tokenHash: Uint8Array;
  readonly bundle: Uint8Array;
}

/** codeOf makes a code that only this user has, and only in this case. */
export function codeOf(
  t: Trial,
  { key }: User,
  label = "code",
  bundle = t.bytes(300, label),
): Code {
  const hash = createHash("sha256").update(key);
  const token = hash.update(t.bytes(32, `token ${label}`)).digest();
  return { token, tokenHash: sha256(token), bundle };
}

/** keep stores a bundle; another one than that of the code where it is given. */
export function keep(user: User, { tokenHash, bundle }: Code, other = bundle) {
  return user.call(storeRecoveryBundle, { tokenHash, bundle: other });
}

/** open fetches the bundle of a code by its token, without a session of its own. */
export function open(peer: Pick<Peer, "call">, { token }: Pick<Code, "token">) {
  return peer.call(fetchRecoveryBundle, { recoveryToken: token });
}

export function forget(user: User, { tokenHash }: Code) {
  return user.call(deleteRecoveryBundle, { tokenHash });
}

/** forgetAll leaves a pooled user as it was: subjects may bound the bundles of an account. */
export async function forgetAll(user: User, ...codes: readonly Code[]): Promise<void> {
  for (const code of codes) await forget(user, code);
}

/** hasBundle checks that an answer has exactly these bytes. */
export function hasBundle(
  t: Trial,
  id: string,
  answer: Answer<typeof fetchRecoveryBundle.output>,
  bundle: Uint8Array,
): void {
  const got = answer.status === Status.Ok ? answer.message().bundle : undefined;
  t.check(id, got !== undefined && Buffer.compare(got, bundle) === 0, {
    expected: spell(bundle),
    got: got === undefined ? statusName(answer.status) : spell(got),
  });
}

/** isUnknown checks that a token opens nothing. */
export async function isUnknown(t: Trial, id: string, peer: Peer, code: Code): Promise<void> {
  const { status } = await open(peer, code);
  t.check(id, status === Status.NotFound, { expected: "NotFound", got: statusName(status) });
}

/** isSuccess checks the `success` of 750 and 752. */
export function isSuccess(
  t: Trial,
  id: string,
  answer: Answer<typeof storeRecoveryBundle.output | typeof deleteRecoveryBundle.output>,
  success = true,
): void {
  const got = answer.status === Status.Ok ? answer.message().success : statusName(answer.status);
  t.check(id, got === success, { expected: `success ${success}`, got: `success ${got}` });
}
