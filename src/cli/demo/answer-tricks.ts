// What a server can lie about in its answers: keys, the log, blobs, receipts.

import { downloadFile, sealFile, uploadFile } from "../../client/files.ts";
import { createPeerKeys } from "../../client/peer-keys.ts";
import { bindingEntry } from "../../crypto/kt/entries.ts";
import { leafHash } from "../../crypto/kt/hash.ts";
import { MerkleTree } from "../../crypto/kt/tree.ts";
import { createMls } from "../../crypto/mls/mls.ts";
import type { FetchKeyPackageResponse } from "../../gen/qpc/v1/keys_pb.ts";
import {
  BlobService,
  DeliveryService,
  KeyService,
  KeyTransparencyService,
  UserService,
} from "../../gen/qpc/v1/methods_pb.ts";
import type { ResolveUserResponse } from "../../gen/qpc/v1/user_pb.ts";
import { settle } from "./people.ts";
import type { Lie } from "./relay.ts";
import { caught, found, type Trick } from "./scene.ts";
import { type Asked, answering, both, flipped } from "./tampering.ts";

const { fetchKeyPackage, uploadKeyPackage, fetchHybridKeys } = KeyService.method;
const { resolveUser } = UserService.method;
const { auditKeyTransparency } = KeyTransparencyService.method;

/** ANSWER_TRICKS are found at the call that is lied to. */
export const ANSWER_TRICKS: readonly Trick[] = [
  {
    title: "hands out the KeyPackage of somebody else",
    expected: "key-package-swapped",
    async play(scene) {
      const [alice, bob, mallory] = await scene.cast("alice", "bob", "mallory");
      const { identityKey } = mallory.messenger.account;
      scene.theatre.tell(
        answering(fetchKeyPackage, ({ ask }) => ask(fetchKeyPackage, { identityKey })),
      );
      const faults = await caught(alice.messenger.createGroup("group", [bob.name]));
      scene.theatre.tell(undefined);
      await alice.messenger.createGroup("once more", [bob.name]);
      return faults;
    },
  },
  {
    title: "hands out a KeyPackage a second time",
    expected: "key-package-replayed",
    async play(scene) {
      const [alice, bob] = await scene.cast("alice", "bob");
      let first: FetchKeyPackageResponse | undefined;
      scene.theatre.tell(
        answering(fetchKeyPackage, async ({ honest }) => {
          first ??= await honest();
          return first;
        }),
      );
      await alice.messenger.createGroup("first", [bob.name]);
      const faults = await caught(alice.messenger.createGroup("second", [bob.name]));
      scene.theatre.tell(undefined);
      await alice.messenger.createGroup("third", [bob.name]);
      return faults;
    },
  },
  {
    title: "stores another KeyPackage than the one uploaded",
    expected: "fingerprint-mismatch",
    async play(scene) {
      const [alice] = await scene.cast("alice");
      scene.theatre.tell(
        answering(uploadKeyPackage, async ({ honest }) => {
          const { fingerprint } = await honest();
          return { fingerprint: flipped(fingerprint, 0) };
        }),
      );
      const faults = await caught(alice.messenger.publishKeys({ keyPackages: 20 }));
      scene.theatre.tell(undefined);
      await alice.messenger.publishKeys({ keyPackages: 20 });
      return faults;
    },
  },
  {
    title: "denies a hybrid key that was there before",
    expected: "hybrid-key-invalid",
    async play(scene) {
      const [alice, bob] = await scene.cast("alice", "bob");
      await alice.messenger.createGroup("first", [bob.name]);
      scene.theatre.tell(
        answering(fetchHybridKeys, async ({ request }) => ({
          keys: request.identityKeys.map(() => new Uint8Array(0)),
        })),
      );
      const peers = createPeerKeys({
        ...alice.messenger.session,
        mls: await createMls(),
        now: () => Date.now(),
      });
      const faults = await caught(peers.hybridKeysOf([bob.messenger.account.identityKey]));
      scene.theatre.tell(undefined);
      await peers.hybridKeysOf([bob.messenger.account.identityKey]);
      return faults;
    },
  },
  {
    title: "proves a user with a broken path",
    expected: "log-proof",
    async play(scene) {
      const [alice] = await scene.cast("alice");
      const bob = await scene.newcomer("bob");
      scene.theatre.tell(
        answering(resolveUser, async ({ honest }) => {
          const answer = await honest();
          const [first, ...rest] = answer.inclusionProof?.auditPath ?? [];
          if (first === undefined || answer.inclusionProof === undefined) return answer;
          const auditPath = [flipped(first, 0), ...rest];
          return { ...answer, inclusionProof: { ...answer.inclusionProof, auditPath } };
        }),
      );
      const faults = await caught(alice.messenger.resolve(bob.name));
      scene.theatre.tell(undefined);
      await alice.messenger.resolve(bob.name);
      return faults;
    },
  },
  {
    title: "shows an older, smaller log",
    expected: "log-shrunk",
    async play(scene) {
      const [alice, bob] = await scene.cast("alice", "bob");
      let old: ResolveUserResponse | undefined;
      const keepFirst = answering(resolveUser, async ({ honest }) => {
        old ??= await honest();
        return old;
      });
      scene.theatre.tell(keepFirst);
      await alice.messenger.resolve(bob.name);
      scene.theatre.tell(undefined);
      const carol = await scene.newcomer("carol");
      await alice.messenger.resolve(carol.name);
      scene.theatre.tell(keepFirst);
      const faults = await caught(alice.messenger.resolve(bob.name));
      scene.theatre.tell(undefined);
      await alice.messenger.resolve(bob.name);
      return faults;
    },
  },
  {
    title: "shows a log with another past",
    expected: "log-forked",
    async play(scene) {
      const [alice] = await scene.cast("alice", "carol");
      const bob = await scene.newcomer("bob");
      const forked = forgedLog((leaves) => [
        flipped(leaves[0] as Uint8Array, 0),
        ...leaves.slice(1),
      ]);
      scene.theatre.tell(forked);
      const faults = await caught(alice.messenger.resolve(bob.name));
      scene.theatre.tell(undefined);
      await alice.messenger.resolve(bob.name);
      return faults;
    },
  },
  {
    title: "appends a binding of a known name to another key",
    expected: "key-changed",
    async play(scene) {
      const [alice, bob, mallory] = await scene.cast("alice", "bob", "mallory");
      const { identityKey } = mallory.messenger.account;
      const leaf = leafHash(bindingEntry(bob.name, identityKey, FORGED_AT));
      scene.theatre.tell(forgedLog((leaves) => [...leaves, leaf], { identityKey }));
      const faults = await caught(alice.messenger.resolve(bob.name));
      scene.theatre.tell(undefined);
      await alice.messenger.resolve(bob.name);
      return faults;
    },
  },
  {
    title: "hands out another blob",
    expected: "blob-mismatch",
    async play(scene) {
      const [alice] = await scene.cast("alice");
      const { session } = alice.messenger;
      const sealed = sealFile(new Uint8Array(1000), "file");
      await uploadFile(session, sealed);
      scene.theatre.tell(
        answering(BlobService.method.downloadBlob, async ({ honest }) => {
          const answer = await honest();
          return { ...answer, chunk: flipped(answer.chunk, -1) };
        }),
      );
      const faults = await caught(downloadFile(session, sealed.reference));
      scene.theatre.tell(undefined);
      await downloadFile(session, sealed.reference);
      return faults;
    },
  },
  {
    title: "signs a receipt for another place in the inbox",
    expected: "delivery-proof",
    async play(scene) {
      const [alice, bob] = await scene.cast("alice", "bob");
      const { id } = await alice.messenger.startDirect(bob.name);
      await settle(alice, bob);
      scene.theatre.tell(
        answering(DeliveryService.method.enqueue, async ({ honest }) => {
          const answer = await honest();
          return { ...answer, seq: answer.seq + 1n };
        }),
      );
      await alice.messenger.sendText(id, "a receipt, please");
      const faults = await found(alice);
      scene.theatre.tell(undefined);
      await alice.messenger.sendText(id, "an honest one");
      if ((await found(alice)).length > 0) throw new Error("an honest receipt is refused");
      return faults;
    },
  },
];

