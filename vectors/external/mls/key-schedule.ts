// key-schedule.json, transcript-hashes.json and secret-tree.json: RFC 9420 sections 8, 8.2, 9 and 6.3.2.

import assert from "node:assert/strict";
import { defaultKeyRetentionConfig, type GroupContext, mlsExporter } from "ts-mls";
import { decodeAuthenticatedContent } from "ts-mls/authenticatedContent.js";
import { encodeGroupContext } from "ts-mls/groupContext.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import {
  createSecretTree,
  deriveKey,
  deriveNonce,
  type GenerationSecret,
  ratchetUntil,
} from "ts-mls/secretTree.js";
import { expandSenderDataKey, expandSenderDataNonce } from "ts-mls/sender.js";
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { equal, hex } from "../case.ts";
import { ciphersuite } from "./ciphersuite.ts";
import { decode } from "./decode.ts";

interface Epoch {
  readonly tree_hash: string;
  readonly commit_secret: string;
  readonly psk_secret: string;
  readonly confirmed_transcript_hash: string;
  readonly group_context: string;
  readonly joiner_secret: string;
  readonly welcome_secret: string;
  readonly init_secret: string;
  readonly sender_data_secret: string;
  readonly encryption_secret: string;
  readonly exporter_secret: string;
  readonly epoch_authenticator: string;
  readonly external_secret: string;
  readonly confirmation_key: string;
  readonly membership_key: string;
  readonly resumption_psk: string;
  readonly external_pub: string;
  readonly exporter: {
    readonly label: string;
    readonly context: string;
    readonly length: number;
    readonly secret: string;
  };
}

interface KeySchedule {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly initial_init_secret: string;
  readonly epochs: readonly Epoch[];
}

export async function checkKeySchedule(vector: KeySchedule): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  let initSecret = hex(vector.initial_init_secret);
  for (const [number, epoch] of vector.epochs.entries()) {
    const context: GroupContext = {
      version: "mls10",
      cipherSuite: suite.name,
      groupId: hex(vector.group_id),
      epoch: BigInt(number),
      treeHash: hex(epoch.tree_hash),
      confirmedTranscriptHash: hex(epoch.confirmed_transcript_hash),
      extensions: [],
    };
    equal(encodeGroupContext(context), epoch.group_context, "group_context");
    const { keySchedule, joinerSecret, welcomeSecret, encryptionSecret } = await initializeEpoch(
      initSecret,
      hex(epoch.commit_secret),
      context,
      hex(epoch.psk_secret),
      suite.kdf,
    );
    equal(joinerSecret, epoch.joiner_secret, "joiner_secret");
    equal(welcomeSecret, epoch.welcome_secret, "welcome_secret");
    equal(encryptionSecret, epoch.encryption_secret, "encryption_secret");
    equal(keySchedule.initSecret, epoch.init_secret, "init_secret");
    equal(keySchedule.senderDataSecret, epoch.sender_data_secret, "sender_data_secret");
    equal(keySchedule.exporterSecret, epoch.exporter_secret, "exporter_secret");
    equal(keySchedule.epochAuthenticator, epoch.epoch_authenticator, "epoch_authenticator");
    equal(keySchedule.externalSecret, epoch.external_secret, "external_secret");
    equal(keySchedule.confirmationKey, epoch.confirmation_key, "confirmation_key");
    equal(keySchedule.membershipKey, epoch.membership_key, "membership_key");
    equal(keySchedule.resumptionPsk, epoch.resumption_psk, "resumption_psk");
    const { publicKey } = await suite.hpke.deriveKeyPair(keySchedule.externalSecret);
    equal(await suite.hpke.exportPublicKey(publicKey), epoch.external_pub, "external_pub");
    const { label, context: exported, length, secret } = epoch.exporter;
    equal(
      await mlsExporter(keySchedule.exporterSecret, label, hex(exported), length, suite),
      secret,
      "exporter",
    );
    initSecret = keySchedule.initSecret;
  }
}

interface TranscriptHashes {
  readonly cipher_suite: number;
  readonly confirmation_key: string;
  readonly authenticated_content: string;
  readonly interim_transcript_hash_before: string;
  readonly confirmed_transcript_hash_after: string;
  readonly interim_transcript_hash_after: string;
}

export async function checkTranscriptHashes(vector: TranscriptHashes): Promise<void> {
  const { hash } = await ciphersuite(vector.cipher_suite);
  const { wireformat, content, auth } = decode(
    decodeAuthenticatedContent,
    vector.authenticated_content,
  );
  assert.ok(content.contentType === "commit" && auth.contentType === "commit", "no commit");
  const { signature, confirmationTag } = auth;
  const confirmed = await createConfirmedHash(
    hex(vector.interim_transcript_hash_before),
    { wireformat, content, signature },
    hash,
  );
  equal(confirmed, vector.confirmed_transcript_hash_after, "confirmed transcript hash");
  const interim = await createInterimHash(confirmed, confirmationTag, hash);
  equal(interim, vector.interim_transcript_hash_after, "interim transcript hash");
  const key = hex(vector.confirmation_key);
  assert.ok(await hash.verifyMac(key, confirmationTag, confirmed), "confirmation tag");
}

interface Generation {
  readonly generation: number;
  readonly handshake_key: string;
  readonly handshake_nonce: string;
  readonly application_key: string;
  readonly application_nonce: string;
}

interface SecretTree {
  readonly cipher_suite: number;
  readonly encryption_secret: string;
  readonly sender_data: {
    readonly sender_data_secret: string;
    readonly ciphertext: string;
    readonly key: string;
    readonly nonce: string;
  };
  readonly leaves: readonly (readonly Generation[])[];
}

export async function checkSecretTree(vector: SecretTree): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  const { sender_data_secret, ciphertext, key, nonce } = vector.sender_data;
  const [secret, sample] = [hex(sender_data_secret), hex(ciphertext)];
  equal(await expandSenderDataKey(suite, secret, sample), key, "sender data key");
  equal(await expandSenderDataNonce(suite, secret, sample), nonce, "sender data nonce");

  const root = hex(vector.encryption_secret);
  const tree = await createSecretTree(vector.leaves.length, root, suite.kdf);
  const check = async (from: GenerationSecret, generation: number, key: string, nonce: string) => {
    const [at] = await ratchetUntil(from, generation, defaultKeyRetentionConfig, suite.kdf);
    assert.equal(at.generation, generation);
    equal(await deriveKey(at.secret, generation, suite), key, `key ${generation}`);
    equal(await deriveNonce(at.secret, generation, suite), nonce, `nonce ${generation}`);
  };
  for (const [index, generations] of vector.leaves.entries()) {
    const ratchets = tree[leafToNodeIndex(toLeafIndex(index))];
    assert.ok(ratchets, `no ratchets of leaf ${index}`);
    for (const one of generations) {
      const { generation } = one;
      await check(ratchets.handshake, generation, one.handshake_key, one.handshake_nonce);
      await check(ratchets.application, generation, one.application_key, one.application_nonce);
    }
  }
}
