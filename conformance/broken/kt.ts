// Mutants of revocation and audits: src/services/kt.ts, the operations below it and who may call it.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const KT = "src/services/kt.ts";
const REVOCATIONS = "src/storage/sql/revocations.ts";
const USERS = "src/storage/sql/users.ts";
const ACCESS = "src/rpc/access.ts";
const FIELDS = "src/rpc/fields.ts";

const ALL_REASONS = "compromised superseded user-revoked";

const REVOCATION: readonly Mutant[] = [
  {
    id: "kt.revoke.anybody",
    file: KT,
    find: "return Buffer.compare(caller.session.identityKey, identityKey) === 0;",
    replace: "return true;",
    kills: ["kt.revoke.foreign-key", "access.other-user.510-revoke-key"],
  },
  {
    id: "kt.revoke.foreign-silently-ignored",
    file: KT,
    find: 'demand(mayRevoke(caller, identityKey), Status.Forbidden, "kt.own-key");',
    replace: "if (!mayRevoke(caller, identityKey)) return { success: false };",
    kills: ids("kt.revoke", "foreign-key foreign-unknown-key"),
  },
  {
    id: "kt.revoke.operator-shut-out",
    file: KT,
    find: 'if (caller.kind === "operator") return true;',
    replace: "",
    kills: ["kt.revoke.operator", "kt.revoke.operator-unknown-key", "kt.revoke-key.operator-token"],
  },
  {
    id: "kt.revoke.without-account",
    file: REVOCATIONS,
    find: "return account.length === 0 ? undefined : yield* revokeKey(revocation, now);",
    replace: "return yield* revokeKey(revocation, now);",
    kills: ["kt.revoke.operator-unknown-key"],
  },
  {
    id: "kt.revoke.no-success",
    file: KT,
    find: "return { success: true, leafIndex",
    replace: "return { leafIndex",
    kills: ["kt.messages.revoke-key", ...ids("kt.revoke", ALL_REASONS)],
  },
  {
    id: "kt.revoke.index-far-off",
    file: KT,
    find: "leafIndex: BigInt(revocation.leafIndex)",
    replace: "leafIndex: BigInt(revocation.leafIndex) + 1_000n",
    kills: ["kt.messages.revoke-key", "kt.revoke.leaf-index", ...ids("kt.leaf", ALL_REASONS)],
  },
  {
    id: "kt.revoke.any-reason",
    file: FIELDS,
    find: "return field.values.length === 0 || field.values.includes(String(value));",
    replace: 'return field.values.length === 0 || (value !== "" && field.path === "reason");',
    kills: [
      ...ids("kt.revoke", "reason-capital reason-hyphen reason-space reason-other"),
      "kt.revoke-key.reason-unknown-word",
    ],
  },
  {
    id: "kt.revoke.one-reason-only",
    file: FIELDS,
    find: "field.values.includes(String(value));",
    replace:
      'field.values.includes(String(value)) && (field.path !== "reason" || value === "compromised");',
    kills: ids("kt.revoke", "superseded user-revoked"),
  },
  {
    id: "kt.fields.unchecked",
    file: FIELDS,
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: `demand(
      held || ["kt", "user"].includes(method.family),
      Status.BadRequest,
      field.rule,`,
    kills: [
      ...ids(
        "kt.revoke-key",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes reason-missing",
      ),
      ...ids(
        "kt.check-revocation",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes",
      ),
      ...ids(
        "user.resolve-identity",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes",
      ),
      "user.resolve-user.username-missing",
    ],
  },
  {
    id: "kt.access.without-session",
    file: "src/rpc/credentials.ts",
    find: 'if (method.access === "PEER") return peerOrClient(connection, credentials);',
    replace: `if (connection.binding === undefined && ["kt", "user"].includes(method.family)) {
    const none = new Uint8Array(32);
    const session = { tokenHash: none, identityKey: none, deviceId: none.subarray(32), expiresAt: 0 };
    return { kind: "session", session, admin: true };
  }
  if (method.access === "PEER") return peerOrClient(connection, credentials);`,
    kills: [
      ...ids("kt", "revoke-key.no-session check-revocation.no-session"),
      ...ids("kt", "audit-key-transparency.no-session"),
      ...ids("user", "resolve-user.no-session resolve-identity.no-session"),
    ],
  },
  {
    id: "kt.access.open-to-operator",
    file: ACCESS,
    find: 'demand(method.openToOperator, Status.Forbidden, "sessions.operator-token");',
    replace: `const is = method.openToOperator || ["kt", "user"].includes(method.family);
    demand(is, Status.Forbidden, "sessions.operator-token");`,
    kills: [
      ...ids("kt", "check-revocation.operator-token audit-key-transparency.operator-token"),
      ...ids("user", "resolve-user.operator-token resolve-identity.operator-token"),
    ],
  },
];

