// Welcomes and GroupInfos: good ones, damaged ones, and ones that lead into groups nobody should be in.

import {
  createGroupInfoWithExternalPubAndRatchetTree,
  defaultAuthenticationService,
  encodeMlsMessage,
  generateKeyPackageWithKey,
} from "ts-mls";
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js";
import { makeCommit } from "../../src/crypto/mls/commit.ts";
import { basicCredential, CAPABILITIES, CLIENT_CONFIG } from "../../src/crypto/mls/credentials.ts";
import { externalPub, readGroupInfo } from "../../src/crypto/mls/group-info.ts";
import { readKeyPackage } from "../../src/crypto/mls/key-package.ts";
import { createMls } from "../../src/crypto/mls/mls.ts";
import { decodeState } from "../../src/crypto/mls/state.ts";
import { deterministicSuite } from "../../src/crypto/mls/suite.ts";
import type { MlsVector } from "../format.ts";
import { welcomeWithSkippedMember } from "./forgeries.ts";
import { concat } from "./key-packages.ts";
import {
  flip,
  groupInfoVector,
  hex,
  identityOf,
  joins,
  type Membership,
  type Newcomer,
  NOW,
} from "./stating.ts";
import { join, type Story, text } from "./story.ts";

/** welcomeVectors are those of step `member` that end with the Welcome. */
export async function welcomeVectors(story: Story): Promise<MlsVector[]> {
  const { carol, dave, carolsKeys, davesKeys } = story;
  const { welcome } = dave.membership;
  const crowd = await crowded();
  const exact = (id: string, bytes: Uint8Array) =>
    joins({ id: `welcome-${id}`, rule: "exact-decoding" }, bytes, davesKeys, "malformed");
  const refused = (id: string, bytes: Uint8Array, newcomer: Newcomer = davesKeys, comment = "") =>
    joins({ id: `welcome-${id}`, rule: "welcome-check", comment }, bytes, newcomer, "welcome");
  const mixed: Newcomer = {
    own: { ...davesKeys.own, secret: carolsKeys.own.secret },
  };
  const stranger = await withStranger(story);
  const skipping = await welcomeWithSkippedMember();
  return [
    joins(
      { id: "joins", rule: "welcome" },
      carol.membership.welcome,
      carolsKeys,
      carol.membership.joined,
    ),
    joins({ id: "joins-alone", rule: "welcome" }, welcome, davesKeys, dave.membership.joined),
    joins(
      {
        id: "joins-crowd",
        rule: "tree-check",
        comment:
          "of nine; leaf 7 is unmerged at node 11 and no more at the root, which some libraries take for an error",
      },
      crowd.welcome,
      crowd.newcomer,
      crowd.joined,
    ),
    joins(
      {
        id: "welcome-with-skipped-member",
        rule: "tree-check",
        comment:
          "leaf 0 made node 3 by a path that leaves out leaf 1, which node 3 does not list: leaf 1 lacks its key",
      },
      skipping.welcome,
      skipping.newcomer,
      "welcome",
    ),
    exact("empty", new Uint8Array()),
    exact("half", welcome.subarray(0, welcome.length >> 1)),
    exact("one-byte-less", welcome.subarray(0, -1)),
    exact("one-byte-more", concat(welcome, Uint8Array.of(0))),
    joins(
      { id: "welcome-suite-3", rule: "ciphersuite" },
      welcome.map((byte, index) => (index === 5 ? 3 : byte)),
      davesKeys,
      "ciphersuite",
    ),
    refused("of-another-key-package", welcome, carolsKeys),
    refused("other-private-keys", welcome, mixed, "the KeyPackage of Dave, the keys of Carol"),
    refused("group-secrets", flip(welcome, GROUP_SECRETS)),
    refused("group-info", flip(welcome, -1)),
    joins(
      {
        id: "welcome-with-stranger",
        rule: "credential",
        comment: "another new member of the same commit has the credential of Bob, and not his key",
      },
      stranger,
      davesKeys,
      "welcome",
    ),
  ];
}

