import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientState, LeafNode, Node, RatchetTree } from "ts-mls";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { createMls } from "./mls.ts";
import { decodeState } from "./state.ts";
import { randomSuite } from "./suite.ts";
import { fault, identityOf, NOW, TestGroup } from "./test-group.ts";
import { checkNodes, checkOwnKeys, checkTree } from "./tree.ts";

const mls = await createMls({ now: () => NOW });
const suite = await randomSuite();

// Leaf 7 was added after node 11 was filled, so it is unmerged there; the commit that added it came from
// the other half of the tree and renewed the root, which therefore does not list it.
const group = await TestGroup.of(mls, ..."abcdefg");
await group.commit("e");
await group.add("a", "h");
const state: ClientState = decodeState(group.get("h").encode()).group;
const { ratchetTree: honest, groupContext } = state;

/** check judges a tree that has the right hash, so that only the rest can be wrong. */
async function check(tree: RatchetTree): Promise<void> {
  const treeHash = await treeHashRoot(tree, suite.hash);
  await checkTree(tree, { ...groupContext, treeHash }, suite);
}

function put(index: number, node: Node | undefined): RatchetTree {
  const tree = honest.slice();
  tree[index] = node;
  return tree;
}

function leafNode(index: number): LeafNode {
  const node = honest[index];
  assert.ok(node?.nodeType === "leaf");
  return node.leaf;
}

function parent(index: number) {
  const node = honest[index];
  assert.ok(node?.nodeType === "parent");
  return node.parent;
}

function flip(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
}

test("an honest tree is believed, with an unmerged leaf that the root does not know", async () => {
  assert.deepEqual(parent(11).unmergedLeaves, [7]);
  assert.deepEqual(parent(7).unmergedLeaves, []);
  await check(honest);
});

test("the tree is the one that the group context names", async () => {
  const treeHash = flip(groupContext.treeHash);
  const other = checkTree(honest, { ...groupContext, treeHash }, suite);
  await assert.rejects(other, /tree hash/);
});

test("every leaf is signed, for its place where it was renewed", async () => {
  const fresh = leafNode(14);
  assert.equal(fresh.leafNodeSource, "key_package");
  const signature = flip(fresh.signature);
  const changed = put(14, { nodeType: "leaf", leaf: { ...fresh, signature } });
  await assert.rejects(check(changed), /signature: of leaf 7/);

  const renewed = leafNode(8);
  assert.equal(renewed.leafNodeSource, "commit");
  const unsigned = { ...renewed, signature: flip(renewed.signature) };
  await assert.rejects(check(put(8, { nodeType: "leaf", leaf: unsigned })), /of leaf 4/);
});

test("parent hashes tie every node to a leaf below it", async () => {
  const { parentHash } = parent(11);
  assert.equal(parentHash.length, 32);
  const changed = { ...parent(11), parentHash: flip(parentHash) };
  await assert.rejects(check(put(11, { nodeType: "parent", parent: changed })), /parent hash/);
  const key = { ...parent(7), hpkePublicKey: flip(parent(7).hpkePublicKey) };
  await assert.rejects(check(put(7, { nodeType: "parent", parent: key })), /parent hash/);
});

test("leaves stand at even places, nodes at odd ones", () => {
  const leaf: Node = { nodeType: "leaf", leaf: leafNode(14) };
  assert.throws(() => checkNodes(put(13, leaf)), fault("malformed"));
  const inner: Node = { nodeType: "parent", parent: parent(11) };
  assert.throws(() => checkNodes(put(14, inner)), fault("malformed"));
});

test("nobody is there twice, and no key is used twice", async () => {
  const twin: Node = { nodeType: "leaf", leaf: leafNode(12) };
  await assert.rejects(check(put(14, twin)), /two leaves of one identity/);
  const { hpkePublicKey } = leafNode(12);
  const shared: Node = { nodeType: "leaf", leaf: { ...leafNode(14), hpkePublicKey } };
  await assert.rejects(check(put(14, shared)), /one key/);
  const above: Node = { nodeType: "parent", parent: { ...parent(7), hpkePublicKey } };
  await assert.rejects(check(put(7, above)), /one key/);
});

test("every leaf is bound to its key", async () => {
  const identity = identityOf("somebody else").publicKey;
  const leaf = { ...leafNode(14), credential: { credentialType: "basic", identity } as const };
  await assert.rejects(check(put(14, { nodeType: "leaf", leaf })), fault("credential"));
});

test("a leaf has no extension that it does not support", async () => {
  const extensions = [{ extensionType: 0xf123, extensionData: new Uint8Array() }];
  const leaf = { ...leafNode(14), extensions };
  await assert.rejects(check(put(14, { nodeType: "leaf", leaf })), fault("malformed"));
});

test("unmerged leaves are there, below the node, in order, and known on the way", async () => {
  const withUnmerged = (index: number, ...unmergedLeaves: number[]): RatchetTree => {
    const tree = honest.slice();
    const changed = { ...parent(index), unmergedLeaves };
    tree[index] = { nodeType: "parent", parent: changed };
    return tree;
  };
  // Leaf 4 is below node 7, but node 9 in between does not list it.
  await assert.rejects(check(withUnmerged(7, 4)), /between leaf and ancestor/);
  await assert.rejects(check(withUnmerged(11, 7, 6)), /out of order/);
  await assert.rejects(check(withUnmerged(11, 7, 7)), /out of order/);
  await assert.rejects(check(withUnmerged(11, 1, 7)), /elsewhere/);
  await assert.rejects(check(withUnmerged(11, 7, 400)), /blank/);
});

test("a member has the keys of its leaf and of the nodes that know it", () => {
  checkOwnKeys(state);
  const { privatePath } = state;
  const { leafIndex, privateKeys } = privatePath;
  for (const index of Object.keys(privateKeys)) {
    const { [Number(index)]: _gone, ...rest } = privateKeys;
    const missing = { ...state, privatePath: { leafIndex, privateKeys: rest } };
    assert.throws(() => checkOwnKeys(missing), fault("invalid-commit"));
    const wrong = { ...privateKeys, [index]: identityOf("wrong").privateKey };
    const other = { ...state, privatePath: { leafIndex, privateKeys: wrong } };
    assert.throws(() => checkOwnKeys(other), fault("invalid-commit"));
  }
});