const STATE: readonly Mutant[] = [
  {
    id: "kt.first-stays.new-index",
    file: REVOCATIONS,
    find: "return first ?? { reason",
    replace: "return { reason",
    kills: [...ids("kt.first-stays", "second at-once"), ...ids("kt.restart", "hook kill")],
  },
  {
    id: "kt.first-stays.overwritten",
    file: REVOCATIONS,
    find: "if (first === undefined) {",
    replace: `yield q("UPDATE revocations SET reason = ? WHERE identity_key = ?", reason, identityKey);
  if (first === undefined) {`,
    kills: ["kt.first-stays.second"],
  },
  {
    id: "kt.first-stays.refused",
    file: REVOCATIONS,
    find: "return first ?? { reason",
    replace: `if (first !== undefined) throw new Error("revoked already");
  return { reason`,
    kills: [...ids("kt.first-stays", "second at-once"), ...ids("kt.restart", "hook kill")],
  },
  {
    id: "kt.check.never",
    file: KT,
    find: "return { revoked: true, reason: found.reason, timestampMs",
    replace: "return { revoked: false, reason: found.reason, timestampMs",
    kills: [
      ...ids("kt.revoke", `${ALL_REASONS} operator`),
      "kt.messages.check-revocation",
      "kt.first-stays.at-once",
      ...ids("kt.restart", "hook kill"),
    ],
  },
  {
    id: "kt.check.always",
    file: KT,
    find: "if (found === undefined) return { revoked: false };",
    replace: 'if (found === undefined) return { revoked: true, reason: "compromised" };',
    kills: [
      ...ids("kt.check", "not-revoked unknown-key"),
      ...ids("kt.revoke", "foreign-key foreign-unknown-key operator-unknown-key reason-other"),
    ],
  },
  {
    id: "kt.check.unknown-not-found",
    file: KT,
    find: "if (found === undefined) return { revoked: false };",
    replace: 'demand(found !== undefined, Status.NotFound, "kt.unknown-key");',
    kills: ["methods.table.511-check-revocation", ...ids("kt.check", "not-revoked unknown-key")],
  },
  {
    id: "kt.check.seconds",
    file: KT,
    find: "timestampMs: BigInt(found.revokedAt)",
    replace: "timestampMs: BigInt(Math.floor(found.revokedAt / 1000))",
    kills: ["kt.check.time", ...ids("kt.leaf", ALL_REASONS)],
  },
  {
    id: "kt.check.time-of-the-question",
    file: KT,
    find: "timestampMs: BigInt(found.revokedAt)",
    replace: "timestampMs: BigInt(clock.now())",
    kills: [
      "kt.check.time",
      "kt.first-stays.second",
      "kt.restart.hook",
      ...ids("kt.leaf", ALL_REASONS),
    ],
  },
];

