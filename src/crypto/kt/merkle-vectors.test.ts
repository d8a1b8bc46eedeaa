// The vectors of transparency-dev/merkle for the verifiers of RFC 9162: good proofs and broken ones.
// They are not part of the project: QPC_EXTERNAL_VECTORS names the folder that holds merkle/testdata.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { verifyConsistency, verifyInclusion } from "./verify.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const VECTORS = resolve(ROOT, process.env.QPC_EXTERNAL_VECTORS ?? "../shared/external-vectors");
const FOLDER = join(VECTORS, "merkle/testdata");

/** Number of files in either folder as published. */
const PUBLISHED = 98;

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
  readonly leafIdx: string;
  readonly treeSize: string;
  readonly leafHash: string;
  readonly root: string;
  readonly size1: string;
  readonly size2: string;
  readonly root1: string;
  readonly root2: string;
}

const absent = existsSync(FOLDER) ? false : `no vectors in ${FOLDER}; set QPC_EXTERNAL_VECTORS`;

describe("transparency-dev/merkle", () => {
  runAll("inclusion", (vector) =>
    verifyInclusion({
      leafIndex: BigInt(vector.leafIdx),
      treeSize: BigInt(vector.treeSize),
      leafHash: bytes(vector.leafHash),
      auditPath: (vector.proof ?? []).map(bytes),
      root: bytes(vector.root),
    }),
  );

  runAll("consistency", (vector) =>
    verifyConsistency({
      oldSize: BigInt(vector.size1),
      newSize: BigInt(vector.size2),
      oldRoot: bytes(vector.root1),
      newRoot: bytes(vector.root2),
      path: (vector.proof ?? []).map(bytes),
    }),
  );
});

function runAll(kind: string, verify: (vector: Vector) => boolean): void {
  it(`${kind} proofs`, { skip: absent }, (t) => {
    const files = globSync(join(FOLDER, kind, "**/*.json")).sort();
    for (const file of files) {
      const vector = readVector(file);
      assert.equal(verify(vector), !vector.wantErr, `${file}: ${vector.desc}`);
    }
    assert.equal(files.length, PUBLISHED);
    t.diagnostic(`${files.length} ${kind} vectors`);
  });
}

// The sizes go up to 2^64 - 1, which JSON.parse would round.
function readVector(file: string): Vector {
  const numbers = /"(leafIdx|treeSize|size1|size2)":\s*(\d+)/g;
  return JSON.parse(readFileSync(file, "utf8").replace(numbers, '"$1": "$2"'));
}

function bytes(base64: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(base64 ?? "", "base64"));
}
