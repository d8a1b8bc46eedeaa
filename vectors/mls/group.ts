// mls/group.json: KeyPackages, Welcomes, the lives of two listeners in a scripted group, and what must be
// refused. Spec: crypto/mls.md.

import type { MlsReceived, MlsVector, VectorFile } from "../format.ts";
import { blankHalfVector } from "./blank-half.ts";
import { keyPackageVectors } from "./key-packages.ts";
import { refusalVectors } from "./refusals.ts";
import { reads } from "./stating.ts";
import { type Story, tellStory } from "./story.ts";
import { groupInfoVectors, welcomeVectors } from "./welcomes.ts";

/** mlsGroup is mls/group.json. */
export async function mlsGroup(): Promise<VectorFile<MlsVector>> {
  const story = await tellStory();
  return {
    schema: "schema/mls.schema.json",
    topic: "mls/group",
    spec: "spec/crypto/mls.md",
    vectors: [
      ...(await keyPackageVectors(story)),
      ...(await groupInfoVectors(story)),
      ...(await welcomeVectors(story)),
      ...lifeVectors(story),
      await blankHalfVector(),
      ...(await refusalVectors(story)),
    ],
  };
}

/** What the listeners read: pieces of their lives, and the whole of them. */
function lifeVectors({ carol, dave }: Story): MlsVector[] {
  const [hello, again, update, commitOfUpdate, late] = carol.life;
  const heard = (...steps: readonly (MlsReceived | undefined)[]) =>
    steps.filter((step) => step !== undefined);
  const carols = (id: string, rule: string, steps: readonly MlsReceived[], comment = "") =>
    reads({ id: `reads-${id}`, rule, comment }, carol.membership, steps);
  return [
    carols("message", "messages", heard(hello)),
    carols("out-of-order", "out-of-order", heard(again, hello)),
    carols("update", "rotation", heard(update, commitOfUpdate), "of Bob, committed by Alice"),
    carols("late", "past-epochs", heard(update, commitOfUpdate, late)),
    carols("whole-life", "members", carol.life, "seven epochs"),
    reads({ id: "reads-entry", rule: "external-commit" }, dave.membership, dave.life.slice(0, 4)),
    reads(
      { id: "reads-removal", rule: "removed", comment: "the last commit removes the reader" },
      dave.membership,
      dave.life,
    ),
  ];
}
