// The scripted group: Alice and Bob act, Carol and Dave only listen, Erin enters by herself. All randomness
// comes from a seed, so that the same bytes are made again.

import type { GroupChange, GroupMember, PendingCommit } from "../../src/crypto/mls/group-member.ts";
import { createMls, type Mls } from "../../src/crypto/mls/mls.ts";
import { deterministicSuite, type Suite } from "../../src/crypto/mls/suite.ts";
import type { MlsReceived } from "../format.ts";
import { epochOf, identityOf, type Membership, type Newcomer, NOW, received } from "./stating.ts";

/** Listener is a member that never sends, so that its life can be played again. */
export interface Listener {
  readonly membership: Membership;
  readonly life: readonly MlsReceived[];
}

export interface Story {
  readonly mls: Mls;
  readonly suite: Suite;
  readonly carol: Listener;
  readonly dave: Listener;
  readonly carolsKeys: Newcomer;
  readonly davesKeys: Newcomer;
  readonly groupInfo: Uint8Array;
  /** Members as they were when Carol joined (`first`), and before Erin entered (`later`). */
  readonly first: Readonly<Record<"alice" | "bob", GroupMember>>;
  readonly later: Readonly<Record<"alice" | "bob", GroupMember>>;
  readonly messages: Readonly<Record<MessageName, Uint8Array>>;
}

export type MessageName =
  | "hello"
  | "again"
  | "late"
  | "update"
  | "commitOfUpdate"
  | "rival"
  | "additionOfDave"
  | "fromBob"
  | "removalOfBob"
  | "entryOfErin"
  | "fromErin"
  | "removalOfDave"
  | "afterDave";

/** tellStory plays the script; the comments are its chapters. */
export async function tellStory(): Promise<Story> {
  const suite = await deterministicSuite(new TextEncoder().encode("qpc mls story 1"));
  const mls = await createMls({ suite, now: () => NOW });
  const newcomer = async (name: string): Promise<Newcomer> => ({
    own: await mls.generateKeyPackage(identityOf(name), NOW),
  });
  const cast = new Cast();

  // Epoch 0 and 1: Alice makes a group and adds Bob and Carol.
  const groupId = new TextEncoder().encode("a group of 32 bytes for vectors.");
  let alice = await mls.createGroup(groupId, identityOf("alice"), NOW);
  const bobsKeys = await newcomer("bob");
  const carolsKeys = await newcomer("carol");
  const change = { add: [bobsKeys.own.keyPackage, carolsKeys.own.keyPackage] };
  const founding = await alice.commit(change);
  alice = founding.merge(alice);
  let bob = (await join(mls, founding, bobsKeys)).member;
  const carol = await join(mls, founding, carolsKeys);
  cast.enter("carol", carol.member);
  const first = { alice, bob };

  // Two messages of Alice; a third that is delivered one epoch late.
  const hello = await alice.send(text("Hello, Bob and Carol."));
  const again = await hello.next.send(text("It is me again."));
  const late = await again.next.send(text("I was slow."));
  alice = late.next;
  bob = (await bob.receive(hello.message)).next;
  bob = (await bob.receive(again.message)).next;
  bob = (await bob.receive(late.message)).next;
  await cast.hear(hello.message);
  await cast.hear(again.message);

  // Epoch 2: Bob proposes new keys for himself, Alice commits; Bob's own commit comes too late.
  const update = await bob.proposeUpdate();
  const rival = await bob.commit();
  bob = update.next;
  alice = (await alice.receive(update.message)).next;
  await cast.hear(update.message);
  const commitOfUpdate = await alice.commit();
  alice = commitOfUpdate.merge(alice);
  bob = (await bob.receive(commitOfUpdate.message)).next;
  await cast.hear(commitOfUpdate.message);
  await cast.hear(late.message);

  // Epoch 3: Alice adds Dave.
  const davesKeys = await newcomer("dave");
  const additionOfDave = await alice.commit({ add: [davesKeys.own.keyPackage] });
  alice = additionOfDave.merge(alice);
  bob = (await bob.receive(additionOfDave.message)).next;
  await cast.hear(additionOfDave.message);
  const dave = await join(mls, additionOfDave, davesKeys);
  cast.enter("dave", dave.member);
  const fromBob = await bob.send(text("Welcome, Dave."));
  bob = fromBob.next;
  alice = (await alice.receive(fromBob.message)).next;
  await cast.hear(fromBob.message);
  const later = { alice, bob };

  // Epoch 4: Alice removes Bob.
  const removalOfBob = await commit(alice, { remove: [identityOf("bob").publicKey] });
  alice = removalOfBob.member;
  await cast.hear(removalOfBob.message);

  // Epoch 5: Erin enters with a GroupInfo of Alice, and speaks.
  const groupInfo = await alice.groupInfo();
  const entry = await mls.joinExternal(groupInfo, identityOf("erin"), NOW);
  alice = (await alice.receive(entry.commit)).next;
  await cast.hear(entry.commit);
  const fromErin = await entry.next.send(text("I let myself in."));
  let erin = fromErin.next;
  alice = (await alice.receive(fromErin.message)).next;
  await cast.hear(fromErin.message);

  // Epoch 6: Erin removes Dave; what she says then is not for him.
  const removalOfDave = await commit(erin, { remove: [identityOf("dave").publicKey] });
  erin = removalOfDave.member;
  await cast.hear(removalOfDave.message);
  const afterDave = await erin.send(text("Now we are three."));
  await cast.hear(afterDave.message);

  return {
    mls,
    suite,
    carol: { membership: carol.membership, life: cast.lifeOf("carol") },
    dave: { membership: dave.membership, life: cast.lifeOf("dave") },
    carolsKeys,
    davesKeys,
    groupInfo,
    first,
    later,
    messages: {
      hello: hello.message,
      again: again.message,
      late: late.message,
      update: update.message,
      commitOfUpdate: commitOfUpdate.message,
      rival: rival.message,
      additionOfDave: additionOfDave.message,
      fromBob: fromBob.message,
      removalOfBob: removalOfBob.message,
      entryOfErin: entry.commit,
      fromErin: fromErin.message,
      removalOfDave: removalOfDave.message,
      afterDave: afterDave.message,
    },
  };
}

/** Cast is the listeners; each hears every message until it is removed. */
export class Cast {
  readonly #members = new Map<string, GroupMember>();
  readonly #lives = new Map<string, MlsReceived[]>();

  enter(name: string, member: GroupMember): void {
    this.#members.set(name, member);
    this.#lives.set(name, []);
  }

  async hear(message: Uint8Array): Promise<void> {
    for (const [name, member] of this.#members) {
      if (!member.active) continue;
      const result = await member.receive(message);
      this.#members.set(name, result.next);
      this.lifeOf(name).push(received(message, result));
    }
  }

  lifeOf(name: string): MlsReceived[] {
    const life = this.#lives.get(name);
    if (life === undefined) throw new Error(`${name} has not entered`);
    return life;
  }
}

/** join is a member by Welcome, with how it came in. The private keys stay usable. */
export async function join(mls: Mls, pending: PendingCommit, newcomer: Newcomer) {
  const { welcome } = pending;
  if (welcome === undefined) throw new Error("nobody was added");
  const { keyPackage, secret } = newcomer.own;
  const member = await mls.join(welcome, keyPackage, Uint8Array.from(secret));
  const membership: Membership = { welcome, newcomer, joined: epochOf(member) };
  return { member, membership };
}

async function commit(member: GroupMember, change: GroupChange) {
  const pending = await member.commit(change);
  return { member: pending.merge(member), message: pending.message };
}

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
