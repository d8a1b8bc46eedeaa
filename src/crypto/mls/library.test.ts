// What the library gets wrong or leaves open, and what therefore must keep being done around it.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClientState,
  createCommit,
  createProposal,
  emptyPskIndex,
  encodeMlsMessage,
  type GroupInfo,
  joinGroup,
  joinGroupExternal,
  type Proposal,
  processPrivateMessage,
  proposeAddExternal,
} from "ts-mls";
import { encodeKeyPackage } from "ts-mls/keyPackage.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { decodeMessage, equal } from "./bytes.ts";
import { makeCommit } from "./commit.ts";
import { CLIENT_CONFIG } from "./credentials.ts";
import type { GroupMember } from "./group-member.ts";
import { decodeSecret, newKeyPackage, readKeyPackage } from "./key-package.ts";
import { createMls, type OwnKeyPackage } from "./mls.ts";
import { newUpdate } from "./proposals.ts";
import { decodeState } from "./state.ts";
import { randomSuite, type Suite } from "./suite.ts";
import { epochs, fault, hex, identityOf, NOW, TestGroup } from "./test-group.ts";

const mls = await createMls({ now: () => NOW });
const suite = await randomSuite();

/** groupOf is the library's state of a member, with which a test does what our interface does not offer. */
function groupOf(member: GroupMember): ClientState {
  return decodeState(member.encode()).group;
}

/** open is the content of a private message, as the receiver sees it. */
async function open(message: Uint8Array, receiver: GroupMember) {
  const group = groupOf(receiver);
  const decoded = decodeMessage(message);
  assert.ok(decoded.wireformat === "mls_private_message");
  const { content } = await unprotectPrivateMessage(
    group.keySchedule.senderDataSecret,
    decoded.privateMessage,
    group.secretTree,
    group.ratchetTree,
    group.groupContext,
    CLIENT_CONFIG.keyRetentionConfig,
    suite,
  );
  return content.content;
}

test("every commit has an UpdatePath: an empty one, an Add, a Remove, an Update of another", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const alice = group.get("alice");
  const bob = group.get("bob");
  const dave = await group.keyPackage("dave");
  const update = await group.get("carol").proposeUpdate();
  const withUpdate = await alice.receive(update.message);
  const bobWithUpdate = await bob.receive(update.message);
  const commits = [
    [await alice.commit(), bob],
    [await alice.commit({ add: [dave.keyPackage] }), bob],
    [await alice.commit({ remove: [identityOf("carol").publicKey] }), bob],
    [await withUpdate.next.commit(), bobWithUpdate.next],
  ] as const;
  for (const [pending, receiver] of commits) {
    const content = await open(pending.message, receiver);
    assert.ok(content.contentType === "commit");
    assert.equal(content.commit.path === undefined, false);
  }
});

test("a removed member cannot read what is sent after its removal", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const bob = groupOf(group.get("bob"));
  const removal = await group.remove("alice", "bob");
  const { message } = await group.get("alice").send(Buffer.from("secret"));
  const decoded = decodeMessage(message);
  const commit = decodeMessage(removal.message);
  assert.ok(decoded.wireformat === "mls_private_message");
  assert.ok(commit.wireformat === "mls_private_message");
  const { newState } = await processPrivateMessage(
    bob,
    commit.privateMessage,
    emptyPskIndex,
    suite,
  );
  for (const state of [bob, newState]) {
    const later = { ...state, groupContext: { ...state.groupContext, epoch: 2n } };
    const reading = processPrivateMessage(later, decoded.privateMessage, emptyPskIndex, suite);
    await assert.rejects(reading);
  }
  assert.notDeepEqual(
    newState.keySchedule.epochAuthenticator,
    group.get("alice").epochAuthenticator,
  );
});

test("who removes the only other member shares no secret with it any more", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const alice = group.get("alice");
  const bob = groupOf(group.get("bob"));
  /** The epoch as bob derives it, who knows all but the commit secret: with zeros in its place. */
  const byBob = async (next: ClientState) => {
    const zeros = new Uint8Array(32);
    const { initSecret } = bob.keySchedule;
    const epoch = await initializeEpoch(initSecret, zeros, next.groupContext, zeros, suite.kdf);
    return hex(epoch.keySchedule.epochAuthenticator);
  };
  const remove: Proposal = { proposalType: "remove", remove: { removed: 1 } };
  const context = { state: groupOf(alice), cipherSuite: suite };
  const byLibrary = await createCommit(context, { extraProposals: [remove] });
  const { keySchedule } = byLibrary.newState;
  assert.equal(await byBob(byLibrary.newState), hex(keySchedule.epochAuthenticator));

  const pending = await alice.commit({ remove: [identityOf("bob").publicKey] });
  const merged = pending.merge(alice);
  assert.notEqual(await byBob(groupOf(merged)), hex(merged.epochAuthenticator));
  // The same holds when the only member renews its keys, and for whom it adds then.
  group.members.delete("bob");
  group.set("alice", merged);
  await group.commit("alice");
  await group.add("alice", "carol");
  assert.equal(epochs(group).length, 1);
});

