// Messages that our own client never makes, because a member must refuse them.

import {
  type ClientState,
  createApplicationMessage,
  createCommit,
  encodeMlsMessage,
  type MLSMessage,
  type Proposal,
} from "ts-mls";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { makeCommit } from "../../src/crypto/mls/commit.ts";
import type { GroupMember } from "../../src/crypto/mls/group-member.ts";
import { readKeyPackage } from "../../src/crypto/mls/key-package.ts";
import { createMls, type Mls } from "../../src/crypto/mls/mls.ts";
import { newPath } from "../../src/crypto/mls/path.ts";
import { decodeState } from "../../src/crypto/mls/state.ts";
import { deterministicSuite, type Suite } from "../../src/crypto/mls/suite.ts";
import { identityOf, type Newcomer, NOW } from "./stating.ts";
import { join, text } from "./story.ts";

/** signedByAnother is a message of a member whose signature is Bob's. */
export async function signedByAnother(member: GroupMember): Promise<Uint8Array> {
  const suite = await suiteFor("signed by another");
  const { privateKey: signaturePrivateKey } = identityOf("bob");
  const group = { ...groupOf(member), signaturePrivateKey };
  const { privateMessage } = await createApplicationMessage(group, text("I am Alice."), suite);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
}

export function commitOfExtensions(member: GroupMember): Promise<Uint8Array> {
  return commitOf(member, {
    proposalType: "group_context_extensions",
    groupContextExtensions: { extensions: [] },
  });
}

export function commitOfReinit(member: GroupMember): Promise<Uint8Array> {
  return commitOf(member, {
    proposalType: "reinit",
    reinit: {
      groupId: text("another group"),
      version: "mls10",
      cipherSuite: groupOf(member).groupContext.cipherSuite,
      extensions: [],
    },
  });
}

/** commitInTheOpen is a commit of a member as PublicMessage. */
export async function commitInTheOpen(member: GroupMember): Promise<Uint8Array> {
  const cipherSuite = await suiteFor("in the open");
  const context = { state: groupOf(member), cipherSuite };
  return encode((await createCommit(context, { wireAsPublicMessage: true })).commit);
}

/** commitWithWrongKey has another public key at the root, in a group of four, than its path secret. */
export async function commitWithWrongKey(member: GroupMember): Promise<Uint8Array> {
  const suite = await suiteFor("wrong key");
  const ROOT = 1;
  let exported = 0;
  const lying: Suite = {
    ...suite,
    hpke: {
      ...suite.hpke,
      async exportPublicKey(key) {
        const bytes = await suite.hpke.exportPublicKey(key);
        return exported++ === ROOT ? identityOf("nobody").publicKey : bytes;
      },
    },
  };
  return (await makeCommit(groupOf(member), [], lying)).message;
}

/** ofAnotherGroup is a message of Alice to herself. */
export async function ofAnotherGroup(mls: Mls): Promise<Uint8Array> {
  const group = await mls.createGroup(text("another group"), identityOf("alice"), NOW);
  return (await group.send(text("Hello, wrong people."))).message;
}

/** welcomeWithSkippedMember is a Welcome into a group of six, one of whom made a path as if its neighbour were gone. */
export async function welcomeWithSkippedMember(): Promise<{
  welcome: Uint8Array;
  newcomer: Newcomer;
}> {
  const suite = await suiteFor("skipped member");
  const mls = await createMls({ suite, now: () => NOW });
  const newcomers: Newcomer[] = [];
  for (let index = 1; index <= 5; index++) {
    newcomers.push({ own: await mls.generateKeyPackage(identityOf(`skipped ${index}`), NOW) });
  }
  const [, , , fourth, newcomer] = newcomers;
  if (fourth === undefined || newcomer === undefined) throw new Error("nobody is there");
  const creator = await mls.createGroup(text("a gap"), identityOf("skipped 0"), NOW);
  const add = newcomers.slice(0, 4).map(({ own }) => own.keyPackage);
  const founding = await creator.commit({ add });
  const zero = groupOf(founding.merge(creator));
  const four = groupOf((await join(mls, founding, fourth)).member);

  const NEIGHBOUR = 2;
  const path = await newPath(
    {
      tree: zero.ratchetTree.with(NEIGHBOUR, undefined),
      leafIndex: toLeafIndex(0),
      context: zero.groupContext,
      signaturePrivateKey: zero.signaturePrivateKey,
      added: [],
    },
    suite,
  );
  const ratchetTree = path.tree.with(NEIGHBOUR, zero.ratchetTree[NEIGHBOUR]);
  const keyPackage = readKeyPackage(newcomer.own.keyPackage);
  const proposal = { proposalType: "add", add: { keyPackage } } as const;
  const proposals: ProposalOrRef[] = [{ proposalOrRefType: "proposal", proposal }];
  const { welcome } = await makeCommit({ ...four, ratchetTree }, proposals, suite);
  if (welcome === undefined) throw new Error("nobody was added");
  return { welcome, newcomer };
}

async function commitOf(member: GroupMember, proposal: Proposal): Promise<Uint8Array> {
  const cipherSuite = await suiteFor(String(proposal.proposalType));
  const context = { state: groupOf(member), cipherSuite };
  return encode((await createCommit(context, { extraProposals: [proposal] })).commit);
}

function suiteFor(purpose: string): Promise<Suite> {
  return deterministicSuite(text(`qpc mls forgery 1 ${purpose}`));
}

function groupOf(member: GroupMember): ClientState {
  return decodeState(member.encode()).group;
}

function encode(message: MLSMessage): Uint8Array {
  return encodeMlsMessage(message);
}
