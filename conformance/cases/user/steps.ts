// What the cases of users share: who a name leads to, and whether the proof of it holds
// (spec/services/user.md; C-53).

import type { InclusionProof } from "../../../src/gen/qpc/v1/kt_pb.ts";
import { UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { bindingLeaf, pathOf, rootOf } from "../kt/merkle.ts";
import { HASHED, type Log } from "../kt/steps.ts";

const { resolveUser, resolveIdentity } = UserService.method;

/** The messages of 500 and 501 are reconstructed. */
const OURS = { reconstructed: ["draft"] } as const;

/** Readings under which a proof comes with the answer. */
export const PROVED = { ...OURS, ...HASHED } as const;

/** userCase is a case that needs accounts and methods 500 and 501; `features` are the further ones. */
export function userCase(spec: CaseSpec): Case {
  const features = ["auth", "user", ...(spec.features ?? [])] as const;
  return defineCase({ when: OURS, ...spec, features });
}

/** askUser asks for a name and answers what came of it. */
export function askUser(caller: User, username: string) {
  return caller.call(resolveUser, { username });
}

/** askIdentity asks for a key and answers what came of it. */
export function askIdentity(caller: User, identityKey: Uint8Array) {
  return caller.call(resolveIdentity, { identityKey });
}

export interface Proved {
  readonly key: Uint8Array;
  readonly proof: InclusionProof;
}

/** proved resolves a name on the way of a case. Throws PrerequisiteFailed without a proof. */
export async function proved(caller: User, username: string): Promise<Proved> {
  const answer = await askUser(caller, username);
  demandOk(answer, "ResolveUser");
  const { identityKey: key, inclusionProof: proof } = answer.message();
  if (proof === undefined) throw new PrerequisiteFailed("ResolveUser came without a proof");
  return { key, proof };
}

/** PROOF_CHECKS are the checks of holdsProof. */
export const PROOF_CHECKS = ["place", "leaf", "path", "root"];

/**
 * holdsProof checks a proof against the leaves of an audit that was made after it: its leaf is the
 * binding of the name to the key, and path and root are those of the log at its size (I-20).
 */
export function holdsProof(
  t: Trial,
  { account, key }: User,
  { proof }: Proved,
  { leaves }: Log,
): void {
  const { leafIndex, treeSize, leafHash, auditPath, root, timestampMs } = proof;
  const fits = leafIndex < treeSize && treeSize <= BigInt(leaves.length);
  t.demand("place", fits, {
    expected: `leaf_index < tree_size <= ${leaves.length}`,
    got: `leaf_index ${leafIndex}, tree_size ${treeSize}`,
  });
  const [index, then] = [Number(leafIndex), leaves.slice(0, Number(treeSize))];
  const leaf = spell(bindingLeaf(account.username, key, timestampMs));
  const audited = spell(then[index] ?? new Uint8Array(0));
  t.check("leaf", spell(leafHash) === leaf && audited === leaf, {
    expected: `${leaf} in proof and audit`,
    got: `${spell(leafHash)} in the proof, ${audited} in the audit`,
  });
  const [path, gotPath] = [pathOf(index, then), auditPath].map((list) => list.map(spell).join(" "));
  t.check("path", path === gotPath, { expected: path || "no hashes", got: gotPath || "no hashes" });
  const expectedRoot = spell(rootOf(then));
  t.check("root", spell(root) === expectedRoot, { expected: expectedRoot, got: spell(root) });
}
