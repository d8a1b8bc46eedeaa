// A group of four in whose tree one half goes blank: the path of a commit then ends below the root, and the
// commit secret follows the last secret of that path, not one for the root (RFC 9420 sections 7.4, 12.4.1).

import { createMls } from "../../src/crypto/mls/mls.ts";
import { deterministicSuite } from "../../src/crypto/mls/suite.ts";
import type { MlsVector } from "../format.ts";
import { identityOf, type Newcomer, NOW, reads } from "./stating.ts";
import { Cast, join, text } from "./story.ts";

/** blankHalfVector is the life of Carol, at leaf 2: Bob removes Alice, Dave removes Bob and speaks. */
export async function blankHalfVector(): Promise<MlsVector> {
  const suite = await deterministicSuite(text("qpc mls blank half 1"));
  const mls = await createMls({ suite, now: () => NOW });
  const newcomer = async (name: string): Promise<Newcomer> => ({
    own: await mls.generateKeyPackage(identityOf(name), NOW),
  });
  const alice = await mls.createGroup(
    text("a group whose half will go blank"),
    identityOf("alice"),
    NOW,
  );
  const [bobsKeys, carolsKeys, davesKeys] = [
    await newcomer("bob"),
    await newcomer("carol"),
    await newcomer("dave"),
  ];
  const add = [bobsKeys, carolsKeys, davesKeys].map(({ own }) => own.keyPackage);
  const founding = await alice.commit({ add });
  const bob = (await join(mls, founding, bobsKeys)).member;
  const carol = await join(mls, founding, carolsKeys);
  let dave = (await join(mls, founding, davesKeys)).member;
  const cast = new Cast();
  cast.enter("carol", carol.member);

  const removalOfAlice = await bob.commit({ remove: [identityOf("alice").publicKey] });
  dave = (await dave.receive(removalOfAlice.message)).next;
  const removalOfBob = await dave.commit({ remove: [identityOf("bob").publicKey] });
  dave = removalOfBob.merge(dave);
  const last = await dave.send(text("Now it is the two of us."));
  for (const { message } of [removalOfAlice, removalOfBob, last]) await cast.hear(message);

  const comment =
    "the second commit leaves leaves 0 and 1 blank: its path has one node, below the root";
  return reads(
    { id: "reads-blank-half", rule: "update-path", comment },
    carol.membership,
    cast.lifeOf("carol"),
  );
}
