// Does a private key belong to a public one? Found out by using both.

import assert from "node:assert/strict";
import type { Hpke, Signature } from "ts-mls";

const MESSAGE = new TextEncoder().encode("does it fit?");

export async function checkHpkeKeys(
  publicKey: Uint8Array,
  privateKey: Uint8Array,
  hpke: Hpke,
): Promise<void> {
  const { enc, ct } = await hpke.seal(await hpke.importPublicKey(publicKey), MESSAGE, MESSAGE);
  const opened = await hpke.open(await hpke.importPrivateKey(privateKey), enc, ct, MESSAGE);
  assert.deepEqual(opened, MESSAGE);
}

export async function checkSignatureKeys(
  publicKey: Uint8Array,
  privateKey: Uint8Array,
  signature: Signature,
): Promise<void> {
  const signed = await signature.sign(privateKey, MESSAGE);
  assert.ok(await signature.verify(publicKey, MESSAGE, signed), "the signature keys do not fit");
}