test("no commit of group context extensions: neither made nor accepted", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const proposal: Proposal = {
    proposalType: "group_context_extensions",
    groupContextExtensions: { extensions: [] },
  };
  const state = groupOf(group.get("alice"));
  const made = await createCommit({ state, cipherSuite: suite }, { extraProposals: [proposal] });
  const bob = group.get("bob");
  const commit = bob.receive(encodeMlsMessage(made.commit));
  await assert.rejects(commit, fault("invalid-commit"));
  const proposed = await createProposal(state, false, proposal, suite);
  const receiving = bob.receive(encodeMlsMessage(proposed.message));
  await assert.rejects(receiving, fault("invalid-commit"));
});

test("other kinds of proposals are refused: pre-shared keys, a new group, custom ones", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const state = groupOf(group.get("alice"));
  const proposals: Proposal[] = [
    {
      proposalType: "reinit",
      reinit: {
        groupId: Uint8Array.of(1),
        version: "mls10",
        cipherSuite: state.groupContext.cipherSuite,
        extensions: [],
      },
    },
    {
      proposalType: "psk",
      psk: {
        preSharedKeyId: {
          psktype: "external",
          pskId: Uint8Array.of(1),
          pskNonce: new Uint8Array(32),
        },
      },
    },
    { proposalType: "external_init", externalInit: { kemOutput: new Uint8Array(32) } },
    { proposalType: 0xf001, proposalData: Uint8Array.of(1) },
  ];
  for (const proposal of proposals) {
    const { message } = await createProposal(state, false, proposal, suite);
    const receiving = group.get("bob").receive(encodeMlsMessage(message));
    await assert.rejects(receiving, fault("invalid-commit"));
  }
  for (const proposal of [proposals[0], proposals[3]]) {
    assert.ok(proposal);
    const made = await createCommit({ state, cipherSuite: suite }, { extraProposals: [proposal] });
    const receiving = group.get("bob").receive(encodeMlsMessage(made.commit));
    await assert.rejects(receiving, fault("invalid-commit"));
  }
});

test("handshakes in the open are external commits and nothing else", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const state = groupOf(group.get("alice"));
  const bob = group.get("bob");
  const commit = await createCommit({ state, cipherSuite: suite }, { wireAsPublicMessage: true });
  const receiving = bob.receive(encodeMlsMessage(commit.commit));
  await assert.rejects(receiving, fault("invalid-commit"));

  const dave = await group.keyPackage("dave");
  const info = decodeMessage(await group.get("alice").groupInfo());
  assert.ok(info.wireformat === "mls_group_info");
  const asking = await proposeAddExternal(
    info.groupInfo,
    readKeyPackage(dave.keyPackage),
    decodeSecret(dave.secret),
    suite,
  );
  await assert.rejects(bob.receive(encodeMlsMessage(asking)), fault("invalid-commit"));
});

test("external_pub is a key with its length: 20, then 32 bytes", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const info = decodeMessage(await group.get("alice").groupInfo());
  assert.ok(info.wireformat === "mls_group_info");
  const { extensions } = info.groupInfo;
  const extension = extensions.find(({ extensionType }) => extensionType === "external_pub");
  assert.equal(extension?.extensionData.length, 33);
  assert.equal(extension?.extensionData[0], 0x20);
});

test("an unmerged leaf below a node that does not know it any more is no reason to refuse", async () => {
  const group = await TestGroup.of(mls, ..."abcdefg");
  await group.commit("e");
  // Our own commits would merge the new leaf on their way to the root; an Add without a path leaves more.
  await group.add("a", "h");
  await group.commit("a");
  const own = await group.keyPackage("i");
  const pending = await group.commit("a", { add: [own.keyPackage] });
  assert.ok(pending.welcome);
  const welcome = decodeMessage(pending.welcome);
  assert.ok(welcome.wireformat === "mls_welcome");
  const keyPackage = readKeyPackage(own.keyPackage);
  const keys = decodeSecret(own.secret);
  const byLibrary = joinGroup(welcome.welcome, keyPackage, keys, emptyPskIndex, suite);
  await assert.rejects(byLibrary, /must list leaf node/);
  group.set("i", await mls.join(pending.welcome, own.keyPackage, own.secret));
  const entry = await mls.joinExternal(await group.get("b").groupInfo(), identityOf("j"), NOW);
  await group.deliver(entry.commit, "j");
  group.set("j", entry.next);
  await group.commit("i");
  assert.equal(epochs(group).length, 1);
});

