// The vectors of transparency-dev/merkle for the verifiers of RFC 9162: good proofs and broken ones. A
// file is a case.

import assert from "node:assert/strict";
import { verifyConsistency, verifyInclusion } from "../../src/crypto/kt/verify.ts";
import { type CasesOf, textOf, type VectorFile } from "./case.ts";

interface Proof {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
}

interface InclusionVector extends Proof {
  readonly leafIdx: string;
  readonly treeSize: string;
  readonly leafHash: string;
  readonly root: string;
}

interface ConsistencyVector extends Proof {
  readonly size1: string;
  readonly size2: string;
  readonly root1: string;
  readonly root2: string;
}

export const inclusionCases = proofsOf((vector: InclusionVector) =>
  verifyInclusion({
    leafIndex: BigInt(vector.leafIdx),
    treeSize: BigInt(vector.treeSize),
    leafHash: bytes(vector.leafHash),
    auditPath: (vector.proof ?? []).map(bytes),
    root: bytes(vector.root),
  }),
);

export const consistencyCases = proofsOf((vector: ConsistencyVector) =>
  verifyConsistency({
    oldSize: BigInt(vector.size1),
    newSize: BigInt(vector.size2),
    oldRoot: bytes(vector.root1),
    newRoot: bytes(vector.root2),
    path: (vector.proof ?? []).map(bytes),
  }),
);

function proofsOf<V extends Proof>(verify: (vector: V) => boolean): CasesOf {
  return (files) =>
    files.map((file) => ({
      name: file.path,
      check() {
        const vector: V = JSON.parse(quoteSizes(file));
        assert.equal(typeof vector.wantErr, "boolean");
        assert.equal(verify(vector), !vector.wantErr, vector.desc);
      },
    }));
}

// The sizes go up to 2^64 - 1, which JSON.parse would round.
function quoteSizes(file: VectorFile): string {
  const numbers = /"(leafIdx|treeSize|size1|size2)":\s*(\d+)/g;
  return textOf(file).replace(numbers, '"$1": "$2"');
}

function bytes(base64: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(base64 ?? "", "base64"));
}