const FORGED_AT = 1_700_000_000_000;

/**
 * forgedLog shows the log as `forge` makes it of the true leaves, with proofs that fit it. With an
 * `identityKey`, every name leads to that key, and the last leaf is said to be its binding.
 */
function forgedLog(
  forge: (leaves: readonly Uint8Array[]) => readonly Uint8Array[],
  { identityKey }: { readonly identityKey?: Uint8Array } = {},
): Lie {
  const forged = async ({ ask }: Pick<Asked<never, never>, "ask">) => {
    const { entries } = await ask(auditKeyTransparency, {});
    const tree = new MerkleTree();
    for (const leaf of forge(entries.map(({ leafHash: hash }) => hash))) tree.append(leaf);
    return tree;
  };
  const proving = answering(resolveUser, async (asked) => {
    const tree = await forged(asked);
    const answer = await asked.honest();
    const proof = answer.inclusionProof;
    if (proof === undefined) return answer;
    const index = identityKey ? tree.size - 1 : Number(proof.leafIndex);
    return {
      identityKey: identityKey ?? answer.identityKey,
      inclusionProof: {
        leafIndex: BigInt(index),
        treeSize: BigInt(tree.size),
        leafHash: tree.leaf(index),
        auditPath: tree.inclusionProof(index),
        root: tree.root(),
        timestampMs: identityKey ? BigInt(FORGED_AT) : proof.timestampMs,
      },
    };
  });
  const auditing = answering(auditKeyTransparency, async (asked) => {
    const tree = await forged(asked);
    const start = Number(asked.request.start);
    const end = Math.min(Number(asked.request.end) || tree.size, tree.size);
    const indexes = Array.from({ length: Math.max(0, end - start) }, (_, at) => start + at);
    return {
      entries: indexes.map((index) => ({ index: BigInt(index), leafHash: tree.leaf(index) })),
      treeSize: BigInt(tree.size),
      root: tree.root(),
    };
  });
  return both(proving, auditing);
}