test("a proposal of leaf 0 keeps its sender through encoding", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const { next, message } = await group.get("alice").proposeUpdate();
  group.set("alice", next);
  await group.deliver(message, "alice");
  for (const name of ["alice", "bob", "carol"]) {
    group.set(name, mls.decode(group.get(name).encode()));
  }
  await group.commit("bob");
  const [first] = groupOf(group.get("carol")).ratchetTree;
  assert.ok(first?.nodeType === "leaf");
  assert.equal(first.leaf.leafNodeSource, "update");
  await group.commit("carol");
  assert.equal(epochs(group).length, 1);
});

test("keys of nodes that went blank are forgotten", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol", "dave");
  await group.commit("alice");
  await group.commit("carol");
  await group.remove("bob", "dave");
  for (const [, member] of group.active()) {
    const { ratchetTree, privatePath } = groupOf(member);
    for (const index of Object.keys(privatePath.privateKeys)) {
      assert.equal(ratchetTree[Number(index)] === undefined, false, `node ${index}`);
    }
  }
});

test("a commit that puts one key into two leaves is refused, and not made", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const shared = await suite.hpke.generateKeyPair();
  let made = 0;
  const careless: Suite = {
    ...suite,
    hpke: {
      ...suite.hpke,
      // The second pair of a KeyPackage is that of the leaf.
      generateKeyPair: async () => (made++ % 2 === 1 ? shared : suite.hpke.generateKeyPair()),
    },
  };
  const twins = async (now: number) => [
    (await newKeyPackage(identityOf("dave"), now, careless)).publicPackage,
    (await newKeyPackage(identityOf("erin"), now, careless)).publicPackage,
  ];
  // The library looks when there is a path, makes this commit without one, and has a clock of its own.
  const context = { state: groupOf(group.get("alice")), cipherSuite: suite };
  const extraProposals = (await twins(Date.now())).map(
    (keyPackage): Proposal => ({ proposalType: "add", add: { keyPackage } }),
  );
  const forged = await createCommit(context, { extraProposals });
  const receiving = group.get("bob").receive(encodeMlsMessage(forged.commit));
  await assert.rejects(receiving, /two nodes with one key/);
  const add = (await twins(NOW)).map(encodeKeyPackage);
  await assert.rejects(group.get("alice").commit({ add }), /two nodes with one key/);
});

test("an UpdatePath whose secrets do not fit its keys is refused", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol", "dave");
  let exported = 0;
  const lying: Suite = {
    ...suite,
    hpke: {
      ...suite.hpke,
      // The first key that is written into the path is that of the node above alice and bob.
      async exportPublicKey(key) {
        const bytes = await suite.hpke.exportPublicKey(key);
        return exported++ === 0 ? identityOf("nobody").publicKey : bytes;
      },
    },
  };
  const made = await makeCommit(groupOf(group.get("alice")), [], lying);
  await assert.rejects(group.get("bob").receive(made.message), fault("invalid-commit"));
  const honest = await group.get("alice").commit();
  await group.get("bob").receive(honest.message);
});

test("nobody turns into somebody else by renewing the own keys", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const mallory = identityOf("mallory");
  const state = groupOf(group.get("alice"));
  const [first, ...rest] = state.ratchetTree;
  assert.ok(first?.nodeType === "leaf");
  const leaf = {
    ...first.leaf,
    signaturePublicKey: mallory.publicKey,
    credential: { credentialType: "basic", identity: mallory.publicKey } as const,
  };
  const turning: Suite = {
    ...suite,
    signature: {
      ...suite.signature,
      // The new leaf is signed by its own key, the commit by the old one: all signatures are right.
      sign: (key, message) => {
        const isLeaf = Buffer.from(message).includes("LeafNodeTBS");
        return suite.signature.sign(isLeaf ? mallory.privateKey : key, message);
      },
    },
  };
  const changed = { ...state, ratchetTree: [{ nodeType: "leaf", leaf } as const, ...rest] };
  const made = await makeCommit(changed, [], turning);
  await assert.rejects(group.get("bob").receive(made.message), fault("invalid-commit"));
});

