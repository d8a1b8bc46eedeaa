// hybrid/envelope.json: keys, sealing with fixed randomness, opening, and envelopes with one fault. Spec:
// crypto/hybrid-envelope.md.

import { concat } from "../bytes.ts";
import type { HybridVector, VectorFile } from "../format.ts";
import { keyRefusals, openRefusals } from "./refusals.ts";
import { fixed, publicKeyOf, type Sealing, sealByHand } from "./sealing.ts";
import { accepted, type Values } from "./stating.ts";

/** hybridEnvelope is hybrid/envelope.json. */
export function hybridEnvelope(): VectorFile<HybridVector> {
  return {
    schema: "schema/hybrid.schema.json",
    topic: "hybrid/envelope",
    spec: "spec/crypto/hybrid-envelope.md",
    vectors: [
      publicKey("fill", FILL_KEY, "public-key"),
      publicKey("bob", BOB_KEY, "private-key"),
      ...keyRefusals(HELLO.publicKey),
      ...sealed("hello", FILL_KEY, HELLO, ["key-derivation", "layout"]),
      ...[0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 1024, 4096].flatMap((length) =>
        sealed(`${length}-bytes`, BOB_KEY, { ...forBob(length), plaintext: text(length) }, [
          "aead",
        ]),
      ),
      ...sealed("outer-aad", BOB_KEY, { ...forBob(0), aad: ascii("a conversation") }, [
        "header-bound",
      ]),
      highBit(),
      ...openRefusals(FILL_KEY, HELLO),
    ],
  };
}

const FILL_KEY = concat(fill(32, 1), fill(64, 2));
const BOB_KEY = concat(fixed("bob x25519"), fixed("bob ml-kem", 64));

const HELLO: Sealing = {
  publicKey: publicKeyOf(FILL_KEY),
  plaintext: ascii("hello"),
  ephemeralKey: fill(32, 3),
  m: fill(32, 4),
  nonce: fill(12, 5),
  aad: new Uint8Array(0),
};

function forBob(turn: number): Sealing {
  return {
    publicKey: publicKeyOf(BOB_KEY),
    plaintext: ascii("for Bob"),
    ephemeralKey: fixed(`ephemeral key ${turn}`),
    m: fixed(`m ${turn}`),
    nonce: fixed(`nonce ${turn}`, 12),
    aad: new Uint8Array(0),
  };
}

function publicKey(name: string, privateKey: Uint8Array, rule: string): HybridVector {
  const outputs = { public_key: publicKeyOf(privateKey) };
  return accepted("public-key", name, { rule, bytes: privateKey, outputs });
}

/** sealed states how an envelope is sealed, and that it opens. The rules are of the two. */
function sealed(
  name: string,
  privateKey: Uint8Array,
  sealing: Sealing,
  [rule, ruleOfOpen = rule]: readonly [string, string?],
): HybridVector[] {
  const { publicKey: key, plaintext, ephemeralKey, m, nonce, aad } = sealing;
  const { envelope, ...secrets } = sealByHand(sealing);
  const intermediates = named(secrets);
  const inputs = { public_key: key, aad, ephemeral_key: ephemeralKey, m, nonce };
  return [
    accepted("seal", name, {
      rule,
      bytes: plaintext,
      inputs,
      intermediates,
      outputs: { envelope },
    }),
    accepted("open", name, {
      rule: ruleOfOpen,
      bytes: envelope,
      inputs: { private_key: privateKey, aad },
      intermediates,
      outputs: { plaintext },
    }),
  ];
}

function highBit(): HybridVector {
  const sealing = forBob(1);
  const usual = sealByHand(sealing).envelope.slice(1, 33);
  const ephemeralPublicKey = usual.with(31, (usual[31] ?? 0) | 0x80);
  const { envelope, ...secrets } = sealByHand(sealing, { ephemeralPublicKey });
  return accepted("open", "high-bit-of-ephemeral-key", {
    rule: "kem",
    bytes: envelope,
    inputs: { private_key: BOB_KEY, aad: sealing.aad },
    intermediates: named(secrets),
    outputs: { plaintext: sealing.plaintext },
    comment:
      "X25519 ignores the highest bit of a public key (RFC 7748 section 5); sealed with it set",
  });
}

function named(secrets: Omit<ReturnType<typeof sealByHand>, "envelope">): Values {
  const { x25519Secret, mlKemSecret, key } = secrets;
  return { x25519_secret: x25519Secret, mlkem_secret: mlKemSecret, key };
}

/** text has the length asked for and no period of 2, 16 or 64 bytes. */
function text(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255);
}

function fill(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function ascii(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