const EFFECTS: readonly Mutant[] = [
  {
    id: "kt.sessions-end.never",
    file: REVOCATIONS,
    find: "yield* endSessions(identityKey);",
    replace: "",
    kills: [
      ...ids("kt.sessions-end", "every-connection body-token pending-waits no-push"),
      "kt.revoke.operator",
    ],
  },
  {
    id: "kt.sessions-end.of-everybody",
    file: REVOCATIONS,
    find: "yield* endSessions(identityKey);",
    replace: 'yield q("DELETE FROM sessions");',
    kills: ["kt.sessions-end.every-connection"],
  },
  {
    id: "kt.sessions-end.waits-go-on",
    file: KT,
    find: "waits.recheck(identityKey);",
    replace: "",
    kills: ["kt.sessions-end.pending-waits"],
  },
  {
    id: "kt.sessions-end.before-the-answer",
    file: KT,
    find: "waits.recheck(identityKey);",
    replace: `waits.recheck(identityKey);
      demand(caller.kind === "operator", Status.Unauthorized, "sessions.unauthorized");`,
    kills: [
      ...ids("kt.revoke", `${ALL_REASONS} leaf-index`),
      ...ids("kt.sessions-end", "every-connection pending-waits"),
      "methods.table.510-revoke-key",
    ],
  },
  {
    id: "kt.refused.nothing",
    file: ACCESS,
    find: "if (method.closedToRevoked) {",
    replace: "if (method.closedToRevoked && identityKey.length === 0) {",
    kills: ids(
      "kt.refused",
      "300-upload-key-package 302-upload-hybrid-key 400-create-channel 800-publish-endpoint",
    ),
  },
  {
    id: "kt.refused.everything",
    file: ACCESS,
    find: "if (method.closedToRevoked) {",
    replace: "{",
    kills: [
      ...ids("kt.login-stays", "inbox revoke-device delete"),
      "kt.inbox-open.enqueue",
      ...ids("kt.first-stays", "second"),
    ],
  },
  {
    id: "kt.login-stays.shut-out",
    file: USERS,
    find: "FROM users WHERE username = ?`",
    replace:
      "FROM users WHERE username = ? AND identity_key NOT IN (SELECT identity_key FROM revocations)`",
    kills: [...ids("kt.login-stays", "inbox revoke-device delete"), "user.revoked.both-ways"],
  },
  {
    id: "kt.no-packages.kept",
    file: REVOCATIONS,
    find: "yield* dropKeyPackages(identityKey);",
    replace: "",
    kills: ["kt.no-packages.dropped", "kt.no-packages.at-once"],
  },
  {
    id: "kt.no-packages.hybrid-key-kept",
    file: REVOCATIONS,
    find: "yield* dropHybridKey(identityKey);",
    replace: "",
    kills: ["kt.no-packages.dropped", "kt.no-packages.at-once"],
  },
  {
    id: "kt.inbox-open.emptied",
    file: REVOCATIONS,
    find: "yield* endSessions(identityKey);",
    replace: `yield* endSessions(identityKey);
  yield q("DELETE FROM inboxes WHERE recipient = ?", identityKey);`,
    kills: ["kt.login-stays.inbox"],
  },
  {
    id: "kt.inbox-open.shut",
    file: "src/storage/sql/deliveries.ts",
    find: "const inboxes = yield* lockInboxes(batch);",
    replace: `for (const { recipient } of batch) {
    const revoked = yield q("SELECT reason FROM revocations WHERE identity_key = ?", recipient);
    if (revoked.length > 0) throw new Error("revoked");
  }
  const inboxes = yield* lockInboxes(batch);`,
    kills: ["kt.inbox-open.enqueue", "kt.inbox-open.group-channel"],
  },
  {
    id: "kt.never-again.forgotten",
    file: USERS,
    find: "if ((yield* findRevocation(user.identityKey)) !== undefined) return false;",
    replace: "",
    kills: ["kt.never-again.deleted"],
  },
  {
    id: "kt.never-again.said-anyway",
    file: "src/services/auth.ts",
    find: "return { success: await users.register(user, leaf, now) };",
    replace: "return { success: (await users.register(user, leaf, now)) || true };",
    kills: ids("kt.never-again", "other-name deleted"),
  },
];

export const KT_MUTANTS: readonly Mutant[] = [...REVOCATION, ...STATE, ...EFFECTS];
