// Inclusion proofs that do not prove what was asked (spec/services/user.md, spec/crypto/key-transparency.md).

import type { RuleSlug } from "../../../src/registry/rules.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { flipped, lie } from "../../hostile/world/bends.ts";
import type { Proof } from "../../hostile/world/log.ts";
import { believed, verify } from "../room.ts";
import {
  honestly,
  KT_OPS,
  newKey,
  type Resolved,
  resolveUser,
  resolving,
  type Told,
  town,
} from "./town.ts";

interface Lie {
  readonly id: string;
  readonly sends: string;
  readonly rule?: RuleSlug;
  tell(honest: Resolved): Told;
}

/** altered changes the proof alone. */
const altered = (change: (proof: Proof) => Partial<Proof>) => (honest: Resolved) => ({
  ...honest,
  inclusionProof: change(honest.inclusionProof),
});

const flippedNode = (at: number) =>
  altered((proof) => ({
    ...proof,
    auditPath: proof.auditPath.map((node, index) => (index === at ? flipped(node, 0) : node)),
  }));

const INCLUSION: RuleSlug = "key-transparency.inclusion";

const LIES: readonly Lie[] = [
  {
    id: "other-key",
    sends: "the key of somebody else beside the proof of Bob's",
    tell: (honest) => ({ ...honest, identityKey: newKey() }),
  },
  {
    id: "key-one-bit",
    sends: "Bob's key with one bit changed beside its proof",
    tell: (honest) => ({ ...honest, identityKey: flipped(honest.identityKey, 31) }),
  },
  {
    id: "key-31-bytes",
    sends: "the first 31 bytes of Bob's key beside its proof",
    tell: (honest) => ({ ...honest, identityKey: honest.identityKey.slice(0, 31) }),
  },
  {
    id: "key-33-bytes",
    sends: "Bob's key and one byte more beside its proof",
    tell: (honest) => ({ ...honest, identityKey: new Uint8Array([...honest.identityKey, 0]) }),
  },
  {
    id: "key-empty",
    sends: "an empty key beside the proof of Bob's",
    tell: (honest) => ({ ...honest, identityKey: new Uint8Array(0) }),
  },
  {
    id: "other-time",
    sends: "a proof whose timestamp_ms is one more than that of the binding",
    tell: altered((proof) => ({ ...proof, timestampMs: proof.timestampMs + 1n })),
  },
  {
    id: "leaf-hash",
    sends: "a proof whose leaf_hash has one bit changed",
    tell: altered((proof) => ({ ...proof, leafHash: flipped(proof.leafHash, 0) })),
  },
  {
    id: "leaf-hash-empty",
    sends: "a proof without leaf_hash",
    tell: altered((proof) => ({ ...proof, leafHash: new Uint8Array(0) })),
  },
  {
    id: "empty",
    sends: "a proof without any field",
    tell: altered(() => ({})),
  },
  {
    id: "index-next",
    sends: "a proof with the index of the leaf after Bob's",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, leafIndex: proof.leafIndex + 1n })),
  },
  {
    id: "index-first",
    sends: "a proof with the index of the leaf at the other side of the tree",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, leafIndex: 0n })),
  },
  {
    id: "index-beyond",
    sends: "a proof whose leaf_index is its tree_size",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, leafIndex: proof.treeSize })),
  },
  {
    id: "index-largest",
    sends: "a proof whose leaf_index is 2^64 - 1",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, leafIndex: 2n ** 64n - 1n })),
  },
  { id: "path-node-0", sends: "a path with its first node changed", tell: flippedNode(0) },
  { id: "path-node-1", sends: "a path with its second node changed", tell: flippedNode(1) },
  { id: "path-node-2", sends: "a path with its third node changed", tell: flippedNode(2) },
  {
    id: "path-swapped",
    sends: "a path with its first two nodes exchanged",
    tell: altered((proof) => {
      const [first, second, ...rest] = proof.auditPath;
      return { ...proof, auditPath: [second, first, ...rest].filter((node) => node !== undefined) };
    }),
  },
  {
    id: "path-short",
    sends: "a path without its last node",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, auditPath: proof.auditPath.slice(0, -1) })),
  },
  {
    id: "path-empty",
    sends: "an empty path",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, auditPath: [] })),
  },
  {
    id: "path-long",
    sends: "a path with one node too many",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, auditPath: [...proof.auditPath, newKey()] })),
  },
  {
    id: "path-node-31-bytes",
    sends: "a path whose first node has 31 bytes",
    rule: INCLUSION,
    tell: altered((proof) => ({
      ...proof,
      auditPath: proof.auditPath.map((node, at) => (at === 0 ? node.slice(0, 31) : node)),
    })),
  },
  {
    id: "root",
    sends: "a root with one bit changed",
    tell: altered((proof) => ({ ...proof, root: flipped(proof.root, 31) })),
  },
  {
    id: "root-empty",
    sends: "a proof without root",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, root: new Uint8Array(0) })),
  },
  {
    id: "size-zero",
    sends: "a proof with tree_size 0",
    rule: INCLUSION,
    tell: altered((proof) => ({ ...proof, treeSize: 0n })),
  },
  {
    id: "size-one-less",
    sends: "a proof with a tree_size one less than that of its root",
    tell: altered((proof) => ({ ...proof, treeSize: proof.treeSize - 1n })),
  },
  {
    id: "size-one-more",
    sends: "a proof with a tree_size one more than that of its root",
    tell: altered((proof) => ({ ...proof, treeSize: proof.treeSize + 1n })),
  },
  {
    id: "size-largest",
    sends: "a proof with tree_size 2^64 - 1",
    tell: altered((proof) => ({ ...proof, treeSize: 2n ** 64n - 1n })),
  },
];

