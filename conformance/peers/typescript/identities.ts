// The transparency log (spec/services/kt.md), safety numbers and receipts (spec/crypto/identity.md).

import {
  deliveryStatement,
  verifyDeliveryProof,
} from "../../../src/crypto/identity/delivery-proof.ts";
import { keyFingerprint } from "../../../src/crypto/identity/fingerprint.ts";
import { formatSafetyNumber, safetyNumber } from "../../../src/crypto/identity/safety-number.ts";
import { bindingEntry, type Reason, revocationEntry } from "../../../src/crypto/kt/entries.ts";
import { leafHash } from "../../../src/crypto/kt/hash.ts";
import { MerkleTree } from "../../../src/crypto/kt/tree.ts";
import { verifyConsistency, verifyInclusion } from "../../../src/crypto/kt/verify.ts";
import { type Bytes, materialise } from "../../../vectors/bytes.ts";
import { bytesOf, type Operations, Refusal, type Request, toBytes } from "./operations.ts";

export const identities: Operations = {
  "kt.entry": (request) => {
    const key = bytesOf(request, "identity_key");
    const time = BigInt(String(request.time_ms));
    const entry =
      request.kind === "binding"
        ? bindingEntry(String(request.username), key, time)
        : revocationEntry(key, request.reason as Reason, time);
    return { entry: toBytes(entry), leaf_hash: toBytes(leafHash(entry)) };
  },
  "kt.root": ({ leaves }) => {
    const tree = new MerkleTree();
    for (const leaf of leaves as readonly Bytes[]) tree.append(materialise(leaf));
    return { root: toBytes(tree.root()) };
  },
  "kt.inclusion": (request) => {
    const proof = request.proof as Request;
    const time = BigInt(String(proof.timestamp_ms));
    const key = bytesOf(request, "identity_key");
    const leaf = leafHash(bindingEntry(String(request.username), key, time));
    if (Buffer.compare(leaf, bytesOf(proof, "leaf_hash")) !== 0) refuse("leaf");
    const holds = verifyInclusion({
      leafIndex: BigInt(String(proof.leaf_index)),
      treeSize: BigInt(String(proof.tree_size)),
      leafHash: leaf,
      auditPath: (proof.audit_path as readonly Bytes[]).map(materialise),
      root: bytesOf(proof, "root"),
    });
    return holds ? {} : refuse("path");
  },
  "kt.consistency": (request) => {
    const proof = request.proof as Request;
    const holds = verifyConsistency({
      oldSize: BigInt(String(proof.old_size)),
      newSize: BigInt(String(proof.new_size)),
      oldRoot: bytesOf(proof, "old_root"),
      newRoot: bytesOf(proof, "new_root"),
      path: (proof.path as readonly Bytes[]).map(materialise),
    });
    return holds ? {} : refuse("path");
  },
  "safety-number": (request) => {
    const own = bytesOf(request, "own_key");
    const number = safetyNumber(own, bytesOf(request, "peer_key"));
    return { number, shown: formatSafetyNumber(number), fingerprint: keyFingerprint(own) };
  },
  "delivery-proof.verify": (request) => {
    const proof = bytesOf(request, "proof");
    const delivery = {
      recipientKey: bytesOf(request, "recipient_key"),
      channelId: bytesOf(request, "channel_id"),
      seq: BigInt(String(request.seq)),
      payload: bytesOf(request, "payload"),
    };
    const time = verifyDeliveryProof(proof, bytesOf(request, "signing_key"), delivery);
    const statement = deliveryStatement(delivery, proof.subarray(0, 8));
    return { time_ms: String(time), statement: toBytes(statement) };
  },
};

function refuse(stage: string): never {
  throw new Refusal({ class: "kt.mismatch", stage });
}
