// welcome.json: opening a Welcome without a tree, RFC 9420 section 12.4.3.1.

import assert from "node:assert/strict";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { hex } from "../case.ts";
import { ciphersuite } from "./ciphersuite.ts";
import { decodeMessage } from "./decode.ts";

interface Welcome {
  readonly cipher_suite: number;
  readonly init_priv: string;
  readonly signer_pub: string;
  readonly key_package: string;
  readonly welcome: string;
}

export async function checkWelcome(vector: Welcome): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  const { keyPackage } = decodeMessage(vector.key_package, "mls_key_package");
  const { welcome } = decodeMessage(vector.welcome, "mls_welcome");
  const ref = await makeKeyPackageRef(keyPackage, suite.hash);
  const key = await suite.hpke.importPrivateKey(hex(vector.init_priv));
  const secrets = await decryptGroupSecrets(key, ref, welcome, suite.hpke);
  assert.ok(secrets, "no group secrets");
  const noPsk = new Uint8Array(suite.kdf.size);
  const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite);
  assert.ok(info, "no group info");
  const { joinerSecret } = secrets;
  assert.ok(await verifyGroupInfoConfirmationTag(info, joinerSecret, noPsk, suite), "tag");
  const signer = hex(vector.signer_pub);
  assert.ok(await verifyGroupInfoSignature(info, signer, suite.signature), "signature");
}