const EXPECTED = "err kt.mismatch, and Bob's key believed when the server is honest again";
const TWIN = "client-kt.verify.honest";

const lies = LIES.map(({ id, sends, rule = "user.clients-verify", tell }) =>
  defineClientCase({
    id: `client-kt.proof.${id}`,
    rules: [rule],
    sends,
    expects: EXPECTED,
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const undo = resolving(place, tell);
      trial.refused(await verify(place, "bob"), ["kt.mismatch", "msg.decode"]);
      undo();
      await believed(place, "bob", place.bob.identityKey);
    },
  }),
);

export const proofCases: readonly ClientCase[] = [
  ...lies,

  defineClientCase({
    id: "client-kt.proof.other-name",
    rules: ["user.clients-verify"],
    sends: "key and proof of Carol in answer to Bob's name",
    expects: EXPECTED,
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const undo = lie(place.world, resolveUser, () => honestly(place, place.carol));
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      undo();
      await believed(place, "bob", place.bob.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.proof.other-case",
    rules: ["key-transparency.names"],
    sends: "key and proof of bob in answer to the name Bob",
    expects: EXPECTED,
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const undo = lie(place.world, resolveUser, () => honestly(place, place.bob));
      trial.refused(await verify(place, "Bob"), "kt.mismatch");
      undo();
      await believed(place, "bob", place.bob.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.proof.absent-at-first",
    rules: ["key-transparency.unlogged"],
    sends: "Bob's key without a proof, to a client that has seen no proof of this server yet",
    expects: EXPECTED,
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      const undo = resolving(place, ({ identityKey }) => ({ identityKey }));
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      undo();
      await believed(place, "bob", place.bob.identityKey);
    },
  }),

  defineClientCase({
    id: "client-kt.proof.absent-later",
    rules: ["key-transparency.stays-logged"],
    sends: "Bob's key without a proof, to a client that has verified Carol's by the log",
    expects: EXPECTED,
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: KT_OPS,
    async run(trial) {
      const place = await town(trial);
      trial.ok(await verify(place, "carol"), "verify.user carol");
      const undo = resolving(place, ({ identityKey }) => ({ identityKey }));
      trial.refused(await verify(place, "bob"), "kt.mismatch");
      undo();
      await believed(place, "bob", place.bob.identityKey);
    },
  }),
];
