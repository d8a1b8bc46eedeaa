// The proof that other messages carry. Spec: services/kt.md.

import { bytesField } from "../protobuf-writer.ts";
import { bytes, type Message, repeated, uint64 } from "./message-vectors.ts";

/** inclusionProof is of leaf 2 in a log of 3: one sibling, with hashes that only look like hashes. */
export const inclusionProof: Message = {
  name: "InclusionProof",
  fields: [
    uint64(1, "leaf_index", 2n),
    uint64(2, "tree_size", 3n),
    bytes(3, "leaf_hash", "81".repeat(32)),
    repeated(4, "audit_path", ["82".repeat(32)].map(sibling)),
    bytes(5, "root", "83".repeat(32)),
    uint64(6, "timestamp_ms", 1_700_000_000_000n),
  ],
};

function sibling(hex: string) {
  return { hex: bytesField(4, hex), decoded: { hex } };
}
