// Mutants of the log: its entries, its hashes, its growth, and the ranges of an audit.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const KT = "src/services/kt.ts";
const ENTRIES = "src/crypto/kt/entries.ts";
const HASH = "src/crypto/kt/hash.ts";
const KEY_LOG = "src/services/key-log.ts";
const REVOCATIONS = "src/storage/sql/revocations.ts";
const USERS = "src/storage/sql/users.ts";

const PROOFS = ids("user.proof", "several grown-log at-once revoked");
const REVOCATION_LEAVES = ids("kt.leaf", "compromised superseded user-revoked whole-log");

const HASHING: readonly Mutant[] = [
  {
    id: "kt.leaf.node-like-leaf",
    file: HASH,
    find: "const NODE = Uint8Array.of(0x01);",
    replace: "const NODE = Uint8Array.of(0x00);",
    kills: [
      "kt.root.recomputed",
      "kt.append-only.while-it-grows",
      "user.messages.proof",
      "kt.restart.kill",
      ...PROOFS,
    ],
  },
  {
    id: "kt.leaf.leaf-like-node",
    file: HASH,
    find: "const LEAF = Uint8Array.of(0x00);",
    replace: "const LEAF = Uint8Array.of(0x01);",
    kills: ["user.messages.proof", "kt.restart.kill", ...REVOCATION_LEAVES, ...PROOFS],
  },
  {
    id: "kt.leaf.siblings-swapped",
    file: HASH,
    find: "return sha256(NODE, left, right);",
    replace: "return sha256(NODE, right, left);",
    kills: ["kt.root.recomputed", "kt.append-only.while-it-grows", ...PROOFS],
  },
  {
    id: "kt.leaf.length-of-the-name-reversed",
    file: ENTRIES,
    find: "length.writeUInt16BE(name.length);",
    replace: "length.writeUInt16LE(name.length);",
    kills: ["kt.leaf.whole-log", "user.messages.proof", ...PROOFS],
  },
  {
    id: "kt.leaf.time-reversed",
    file: ENTRIES,
    find: "bytes.writeBigUInt64BE(BigInt(timeMs));",
    replace: "bytes.writeBigUInt64LE(BigInt(timeMs));",
    kills: [...REVOCATION_LEAVES, ...PROOFS],
  },
  {
    id: "kt.leaf.kinds-swapped",
    file: ENTRIES,
    find: "return entry(0x02, checkedKey(identityKey)",
    replace: "return entry(0x01, checkedKey(identityKey)",
    kills: REVOCATION_LEAVES,
  },
  {
    id: "kt.leaf.reasons-counted-from-zero",
    file: ENTRIES,
    find: "{ compromised: 1, superseded: 2, user_revoked: 3 }",
    replace: "{ compromised: 0, superseded: 1, user_revoked: 2 }",
    kills: REVOCATION_LEAVES,
  },
  {
    id: "kt.leaf.revocation-at-another-time",
    file: KT,
    find: "reason as Reason, now)",
    replace: "reason as Reason, now + 1)",
    kills: REVOCATION_LEAVES,
  },
  {
    id: "kt.leaf.binding-at-another-time",
    file: "src/services/auth.ts",
    find: "const leaf = leafHash(bindingEntry(username, identityKey, now));",
    replace: "const leaf = leafHash(bindingEntry(username, identityKey, now + 1));",
    kills: ["kt.leaf.whole-log", "user.messages.proof", ...PROOFS],
  },
];

const GROWTH: readonly Mutant[] = [
  {
    id: "kt.one-leaf.registration-twice",
    file: USERS,
    find: "yield* appendLeaf(leafHash);",
    replace: "yield* appendLeaf(leafHash); yield* appendLeaf(leafHash);",
    kills: ["kt.leaf.whole-log", ...ids("kt.one-leaf", "registration registrations-at-once")],
  },
  {
    id: "kt.one-leaf.registration-never",
    file: USERS,
    find: "yield* appendLeaf(leafHash);",
    replace: "",
    kills: [
      ...ids("kt.one-leaf", "registration registrations-at-once"),
      "kt.range.whole",
      "kt.leaf.whole-log",
    ],
  },
  {
    id: "kt.one-leaf.refused-registration",
    file: USERS,
    find: "if (stored.length === 0) return false;",
    replace: `if (stored.length === 0) {
    yield* appendLeaf(leafHash);
    return false;
  }`,
    kills: ids("kt.one-leaf", "failed-registration registrations-at-once"),
  },
  {
    id: "kt.one-leaf.revocation-twice",
    file: REVOCATIONS,
    find: "yield* appendLeaf(leafHash);",
    replace: "yield* appendLeaf(leafHash); yield* appendLeaf(leafHash);",
    kills: ["kt.one-leaf.revocation", "kt.leaf.whole-log"],
  },
  {
    id: "kt.one-leaf.second-revocation",
    file: REVOCATIONS,
    find: "if (first === undefined) {",
    replace: `if (first !== undefined) yield* appendLeaf(leafHash);
  if (first === undefined) {`,
    kills: ["kt.one-leaf.revocation", ...ids("kt.restart", "hook kill")],
  },
  {
    id: "kt.append-only.stands-still",
    file: KEY_LOG,
    find: "last = last.then(follow, follow);",
    replace: "if (tree.size < 6) last = last.then(follow, follow);",
    kills: [
      ...ids("kt.one-leaf", "registration registrations-at-once revocation"),
      "kt.append-only.prefix",
      "user.proof.grown-log",
    ],
  },
  {
    id: "kt.append-only.newest-first",
    file: KT,
    find: "leafHash: log.leaf(index)",
    replace: "leafHash: log.leaf(log.size - 1 - index)",
    kills: [
      "kt.append-only.prefix",
      "kt.append-only.while-it-grows",
      "kt.root.recomputed",
      ...REVOCATION_LEAVES,
    ],
  },
  {
    id: "kt.restart.leaves-of-one-process",
    file: "src/storage/sql/migrations.ts",
    find: "`CREATE TABLE kt_leaves (",
    replace: "`CREATE TEMP TABLE kt_leaves (",
    kills: ids("kt.restart", "hook kill"),
  },
];

