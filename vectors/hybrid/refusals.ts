// Keys that nothing is sealed for, and envelopes that do not open. Spec: crypto/hybrid-envelope.md.

import { concat } from "../bytes.ts";
import type { HybridVector } from "../format.ts";
import { type Deviation, fixed, type Sealing, sealByHand } from "./sealing.ts";
import { accepted, rejected } from "./stating.ts";

/** keyRefusals are changes of a public key, and the largest coefficients that it may hold. */
export function keyRefusals(publicKey: Uint8Array): HybridVector[] {
  const refused = (name: string, bytes: Uint8Array, comment = "") =>
    rejected("check-key", name, { rule: "key-check", bytes, comment });
  const taken = (name: string, bytes: Uint8Array, comment = "") =>
    accepted("check-key", name, { rule: "key-check", bytes, outputs: {}, comment });
  return [
    taken("good", publicKey),
    taken("coefficients-3328", withCoefficients(publicKey, 3328), "q - 1, the first and the last"),
    refused("coefficients-3329", withCoefficients(publicKey, 3329), "q, the first and the last"),
    refused("first-coefficient-4095", withCoefficient(publicKey, 0, 4095)),
    refused("first-coefficient-3329", withCoefficient(publicKey, 0, 3329)),
    refused("last-coefficient-3329", withCoefficient(publicKey, 767, 3329)),
    refused("empty", new Uint8Array(0)),
    refused("one-byte-less", publicKey.slice(0, -1)),
    refused("one-byte-more", concat(publicKey, Uint8Array.of(0))),
    refused("encapsulation-key-alone", publicKey.slice(32)),
    refused("halves-swapped", concat(publicKey.slice(32), publicKey.slice(0, 32))),
    ...LOW_ORDER.map(([name, point]) =>
      refused(`low-order-${name}`, concat(point, publicKey.slice(32))),
    ),
  ];
}

/** openRefusals are faults of one envelope; each is sealed anew where the tag would find it first. */
export function openRefusals(privateKey: Uint8Array, sealing: Sealing): HybridVector[] {
  const { envelope } = sealByHand(sealing);
  const refused = (name: string, rule: string, bytes: Uint8Array, changes: Changes = {}) => {
    const inputs = { private_key: changes.privateKey ?? privateKey, aad: changes.aad ?? NOTHING };
    return rejected("open", name, { rule, bytes, inputs, comment: changes.comment ?? "" });
  };
  const sealedWith = (name: string, rule: string, deviation: Deviation, comment = "") =>
    refused(name, rule, sealByHand(sealing, deviation).envelope, { comment });
  const cut = (length: number) =>
    refused(
      `first-${length}-bytes`,
      length < 1149 ? "shortest" : "tampered",
      envelope.slice(0, length),
    );
  return [
    ...FIELDS.flatMap((field) => flipped(field, privateKey, envelope)),
    ...[0, 1, 33, 1121, 1133, 1148, 1149, envelope.length - 1].map(cut),
    refused("one-byte-more", "tampered", concat(envelope, Uint8Array.of(0))),
    sealedWith(
      "version-0",
      "version",
      { version: 0 },
      "sealed with this version, so the tag is right",
    ),
    sealedWith(
      "version-2",
      "version",
      { version: 2 },
      "sealed with this version, so the tag is right",
    ),
    ...LOW_ORDER.map(([name, ephemeralPublicKey]) =>
      sealedWith(
        `low-order-${name}`,
        "zero-secret",
        { ephemeralPublicKey, x25519Secret: new Uint8Array(32) },
        "sealed with the all-zero secret, so the tag is right",
      ),
    ),
    sealedWith("ml-kem-secret-first", "key-derivation", { mlKemFirst: true }),
    sealedWith("fields-swapped", "layout", { swappedFields: true }, "ML-KEM ciphertext, then key"),
    sealedWith("header-not-bound", "header-bound", { headerBound: false }),
    sealedWith("label-of-another-name", "label", { label: "quicproquo-hybrid-v1" }),
    sealedWith("label-empty", "label", { label: "" }),
    refused("outer-aad-missing", "header-bound", sealByHand({ ...sealing, aad: OUTER }).envelope),
    refused("outer-aad-unexpected", "header-bound", envelope, { aad: OUTER }),
    refused("x25519-key-of-another", "wrong-key", envelope, {
      privateKey: concat(fixed("carol x25519"), privateKey.slice(32)),
    }),
    refused("ml-kem-key-of-another", "wrong-key", envelope, {
      privateKey: concat(privateKey.slice(0, 32), fixed("carol ml-kem", 64)),
    }),
    refused("key-of-another", "wrong-key", envelope, {
      privateKey: concat(fixed("carol x25519"), fixed("carol ml-kem", 64)),
    }),
  ];
}

interface Changes {
  readonly privateKey?: Uint8Array;
  readonly aad?: Uint8Array;
  readonly comment?: string;
}

type Field = readonly [name: string, first: number, last: number];

/** Every byte of the envelope of "hello" is in one of them. */
const FIELDS: readonly Field[] = [
  ["version", 0, 0],
  ["ephemeral-key", 1, 32],
  ["ml-kem-ciphertext", 33, 1120],
  ["nonce", 1121, 1132],
  ["ciphertext", 1133, 1137],
  ["tag", 1138, 1153],
];

function flipped([name, first, last]: Field, privateKey: Uint8Array, envelope: Uint8Array) {
  return [0x01, 0x80].map((mask) =>
    rejected("open", `flipped-${name}-${mask}`, {
      rule: name === "version" ? "version" : "tampered",
      bytes: envelope,
      inputs: { private_key: privateKey, aad: NOTHING },
      flips: { first, last, mask },
    }),
  );
}

function withCoefficients(publicKey: Uint8Array, value: number): Uint8Array {
  return withCoefficient(withCoefficient(publicKey, 0, value), 767, value);
}

/** withCoefficient puts a 12-bit number into the encapsulation key (FIPS 203, ByteEncode). */
function withCoefficient(publicKey: Uint8Array, index: number, value: number): Uint8Array {
  const changed = publicKey.slice();
  const at = 32 + (index >> 1) * 3;
  const [a = 0, b = 0, c = 0] = publicKey.subarray(at, at + 3);
  if (index % 2 === 0) changed.set([value & 255, (b & 0xf0) | (value >> 8), c], at);
  else changed.set([a, (b & 15) | ((value & 15) << 4), value >> 4], at);
  return changed;
}

/** Points with which X25519 gives zero whatever the private key, under RFC 7748's little-endian form. */
const LOW_ORDER = (
  [
    ["0", `00${"00".repeat(31)}`],
    ["1", `01${"00".repeat(31)}`],
    ["order-8-a", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
    ["order-8-b", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"],
    ["p-minus-1", `ec${"ff".repeat(30)}7f`],
    ["p", `ed${"ff".repeat(30)}7f`],
    ["p-plus-1", `ee${"ff".repeat(30)}7f`],
    ["0-high-bit", `${"00".repeat(31)}80`],
  ] as const
).map(([name, digits]) => [name, Uint8Array.from(Buffer.from(digits, "hex"))] as const);

const NOTHING = new Uint8Array(0);
const OUTER = new TextEncoder().encode("a conversation");
