// The three passive-client files: a client that joins by a Welcome and follows what the others do, RFC
// 9420 sections 12.4.2 and 12.4.3.

import assert from "node:assert/strict";
import {
  bytesToBase64,
  joinGroup,
  makePskIndex,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import { equal, hex } from "../case.ts";
import { ciphersuite, signatureKey } from "./ciphersuite.ts";
import { decodeMessage, decodeTree } from "./decode.ts";
import { checkHpkeKeys, checkSignatureKeys } from "./key-match.ts";

interface PassiveClient {
  readonly cipher_suite: number;
  readonly key_package: string;
  readonly signature_priv: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[];
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly initial_epoch_authenticator: string;
  readonly epochs: readonly {
    readonly proposals: readonly string[];
    readonly commit: string;
    readonly epoch_authenticator: string;
  }[];
}

export async function checkPassiveClient(vector: PassiveClient): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  const { keyPackage } = decodeMessage(vector.key_package, "mls_key_package");
  const keys = {
    initPrivateKey: hex(vector.init_priv),
    hpkePrivateKey: hex(vector.encryption_priv),
    signaturePrivateKey: signatureKey(suite, vector.signature_priv),
  };
  const { leafNode, initKey } = keyPackage;
  await checkHpkeKeys(initKey, keys.initPrivateKey, suite.hpke);
  await checkHpkeKeys(leafNode.hpkePublicKey, keys.hpkePrivateKey, suite.hpke);
  const { signaturePublicKey } = leafNode;
  await checkSignatureKeys(signaturePublicKey, keys.signaturePrivateKey, suite.signature);

  const psks = Object.fromEntries(
    vector.external_psks.map(({ psk_id, psk }) => [bytesToBase64(hex(psk_id)), hex(psk)]),
  );
  const { welcome } = decodeMessage(vector.welcome, "mls_welcome");
  const tree = vector.ratchet_tree === null ? undefined : decodeTree(vector.ratchet_tree);
  const index = makePskIndex(undefined, psks);
  let state = await joinGroup(welcome, keyPackage, keys, index, suite, tree);
  const authenticator = () => state.keySchedule.epochAuthenticator;
  equal(authenticator(), vector.initial_epoch_authenticator, "initial_epoch_authenticator");

  for (const [number, epoch] of vector.epochs.entries()) {
    for (const text of [...epoch.proposals, epoch.commit]) {
      const message = decodeMessage(text, "mls_private_message", "mls_public_message");
      const index = makePskIndex(state, psks);
      const result =
        message.wireformat === "mls_private_message"
          ? await processPrivateMessage(state, message.privateMessage, index, suite)
          : await processPublicMessage(state, message.publicMessage, index, suite);
      assert.ok("actionTaken" in result, "this is no handshake message");
      state = result.newState;
    }
    equal(authenticator(), epoch.epoch_authenticator, `epoch_authenticator ${number}`);
  }
}
