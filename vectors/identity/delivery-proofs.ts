// identity/delivery-proofs.json: receipts of a server, and receipts with one fault. Spec: crypto/identity.md.

import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat, hex } from "../bytes.ts";
import type { DeliveryProofVector, VectorFile } from "../format.ts";
import { cofactorlessFaults } from "./forgeries.ts";
import { type Receipt, signedBy, statement, uint64 } from "./receipt.ts";

/** deliveryProofs is identity/delivery-proofs.json. */
export function deliveryProofs(): VectorFile<DeliveryProofVector> {
  return {
    schema: "schema/delivery-proofs.schema.json",
    topic: "identity/delivery-proofs",
    spec: "spec/crypto/identity.md",
    vectors: [
      accepted("channel", HELLO),
      accepted("default-queue", { ...HELLO, channelId: NOTHING }),
      accepted("empty-payload", { ...HELLO, payload: NOTHING }),
      accepted("largest-numbers", { ...HELLO, seq: 2n ** 64n - 1n, timeMs: 2n ** 64n - 1n }),
      accepted("zeros", { ...HELLO, seq: 0n, timeMs: 0n }),
      ...lengths(),
      ...otherDeliveries(),
      ...otherSignatures(),
      ...cofactorlessFaults(HELLO).map(({ name, comment, serverKey, proof }) =>
        rejected(name, "signature", HELLO, proof, { serverKey, comment, rule: STRICT }),
      ),
    ],
  };
}

const NOTHING = new Uint8Array(0);
const RULE = "identity.delivery-proof";
const LENGTH = "identity.delivery-proof-length";
const STRICT = "identity.strict-verification";
const SERVER = fill(32, 9);
const SERVER_KEY = nobleBackend.ed25519.publicKey(SERVER);

const HELLO: Receipt = {
  recipientKey: nobleBackend.ed25519.publicKey(fill(32, 2)),
  channelId: fill(16, 0xcc),
  seq: 1n,
  payload: ascii("hello"),
  timeMs: 1_700_000_000_000n,
};
const PROOF = signedBy(SERVER, HELLO);

function lengths(): DeliveryProofVector[] {
  const refused = (name: string, proof: Uint8Array) =>
    rejected(name, "length", HELLO, proof, { rule: LENGTH });
  return [
    refused("one-byte", PROOF.slice(0, 1)),
    refused("signature-alone", PROOF.slice(8)),
    refused("one-byte-less", PROOF.slice(0, 71)),
    refused("one-byte-more", Uint8Array.of(...PROOF, 0)),
  ];
}

/** otherDeliveries are good proofs that are shown for something else. */
function otherDeliveries(): DeliveryProofVector[] {
  const other = (name: string, change: Partial<Receipt>, comment = "") =>
    rejected(name, "signature", { ...HELLO, ...change }, PROOF, { comment });
  const moved = concat(HELLO.channelId, HELLO.recipientKey);
  return [
    other("other-payload", { payload: ascii("hallo") }),
    other("other-recipient", { recipientKey: nobleBackend.ed25519.publicKey(fill(32, 1)) }),
    other("other-channel", { channelId: fill(16, 0xcd) }),
    other("no-channel", { channelId: NOTHING }),
    other("other-seq", { seq: 2n }),
    other("seq-little-endian", { seq: 1n << 56n }),
    other("recipient-from-channel", { channelId: NOTHING, recipientKey: moved.slice(0, 32) }),
  ];
}

function otherSignatures(): DeliveryProofVector[] {
  const refused = (name: string, proof: Uint8Array, changes: Changes = {}) =>
    rejected(name, "signature", HELLO, proof, changes);
  const flipped = (at: number) => PROOF.with(at, (PROOF[at] ?? 0) ^ 1);
  const foreign = nobleBackend.ed25519.publicKey(fill(32, 8));
  return [
    refused("time-one-less", concat(uint64(HELLO.timeMs - 1n), PROOF.slice(8))),
    refused("flipped-time", flipped(0)),
    refused("flipped-r", flipped(8)),
    refused("flipped-s", flipped(40)),
    refused("zero-signature", concat(PROOF.slice(0, 8), fill(64, 0))),
    refused("key-of-another-server", PROOF, { serverKey: foreign }),
    refused("signed-without-label", signedBy(SERVER, HELLO, { label: "" })),
    refused("signed-payload-itself", signedBy(SERVER, HELLO, { digest: HELLO.payload })),
    refused("signed-without-length", signedBy(SERVER, HELLO, { channelLength: false })),
  ];
}

interface Changes {
  readonly serverKey?: Uint8Array;
  readonly comment?: string;
  readonly rule?: string;
}

function accepted(name: string, receipt: Receipt): DeliveryProofVector {
  const decoded = { time_ms: String(receipt.timeMs), statement: hex(statement(receipt)) };
  const verdict = { expect: "accept", stage: null, decoded } as const;
  return vector(name, receipt, signedBy(SERVER, receipt), verdict, {});
}

function rejected(
  name: string,
  stage: "length" | "signature",
  receipt: Receipt,
  proof: Uint8Array,
  changes: Changes,
): DeliveryProofVector {
  return vector(name, receipt, proof, { expect: "reject", stage, decoded: null }, changes);
}

function vector(
  name: string,
  { recipientKey, channelId, seq, payload }: Receipt,
  proof: Uint8Array,
  { expect, stage, decoded }: Pick<DeliveryProofVector, "expect" | "stage" | "decoded">,
  { serverKey = SERVER_KEY, comment = "", rule = RULE }: Changes,
): DeliveryProofVector {
  return {
    id: `identity.delivery-proof.${name}`,
    rule,
    expect,
    stage,
    bytes: hex(proof),
    signing_key: hex(serverKey),
    recipient_key: hex(recipientKey),
    channel_id: hex(channelId),
    seq: String(seq),
    payload: hex(payload),
    decoded,
    comment,
  };
}

function fill(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function ascii(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
