// crypto-basics.json and psk_secret.json: the labelled functions of RFC 9420 sections 5.1, 5.2, 8 and 9,
// and the chain of pre-shared keys of section 8.4.

import assert from "node:assert/strict";
import { refhash } from "ts-mls/crypto/hash.js";
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js";
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js";
import { computePskSecret, type PreSharedKeyID } from "ts-mls/presharedkey.js";
import { equal, hex } from "../case.ts";
import { ciphersuite, signatureKey } from "./ciphersuite.ts";

interface CryptoBasics {
  readonly cipher_suite: number;
  readonly ref_hash: { readonly label: string; readonly value: string; readonly out: string };
  readonly expand_with_label: {
    readonly secret: string;
    readonly label: string;
    readonly context: string;
    readonly length: number;
    readonly out: string;
  };
  readonly derive_secret: { readonly secret: string; readonly label: string; readonly out: string };
  readonly derive_tree_secret: {
    readonly secret: string;
    readonly label: string;
    readonly generation: number;
    readonly length: number;
    readonly out: string;
  };
  readonly sign_with_label: {
    readonly priv: string;
    readonly pub: string;
    readonly content: string;
    readonly label: string;
    readonly signature: string;
  };
  readonly encrypt_with_label: {
    readonly priv: string;
    readonly pub: string;
    readonly label: string;
    readonly context: string;
    readonly plaintext: string;
    readonly kem_output: string;
    readonly ciphertext: string;
  };
}

export async function checkCryptoBasics(vector: CryptoBasics): Promise<void> {
  const suite = await ciphersuite(vector.cipher_suite);
  const { hash, kdf, signature, hpke } = suite;

  const ref = vector.ref_hash;
  equal(await refhash(ref.label, hex(ref.value), hash), ref.out, "RefHash");

  const expand = vector.expand_with_label;
  const context = hex(expand.context);
  equal(
    await expandWithLabel(hex(expand.secret), expand.label, context, expand.length, kdf),
    expand.out,
    "ExpandWithLabel",
  );

  const derive = vector.derive_secret;
  equal(await deriveSecret(hex(derive.secret), derive.label, kdf), derive.out, "DeriveSecret");

  const tree = vector.derive_tree_secret;
  equal(
    await deriveTreeSecret(hex(tree.secret), tree.label, tree.generation, tree.length, kdf),
    tree.out,
    "DeriveTreeSecret",
  );

  const sign = vector.sign_with_label;
  const content = hex(sign.content);
  for (const made of [
    hex(sign.signature),
    await signWithLabel(signatureKey(suite, sign.priv), sign.label, content, signature),
  ]) {
    assert.ok(await verifyWithLabel(hex(sign.pub), sign.label, content, made, signature), "sign");
  }

  const encrypt = vector.encrypt_with_label;
  const own = await encryptWithLabel(
    await hpke.importPublicKey(hex(encrypt.pub)),
    encrypt.label,
    hex(encrypt.context),
    hex(encrypt.plaintext),
    hpke,
  );
  const given = { enc: hex(encrypt.kem_output), ct: hex(encrypt.ciphertext) };
  for (const { enc, ct } of [given, own]) {
    const key = await hpke.importPrivateKey(hex(encrypt.priv));
    const plaintext = await decryptWithLabel(
      key,
      encrypt.label,
      hex(encrypt.context),
      enc,
      ct,
      hpke,
    );
    equal(plaintext, encrypt.plaintext, "EncryptWithLabel");
  }
}

interface PskSecret {
  readonly cipher_suite: number;
  readonly psks: readonly {
    readonly psk_id: string;
    readonly psk: string;
    readonly psk_nonce: string;
  }[];
  readonly psk_secret: string;
}

export async function checkPskSecret(vector: PskSecret): Promise<void> {
  const psks = vector.psks.map(({ psk_id, psk, psk_nonce }): [PreSharedKeyID, Uint8Array] => [
    { psktype: "external", pskId: hex(psk_id), pskNonce: hex(psk_nonce) },
    hex(psk),
  ]);
  const secret = await computePskSecret(psks, await ciphersuite(vector.cipher_suite));
  equal(secret, vector.psk_secret, "psk_secret");
}
