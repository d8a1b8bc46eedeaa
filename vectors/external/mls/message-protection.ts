// message-protection.json: PublicMessage and PrivateMessage, RFC 9420 section 6. The sender is always the
// member with leaf index 1 of a group of two.

import assert from "node:assert/strict";
import {
  type CiphersuiteImpl,
  defaultCapabilities,
  defaultKeyRetentionConfig,
  defaultPaddingConfig,
  type GroupContext,
  type PrivateMessage,
  type PublicMessage,
  type RatchetTree,
} from "ts-mls";
import type { AuthenticatedContent } from "ts-mls/authenticatedContent.js";
import { decodeCommit, encodeCommit } from "ts-mls/commit.js";
import {
  createContentCommitSignature,
  type FramedContentInfo,
  signFramedContentApplicationOrProposal,
  toTbs,
} from "ts-mls/framedContent.js";
import { protect, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { protectPublicMessage, unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { decodeProposal, encodeProposal } from "ts-mls/proposal.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { equal, hex } from "../case.ts";
import { ciphersuite, signatureKey } from "./ciphersuite.ts";
import { decode, decodeMessage } from "./decode.ts";

interface MessageProtection {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly tree_hash: string;
  readonly confirmed_transcript_hash: string;
  readonly signature_priv: string;
  readonly signature_pub: string;
  readonly encryption_secret: string;
  readonly sender_data_secret: string;
  readonly membership_key: string;
  readonly proposal: string;
  readonly proposal_pub: string;
  readonly proposal_priv: string;
  readonly commit: string;
  readonly commit_pub: string;
  readonly commit_priv: string;
  readonly application: string;
  readonly application_priv: string;
}

const NOTHING = new Uint8Array(0);
const SENDER = { senderType: "member", leafIndex: 1 } as const;

/** Only that the sender's leaf is there matters; its key is given with each call. */
const TREE: RatchetTree = [
  undefined,
  undefined,
  {
    nodeType: "leaf",
    leaf: {
      leafNodeSource: "commit",
      hpkePublicKey: NOTHING,
      signaturePublicKey: NOTHING,
      capabilities: defaultCapabilities(),
      parentHash: NOTHING,
      extensions: [],
      signature: NOTHING,
      credential: { credentialType: "basic", identity: NOTHING },
    },
  },
];

export async function checkMessageProtection(vector: MessageProtection): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  const member = new Member(vector, suite);
  const proposal = decode(decodeProposal, vector.proposal);
  const commit = decode(decodeCommit, vector.commit);
  const cases = [
    [{ contentType: "proposal", proposal }, vector.proposal, "proposal"],
    [{ contentType: "commit", commit }, vector.commit, "commit"],
  ] as const;
  for (const [content, raw, kind] of cases) {
    const { publicMessage } = decodeMessage(vector[`${kind}_pub`], "mls_public_message");
    const { privateMessage } = decodeMessage(vector[`${kind}_priv`], "mls_private_message");
    equal(rawOf(await member.openPublic(publicMessage)), raw, `${kind}_pub`);
    equal(rawOf(await member.openPrivate(privateMessage)), raw, `${kind}_priv`);
    const shown = await member.sealPublic(content);
    equal(rawOf(await member.openPublic(shown)), raw, `own public ${kind}`);
    const hidden = await member.sealPrivate(content);
    equal(rawOf(await member.openPrivate(hidden)), raw, `own private ${kind}`);
  }
  const application: FramedContentInfo = {
    contentType: "application",
    applicationData: hex(vector.application),
  };
  const { privateMessage } = decodeMessage(vector.application_priv, "mls_private_message");
  const opened = await member.openPrivate(privateMessage);
  equal(rawOf(opened), vector.application, "application_priv");
  const hidden = await member.sealPrivate(application);
  equal(rawOf(await member.openPrivate(hidden)), vector.application, "own private application");
  await assert.rejects(member.sealPublic(application), "a public application message was made");
}

function rawOf({ content }: AuthenticatedContent): Uint8Array {
  assert.deepEqual(content.sender, SENDER, "sender");
  switch (content.contentType) {
    case "proposal":
      return encodeProposal(content.proposal);
    case "commit":
      return encodeCommit(content.commit);
    case "application":
      return content.applicationData;
  }
}

/** Member seals and opens with the keys of the vector. */
class Member {
  readonly #keys: Record<
    "sign" | "verify" | "membership" | "encryption" | "senderData",
    Uint8Array
  >;
  readonly #context: GroupContext;
  readonly #suite: CiphersuiteImpl;

  constructor(vector: MessageProtection, suite: CiphersuiteImpl) {
    this.#suite = suite;
    this.#keys = {
      sign: signatureKey(suite, vector.signature_priv),
      verify: hex(vector.signature_pub),
      membership: hex(vector.membership_key),
      encryption: hex(vector.encryption_secret),
      senderData: hex(vector.sender_data_secret),
    };
    this.#context = {
      version: "mls10",
      cipherSuite: suite.name,
      groupId: hex(vector.group_id),
      epoch: BigInt(vector.epoch),
      treeHash: hex(vector.tree_hash),
      confirmedTranscriptHash: hex(vector.confirmed_transcript_hash),
      extensions: [],
    };
  }

  openPublic(message: PublicMessage): Promise<AuthenticatedContent> {
    const { membership, verify } = this.#keys;
    return unprotectPublicMessage(membership, this.#context, TREE, message, this.#suite, verify);
  }

  async openPrivate(message: PrivateMessage): Promise<AuthenticatedContent> {
    const { content } = await unprotectPrivateMessage(
      this.#keys.senderData,
      message,
      await this.#secretTree(),
      TREE,
      this.#context,
      defaultKeyRetentionConfig,
      this.#suite,
      this.#keys.verify,
    );
    return content;
  }

  async sealPublic(info: FramedContentInfo): Promise<PublicMessage> {
    const content = await this.#sign("mls_public_message", info);
    return protectPublicMessage(this.#keys.membership, this.#context, content, this.#suite);
  }

  async sealPrivate(info: FramedContentInfo): Promise<PrivateMessage> {
    const { auth } = await this.#sign("mls_private_message", info);
    const tree = await this.#secretTree();
    const { privateMessage } = await protect(
      this.#keys.senderData,
      NOTHING,
      this.#context,
      tree,
      // The type cannot tell that auth is of the same kind as the content.
      { ...info, auth } as Parameters<typeof protect>[4],
      SENDER.leafIndex,
      defaultPaddingConfig,
      this.#suite,
    );
    return privateMessage;
  }

  #secretTree() {
    return createSecretTree(2, this.#keys.encryption, this.#suite.kdf);
  }

  async #sign(
    wireformat: AuthenticatedContent["wireformat"],
    info: FramedContentInfo,
  ): Promise<AuthenticatedContent> {
    const { groupId, epoch } = this.#context;
    const content = { ...info, groupId, epoch, sender: SENDER, authenticatedData: NOTHING };
    if (content.contentType === "commit") {
      const { signature } = await createContentCommitSignature(
        this.#context,
        wireformat,
        content.commit,
        SENDER,
        NOTHING,
        this.#keys.sign,
        this.#suite.signature,
      );
      const confirmationTag = new Uint8Array(this.#suite.kdf.size);
      return { wireformat, content, auth: { contentType: "commit", signature, confirmationTag } };
    }
    const tbs = { ...toTbs(content, wireformat, this.#context), content };
    const auth = await signFramedContentApplicationOrProposal(this.#keys.sign, tbs, this.#suite);
    return { wireformat, content, auth };
  }
}
