// Mutants of names, keys and proofs: src/services/user.ts, and how users are found.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const USER = "src/services/user.ts";
const USERS = "src/storage/sql/users.ts";

const PROOFS = ids("user.proof", "several grown-log at-once revoked");

const BY_NAME = "FROM users WHERE username = ?`";

const FINDING: readonly Mutant[] = [
  {
    id: "user.resolve.bytes-reversed",
    file: USER,
    find: "return { identityKey, inclusionProof };",
    replace: "return { identityKey: identityKey.toReversed(), inclusionProof };",
    kills: [
      ...ids("user.resolve", "key new-account"),
      "user.messages.resolve-user",
      "user.revoked.both-ways",
      "user.not-found.refused-registration",
    ],
  },
  {
    id: "user.resolve.refused",
    file: USER,
    find: "const found = await resolve(username);",
    replace: `const found = await resolve("");`,
    kills: ["methods.table.500-resolve-user", "user.resolve.key"],
  },
  {
    id: "user.identity.refused",
    file: USER,
    find: "const user = await users.findByKey(identityKey);",
    replace: "const user = await users.findByKey(identityKey.subarray(1));",
    kills: ["methods.table.501-resolve-identity", "user.identity.name"],
  },
  {
    id: "user.identity.capitals",
    file: USER,
    find: "return { username: user.username };",
    replace: "return { username: user.username.toUpperCase() };",
    kills: [
      "user.identity.name",
      "user.messages.resolve-identity",
      "user.resolve.new-account",
      "user.revoked.both-ways",
    ],
  },
  {
    id: "user.exact.case-folded",
    file: USERS,
    find: BY_NAME,
    replace: "FROM users WHERE username = lower(?)`",
    kills: ids("user.exact", "upper-case capital"),
  },
  {
    id: "user.exact.pattern",
    file: USERS,
    find: BY_NAME,
    replace: "FROM users WHERE username LIKE ? LIMIT 1`",
    kills: ids("user.exact", "upper-case capital wildcard underscore"),
  },
  {
    id: "user.exact.beginning",
    file: USERS,
    find: BY_NAME,
    replace: "FROM users WHERE username LIKE ? || '%' LIMIT 1`",
    kills: ["user.exact.prefix"],
  },
  {
    id: "user.exact.at-most-so-long",
    file: USERS,
    find: BY_NAME,
    replace: "FROM users WHERE username = substr(?1, 1, length(?1) - 1) OR username = ?1 LIMIT 1`",
    kills: ["user.exact.longer"],
  },
  {
    id: "user.not-found.nobody-is-ok",
    file: USER,
    find: `demand(found !== undefined, Status.NotFound, "user.not-found");`,
    replace: "if (found === undefined) return {};",
    kills: [
      ...ids("user.not-found", "name begun"),
      ...ids("user.exact", "upper-case prefix longer"),
      "user.resolve.new-account",
    ],
  },
  {
    id: "user.not-found.no-name-is-ok",
    file: USER,
    find: `demand(user !== undefined, Status.NotFound, "user.not-found");`,
    replace: "if (user === undefined) return {};",
    kills: ids("user.not-found", "key refused-registration"),
  },
  {
    id: "user.not-found.forbidden",
    file: USER,
    find: `demand(found !== undefined, Status.NotFound, "user.not-found");`,
    replace: `demand(found !== undefined, Status.Forbidden, "user.not-found");`,
    kills: ids("user.not-found", "name begun"),
  },
  {
    id: "user.revoked.hidden",
    file: USERS,
    find: "FROM users WHERE identity_key = ?`",
    replace:
      "FROM users WHERE identity_key = ? AND identity_key NOT IN (SELECT identity_key FROM revocations)`",
    kills: ["user.revoked.both-ways"],
  },
];

const PROVING: readonly Mutant[] = [
  {
    id: "user.proof.missing",
    file: USER,
    find: "return inclusionProof === undefined ? { identityKey } : { identityKey, inclusionProof };",
    replace: "return { identityKey };",
    kills: [
      "user.messages.proof",
      "user.proof.time",
      "user.proof.new-owner",
      "kt.restart.kill",
      ...PROOFS,
    ],
  },
  {
    id: "user.proof.path-of-a-shorter-log",
    file: USER,
    find: "auditPath: log.inclusionProof(leafIndex),",
    replace: "auditPath: log.inclusionProof(leafIndex, Math.max(leafIndex + 1, log.size - 1)),",
    kills: ["user.proof.grown-log", "user.proof.at-once", "user.messages.proof"],
  },
  {
    id: "user.proof.path-from-the-root",
    file: "src/crypto/kt/tree.ts",
    find: `      if (index < middle) to = middle;
      else from = middle;
    }
    return path.reverse();`,
    replace: `      if (index < middle) to = middle;
      else from = middle;
    }
    return path;`,
    kills: ["user.messages.proof", ...PROOFS],
  },
  {
    id: "user.proof.path-of-its-neighbour",
    file: USER,
    find: "auditPath: log.inclusionProof(leafIndex),",
    replace: "auditPath: log.inclusionProof(leafIndex ^ 1, Math.max(log.size, leafIndex ^ 1)),",
    kills: ["user.messages.proof", "user.proof.grown-log", "user.proof.at-once"],
  },
  {
    id: "user.proof.size-too-small",
    file: USER,
    find: "treeSize: BigInt(log.size),",
    replace: "treeSize: BigInt(log.size - 1),",
    kills: ["user.messages.proof", ...PROOFS],
  },
  {
    id: "user.proof.size-too-large",
    file: USER,
    find: "treeSize: BigInt(log.size),",
    replace: "treeSize: BigInt(log.size + 1_000),",
    kills: ["user.messages.proof", ...PROOFS],
  },
  {
    id: "user.proof.of-the-next-leaf",
    file: USER,
    find: "leafIndex: BigInt(leafIndex),",
    replace: "leafIndex: BigInt(leafIndex + 1),",
    kills: PROOFS,
  },
  {
    id: "user.proof.root-before",
    file: USER,
    find: "root: log.root(),",
    replace: "root: log.root(log.size - 1),",
    kills: ["user.messages.proof", ...PROOFS],
  },
  {
    id: "user.proof.seconds",
    file: USER,
    find: "timestampMs: BigInt(registeredAt),",
    replace: "timestampMs: BigInt(Math.floor(registeredAt / 1000)),",
    kills: ["user.proof.time", "kt.leaf.whole-log", ...PROOFS],
  },
  {
    id: "user.proof.of-the-revocation",
    file: "src/storage/sql/revocations.ts",
    find: "yield* endSessions(identityKey);",
    replace: `yield q("UPDATE users SET leaf_index = ? WHERE identity_key = ?", leafIndex, identityKey);
  yield* endSessions(identityKey);`,
    kills: ["user.proof.revoked"],
  },
];

export const USER_MUTANTS: readonly Mutant[] = [...FINDING, ...PROVING];