const RANGES: readonly Mutant[] = [
  {
    id: "kt.range.end-included",
    file: KT,
    find: "Number(end === 0n || end > size ? size : end)",
    replace: "Number(end === 0n || end >= size ? size : end + 1n)",
    kills: ["kt.messages.audit", ...ids("kt.range", "first second middle from-zero none")],
  },
  {
    id: "kt.range.end-zero-is-zero",
    file: KT,
    find: "Number(end === 0n || end > size ? size : end)",
    replace: "Number(end > size ? size : end)",
    kills: ids("kt", "range.whole range.to-the-end pages.no-gap"),
  },
  {
    id: "kt.range.index-from-zero",
    file: KT,
    find: "index: BigInt(index)",
    replace: "index: BigInt(index) - start",
    kills: ["kt.messages.audit", ...ids("kt.range", "second middle to-the-end")],
  },
  {
    id: "kt.range.start-excluded",
    file: KT,
    find: "for (let index = Number(start);",
    replace: "for (let index = Number(start) + 1;",
    kills: ids("kt.range", "first second middle from-zero to-the-end"),
  },
  {
    id: "kt.range.descending",
    file: KT,
    find: "return { entries, treeSize: size",
    replace: "return { entries: entries.reverse(), treeSize: size",
    kills: ["kt.pages.no-gap", ...ids("kt.range", "whole middle from-zero")],
  },
  {
    id: "kt.range.from-zero-refused",
    file: KT,
    find: "demand(start <= size && (",
    replace: "demand(start > 0n && (",
    kills: ["methods.table.520-audit-key-transparency", ...ids("kt.range", "first from-zero")],
  },
  {
    id: "kt.range-invalid.beyond-the-log",
    file: KT,
    find: "demand(start <= size && (",
    replace: "demand((",
    kills: ids(
      "kt.range-invalid",
      `start-above-size range-above-size start-2-32 start-2-63 start-2-64 both-2-64
      one-above-size`,
    ),
  },
  {
    id: "kt.range-invalid.only-32-bits",
    file: KT,
    find: "demand(start <= size && (",
    replace: "demand(BigInt.asUintN(32, start) <= size && (",
    kills: ["kt.range-invalid.start-2-32", "kt.range-invalid.start-2-63"],
  },
  {
    id: "kt.range-invalid.backwards",
    file: KT,
    find: "(end === 0n || start <= end)",
    replace: "(end === 0n || start >= 0n)",
    kills: ids("kt.range-invalid", "start-above-end start-far-above-end"),
  },
  {
    id: "kt.range-empty.refused",
    file: KT,
    find: "demand(start <= size && (",
    replace: "demand(start < size && (",
    kills: ["kt.range-empty.at-size"],
  },
  {
    id: "kt.range-cut.not-cut",
    file: KT,
    find: "Number(end === 0n || end > size ? size : end)",
    replace: "Number(end === 0n ? size : end)",
    kills: ids("kt.range-cut", "one-above thousand-above 2-64"),
  },
  {
    id: "kt.range-cut.refused-as-forbidden",
    file: KT,
    find: "const to = Math.min(",
    replace: `demand(end <= size, Status.Forbidden, "kt.range-invalid");
      const to = Math.min(`,
    kills: ids("kt.range-cut", "one-above thousand-above 2-64"),
  },
  {
    id: "kt.pages.empty",
    file: KT,
    find: "Number(start) + LIMITS.auditLeaves.value,",
    replace: "Number(start) + (start === 0n ? 2 : 0),",
    kills: ids("kt", "pages.no-gap range.whole range.second range.to-the-end"),
  },
  {
    id: "kt.current.size-of-the-range",
    file: KT,
    find: "return { entries, treeSize: size",
    replace: "return { entries, treeSize: BigInt(to)",
    kills: ids("kt.current", "first second middle"),
  },
  {
    id: "kt.current.root-of-the-range",
    file: KT,
    find: "root: log.root() };",
    replace: "root: (log as import('../crypto/kt/tree.ts').MerkleTree).root(to) };",
    kills: ["kt.messages.audit", ...ids("kt.current", "first second middle")],
  },
];

export const KT_LOG_MUTANTS: readonly Mutant[] = [...HASHING, ...GROWTH, ...RANGES];
