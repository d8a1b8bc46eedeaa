// tree-math.json and deserialization.json: RFC 9420 appendix C and section 2.1.2.

import assert from "node:assert/strict";
import { determineLength } from "ts-mls/codec/variableLength.js";
import { left, nodeWidth, parent, right, root, sibling, toNodeIndex } from "ts-mls/treemath.js";
import { hex } from "../case.ts";

type Relatives = readonly (number | null)[];

interface TreeMath {
  readonly n_leaves: number;
  readonly n_nodes: number;
  readonly root: number;
  readonly left: Relatives;
  readonly right: Relatives;
  readonly parent: Relatives;
  readonly sibling: Relatives;
}

export function checkTreeMath(vector: TreeMath): void {
  const leaves = vector.n_leaves;
  assert.equal(nodeWidth(leaves), vector.n_nodes, "n_nodes");
  assert.equal(root(leaves), vector.root, "root");
  const check = (name: string, expected: Relatives, relative: (node: number) => number) => {
    assert.equal(expected.length, vector.n_nodes, name);
    for (const [node, one] of expected.entries()) {
      const what = `${name} of ${node}`;
      if (one === null) assert.throws(() => relative(node), what);
      else assert.equal(relative(node), one, what);
    }
  };
  check("left", vector.left, (node) => left(toNodeIndex(node)));
  check("right", vector.right, (node) => right(toNodeIndex(node)));
  check("parent", vector.parent, (node) => parent(toNodeIndex(node), leaves));
  check("sibling", vector.sibling, (node) => sibling(toNodeIndex(node), leaves));
}

interface Length {
  readonly vlbytes_header: string;
  readonly length: number;
}

export function checkDeserialization(vector: Length): void {
  const header = hex(vector.vlbytes_header);
  const { length, lengthFieldSize } = determineLength(header, 0);
  assert.equal(length, vector.length);
  assert.equal(lengthFieldSize, header.length);
}