test("proposals that no commit could include are refused when they come", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const state = groupOf(group.get("alice"));
  const { proposal } = await newUpdate(state, suite);
  assert.ok(proposal.proposalType === "update");
  const { leafNode } = proposal.update;
  const update = (change: Partial<typeof leafNode>): Proposal => ({
    proposalType: "update",
    update: { leafNode: { ...leafNode, ...change } },
  });
  const [first] = state.ratchetTree;
  assert.ok(first?.nodeType === "leaf");
  const mallory = identityOf("mallory").publicKey;
  const { publicPackage } = await newKeyPackage(identityOf("mallory"), NOW, suite);
  const damaged = { ...publicPackage, signature: new Uint8Array(64) };
  const cases: [Proposal, RegExp][] = [
    [update({ hpkePublicKey: first.leaf.hpkePublicKey }), /the key that it had/],
    [update({ signature: new Uint8Array(64) }), /signature of the proposed leaf/],
    [
      update({
        signaturePublicKey: mallory,
        credential: { credentialType: "basic", identity: mallory },
      }),
      /another identity/,
    ],
    [{ proposalType: "remove", remove: { removed: 3 } }, /blank leaf/],
    [{ proposalType: "add", add: { keyPackage: damaged } }, /proposed KeyPackage/],
  ];
  for (const [forged, expected] of cases) {
    const { message } = await createProposal(state, false, forged, suite);
    await assert.rejects(group.get("bob").receive(encodeMlsMessage(message)), expected);
  }
});

test("a proposal to add is committed while its KeyPackage is good and nobody else added it", async () => {
  const group = await TestGroup.of(mls, "alice", "bob");
  const dave = await group.keyPackage("dave");
  const old = await mls.generateKeyPackage(identityOf("erin"), NOW - 60 * 86_400_000);
  let state = groupOf(group.get("alice"));
  for (const { keyPackage } of [dave, old]) {
    const add: Proposal = {
      proposalType: "add",
      add: { keyPackage: readKeyPackage(keyPackage) },
    };
    const proposed = await createProposal(state, false, add, suite);
    state = proposed.newState;
    const { next } = await group.get("bob").receive(encodeMlsMessage(proposed.message));
    group.set("bob", next);
  }
  const pending = await group.get("bob").commit();
  assert.deepEqual(pending.added.map(hex), [hex(identityOf("dave").publicKey)]);
  const member = await mls.join(pending.welcome ?? new Uint8Array(), dave.keyPackage, dave.secret);
  const own = await group.keyPackage("dave");
  const instead = await group.get("bob").commit({ add: [own.keyPackage] });
  assert.deepEqual(mls.welcomedBy(instead.welcome ?? new Uint8Array()), [own.ref]);
  assert.equal(member.epoch, 2n);
});

test("whoever enters removes nobody else", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const info = decodeMessage(await group.get("alice").groupInfo());
  assert.ok(info.wireformat === "mls_group_info");
  const { publicKey } = identityOf("bob");
  const mallory = await group.keyPackage("mallory");
  const { commit: taking } = await takeThePlaceOf(publicKey, info.groupInfo, mallory);
  const attempt = group.get("carol").receive(taking);
  await assert.rejects(attempt, /replaces its own leaf and no other/);
});

/** The library removes whatever leaf it is told is the same as the newcomer's. */
async function takeThePlaceOf(victim: Uint8Array, info: GroupInfo, own: OwnKeyPackage) {
  const reading: Suite = {
    ...suite,
    hpke: {
      ...suite.hpke,
      importPublicKey: (key) => suite.hpke.importPublicKey(key.slice(-32)),
    },
  };
  const { publicMessage } = await joinGroupExternal(
    info,
    readKeyPackage(own.keyPackage),
    decodeSecret(own.secret),
    true,
    reading,
    undefined,
    {
      ...CLIENT_CONFIG,
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        compareKeyPackageToLeafNode: (_, leaf) => equal(leaf.signaturePublicKey, victim),
      },
    },
  );
  const wireformat = "mls_public_message";
  return { commit: encodeMlsMessage({ version: "mls10", wireformat, publicMessage }) };
}

test("an external commit of a member's identity puts the old member out", async () => {
  const group = await TestGroup.of(mls, "alice", "bob", "carol");
  const info = await group.get("alice").groupInfo();
  const entry = await mls.joinExternal(info, identityOf("carol"), NOW);
  const { next } = await group.get("bob").receive(entry.commit);
  assert.equal(next.members.length, 3);
  const received = await group.get("carol").receive(entry.commit);
  assert.equal(received.next.active, false);
  assert.ok(received.kind === "commit");
  const carol = hex(identityOf("carol").publicKey);
  assert.deepEqual([received.sender, ...received.added, ...received.removed].map(hex), [
    carol,
    carol,
    carol,
  ]);
});
