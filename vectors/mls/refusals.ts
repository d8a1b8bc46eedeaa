// Messages that a member must refuse: damaged, late, early, said twice, of another group, or against the rules.

import type { MlsReceived, MlsVector } from "../format.ts";
import {
  commitInTheOpen,
  commitOfExtensions,
  commitOfReinit,
  commitWithWrongKey,
  ofAnotherGroup,
  signedByAnother,
} from "./forgeries.ts";
import { concat } from "./key-packages.ts";
import { flip, hex, received, refuses } from "./stating.ts";
import type { MessageName, Story } from "./story.ts";

type Stage = NonNullable<MlsVector["stage"]>;

/** refusalVectors are those of members that are in the group. */
export async function refusalVectors(story: Story): Promise<MlsVector[]> {
  const { carol, dave, messages, first, later } = story;
  const { hello, update, commitOfUpdate, rival, entryOfErin } = messages;

  const before = (name: MessageName) => carol.life.slice(0, placeIn(carol.life, messages[name]));
  const after = (name: MessageName) => carol.life.slice(0, before(name).length + 1);
  const refuse = (
    id: string,
    rule: string,
    stage: Stage,
    message: Uint8Array,
    heard: readonly MlsReceived[] = [],
    comment = "",
  ) => refuses({ id: `refuses-${id}`, rule, comment }, carol.membership, heard, message, stage);

  const exact = (id: string, message: Uint8Array) =>
    refuse(id, "exact-decoding", "malformed", message);
  const forged = async (id: string, rule: string, message: Promise<Uint8Array>, comment = "") =>
    refuse(id, rule, "invalid-commit", await message, [], comment);

  return [
    exact("empty", new Uint8Array()),
    exact("half", hello.subarray(0, hello.length >> 1)),
    exact("one-byte-less", hello.subarray(0, -1)),
    exact("one-byte-more", concat(hello, Uint8Array.of(0))),
    refuse("ciphertext", "authenticity", "undecryptable", flip(hello, -1)),
    refuse("sender-data", "authenticity", "undecryptable", flip(hello, SENDER_DATA)),
    refuse(
      "commit-ciphertext",
      "authenticity",
      "undecryptable",
      flip(commitOfUpdate, -1),
      before("commitOfUpdate"),
    ),
    refuse(
      "signature",
      "authenticity",
      "undecryptable",
      await signedByAnother(first.alice),
      [],
      "encrypted with the keys of Alice, signed by Bob",
    ),
    refuse("replay", "replay", "replayed", hello, after("hello")),
    refuse("replay-next-epoch", "replay", "replayed", hello, after("commitOfUpdate")),
    refuse("replay-of-proposal", "replay", "replayed", update, after("update")),
    refuse("future-message", "epochs", "future-epoch", messages.fromBob),
    refuse("future-commit", "epochs", "future-epoch", messages.additionOfDave),
    refuse("commit-again", "epochs", "past-epoch", commitOfUpdate, after("commitOfUpdate")),
    refuse(
      "commit-that-lost",
      "epochs",
      "past-epoch",
      rival,
      after("commitOfUpdate"),
      "a commit of Bob for the epoch that the one of Alice has ended",
    ),
    refuse("proposal-too-late", "epochs", "past-epoch", update, await commits(story, 1)),
    refuse(
      "five-epochs-late",
      "past-epochs",
      "past-epoch",
      hello,
      await commits(story, 5),
      "five commits come before a message of the first of these epochs",
    ),
    refuse("other-group", "other-group", "wrong-group", await ofAnotherGroup(story.mls)),
    refuse(
      "commit-before-proposal",
      "proposals",
      "invalid-commit",
      commitOfUpdate,
      before("update"),
      "the commit refers to a proposal that has not come",
    ),
    await forged("extensions", "proposals", commitOfExtensions(first.alice)),
    await forged("reinit", "proposals", commitOfReinit(first.alice)),
    await forged("in-the-open", "handshake-encryption", commitInTheOpen(first.alice)),
    refuse(
      "wrong-path-key",
      "path-keys",
      "invalid-commit",
      await commitWithWrongKey(later.alice),
      before("removalOfBob"),
      "the public key of the root is not the one that the path secret leads to",
    ),
    refuse(
      "entry-signature",
      "external-commit",
      "undecryptable",
      flip(entryOfErin, -CONFIRMATION_TAG - 1),
      before("entryOfErin"),
    ),
    refuse(
      "entry-confirmation",
      "external-commit",
      "invalid-commit",
      flip(entryOfErin, -1),
      before("entryOfErin"),
      "the confirmation tag is wrong",
    ),
    refuses(
      { id: "refuses-after-removal", rule: "removed" },
      dave.membership,
      dave.life,
      messages.afterDave,
      "not-a-member",
    ),
  ];
}

/** MLSMessage header 4, group_id 1 + 32, epoch 8, content_type 1, authenticated_data 1, length 1. */
const SENDER_DATA = 4 + 33 + 8 + 1 + 1 + 1;

/** The end of a PublicMessage of somebody who enters: one byte of length, 32 of confirmation tag. */
const CONFIRMATION_TAG = 33;

/** placeIn is how many messages a listener received before this one. */
function placeIn(life: readonly MlsReceived[], message: Uint8Array): number {
  const wanted = JSON.stringify(hex(message));
  const index = life.findIndex((step) => JSON.stringify(step.message) === wanted);
  if (index < 0) throw new Error("a message that was never received");
  return index;
}

/** commits are several of Alice, one after the other, as Carol receives them right after she joined. */
async function commits({ mls, carol, first }: Story, count: number): Promise<MlsReceived[]> {
  const { welcome, newcomer } = carol.membership;
  let listener = await mls.join(welcome, newcomer.own.keyPackage, newcomer.own.secret.slice());
  let { alice } = first;
  const life: MlsReceived[] = [];
  for (let index = 0; index < count; index++) {
    const pending = await alice.commit();
    alice = pending.merge(alice);
    const result = await listener.receive(pending.message);
    listener = result.next;
    life.push(received(pending.message, result));
  }
  return life;
}