/** groupInfoVectors are all of step `group-info`. */
export async function groupInfoVectors({ groupInfo, later }: Story): Promise<MlsVector[]> {
  const rule = "external-pub";
  const info = groupInfoVector;
  const decodedInfo = readGroupInfo(groupInfo);
  const decoded = {
    group_id: hex(decodedInfo.groupContext.groupId),
    epoch: String(decodedInfo.groupContext.epoch),
    external_pub: hex(externalPub(decodedInfo)),
  };
  const suite = await deterministicSuite(text("qpc mls group info 1"));
  const state = decodeState(later.alice.encode()).group;
  const bare = await createGroupInfoWithExternalPubAndRatchetTree(state, [], suite);
  const without = encodeMlsMessage({
    version: "mls10",
    wireformat: "mls_group_info",
    groupInfo: bare,
  });
  return [
    info({ id: "good", rule }, groupInfo, decoded),
    info(
      {
        id: "bare-key",
        rule,
        comment: "the extension holds the 32 bytes of the key without their length",
      },
      without,
      "group-info",
    ),
    info({ id: "signature", rule: "group-info-check" }, flip(groupInfo, -1), "group-info"),
    info({ id: "half", rule: "exact-decoding" }, groupInfo.subarray(0, 200), "malformed"),
    info(
      { id: "one-byte-more", rule: "exact-decoding" },
      concat(groupInfo, Uint8Array.of(0)),
      "malformed",
    ),
  ];
}

/** MLSMessage header 4, suite 2, length 2, ref 33, length of the key 1 and the key 32, length 2. */
const GROUP_SECRETS = 4 + 2 + 2 + 33 + 33 + 2;

/** crowded is a group of nine whose tree has an unmerged leaf that the root knows no more. */
async function crowded(): Promise<Membership> {
  const suite = await deterministicSuite(text("qpc mls crowd 1"));
  const mls = await createMls({ suite, now: () => NOW });
  const newcomers: Newcomer[] = [];
  for (let index = 1; index <= 8; index++) {
    const identity = identityOf(`crowd ${index}`);
    newcomers.push({ own: await mls.generateKeyPackage(identity, NOW) });
  }
  const packages = newcomers.map(({ own }) => own.keyPackage);
  const creator = await mls.createGroup(text("a crowd"), identityOf("crowd 0"), NOW);
  const founding = await creator.commit({ add: packages.slice(0, 6) });
  let zero = founding.merge(creator);
  const [, , , fourth, , , , ninth] = newcomers;
  if (fourth === undefined || ninth === undefined) throw new Error("nobody is there");
  const four = (await join(mls, founding, fourth)).member;
  const renewal = await four.commit();
  zero = (await zero.receive(renewal.message)).next;
  const eighth = await zero.commit({ add: packages.slice(6, 7) });
  zero = eighth.merge(zero);
  const last = await zero.commit({ add: [ninth.own.keyPackage] });
  return (await join(mls, last, ninth)).membership;
}

/** withStranger is a Welcome for Dave by a commit that also adds a leaf with the name of another. */
async function withStranger({ davesKeys, first }: Story): Promise<Uint8Array> {
  const suite = await deterministicSuite(text("qpc mls stranger 1"));
  const { publicKey, privateKey } = identityOf("stranger");
  const begin = BigInt(NOW / 1000);
  const { publicPackage } = await generateKeyPackageWithKey(
    basicCredential(identityOf("bob").publicKey),
    CAPABILITIES,
    { notBefore: begin, notAfter: begin + 86_400n },
    [],
    { signKey: privateKey, publicKey },
    suite,
  );
  // Alice looks at no credential.
  const clientConfig = { ...CLIENT_CONFIG, authService: defaultAuthenticationService };
  const group = { ...decodeState(first.alice.encode()).group, clientConfig };
  const proposals = [publicPackage, readKeyPackage(davesKeys.own.keyPackage)].map(
    (keyPackage): ProposalOrRef => ({
      proposalOrRefType: "proposal",
      proposal: { proposalType: "add", add: { keyPackage } },
    }),
  );
  const { welcome } = await makeCommit(group, proposals, suite);
  if (welcome === undefined) throw new Error("nobody was added");
  return welcome;
}
