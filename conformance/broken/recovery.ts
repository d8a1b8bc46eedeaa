// Mutants of recovery bundles: src/services/recovery.ts and their rows.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/recovery.ts";
const ROWS = "src/storage/sql/recovery.ts";

export const RECOVERY_MUTANTS: readonly Mutant[] = [
  {
    id: "recovery.token.unhashed",
    file: SERVICE,
    find: 'createHash("sha256").update(recoveryToken).digest()',
    replace: "recoveryToken",
    kills: [
      "recovery.messages.fetch",
      ...ids("recovery.token", "no-session twice bad-session hash-instead"),
      "recovery.store.eight",
    ],
  },
  {
    id: "recovery.token.hash-will-do",
    file: SERVICE,
    find: "await recovery.fetch(tokenHash);",
    replace: "(await recovery.fetch(tokenHash)) ?? (await recovery.fetch(recoveryToken));",
    kills: ["recovery.token.hash-instead"],
  },
  {
    id: "recovery.token.needs-session",
    file: "src/registry/methods.ts",
    find: 'access !== "PEER" && access !== "TOKEN_POSSESSION"',
    replace: 'access !== "PEER"',
    kills: [
      "recovery.messages.fetch",
      ...ids("recovery.token", "no-session bad-session"),
      "recovery.store.eight",
    ],
  },
  {
    id: "recovery.token.taken-away",
    file: ROWS,
    find: "SELECT bundle FROM recovery_bundles WHERE token_hash = ?",
    replace: "DELETE FROM recovery_bundles WHERE token_hash = ? RETURNING bundle",
    kills: ["recovery.token.twice"],
  },
  {
    id: "recovery.token.any",
    file: ROWS,
    find: "SELECT bundle FROM recovery_bundles WHERE token_hash = ?",
    replace: "SELECT bundle FROM recovery_bundles WHERE length(?) > 0 ORDER BY updated_at DESC",
    kills: [...ids("recovery.unknown", "last-byte"), ...ids("recovery.store", "eight")],
  },
  {
    id: "recovery.unknown.is-empty",
    file: SERVICE,
    find: 'demand(bundle !== undefined, Status.NotFound, "recovery.unknown");',
    replace: "if (bundle === undefined) return {};",
    kills: [
      "recovery.token.hash-instead",
      "recovery.unknown.last-byte",
      "recovery.delete.own",
      "recovery.bundle.1048577-bytes",
    ],
  },
  {
    id: "recovery.store.without-success",
    file: SERVICE,
    find: "return { success: true };",
    replace: "return {};",
    kills: ["recovery.messages.store", "recovery.token.no-session"],
  },
  {
    id: "recovery.store.first-stays",
    file: ROWS,
    find: "DO UPDATE SET bundle = excluded.bundle,",
    replace: "DO UPDATE SET bundle = recovery_bundles.bundle,",
    kills: [
      "recovery.store.replaced",
      ...ids("recovery.restart", "hook kill"),
      "recovery.bundle-cap.one-more",
    ],
  },
  {
    id: "recovery.store.cut-at-255",
    file: SERVICE,
    find: "{ tokenHash, identityKey, bundle },",
    replace: "{ tokenHash, identityKey, bundle: bundle.subarray(0, 255) },",
    kills: [
      "recovery.messages.fetch",
      ...ids("recovery.opaque", "every-byte 70000-bytes"),
      "recovery.bundle.1048576-bytes",
      "recovery.store.50-at-once",
    ],
  },
  {
    id: "recovery.opaque.only-long-ones",
    file: SERVICE,
    find: 'demand(fits, Status.BadRequest, "recovery.bundle-size");',
    replace:
      'demand(fits && bundle.length > 45, Status.BadRequest, "recovery.bundle-size");\n      demand(bundle.some((byte) => byte !== 0), Status.BadRequest, "recovery.opaque");',
    kills: ids("recovery.opaque", "1-byte zeros text trailer"),
  },
  {
    id: "recovery.bundle.below-1-mib",
    file: SERVICE,
    find: "bundle.length <= LIMITS.recoveryBundle.value",
    replace: "bundle.length < LIMITS.recoveryBundle.value",
    kills: ["recovery.bundle.1048576-bytes"],
  },
  {
    id: "recovery.bundle.any-size",
    file: SERVICE,
    find: 'demand(fits, Status.BadRequest, "recovery.bundle-size");',
    replace: "",
    kills: ["recovery.bundle.1048577-bytes"],
  },
  {
    id: "recovery.bundle-cap.seven",
    file: ROWS,
    find: 'count(held, "bundles") >= cap',
    replace: 'count(held, "bundles") >= 7',
    kills: ["recovery.store.eight"],
  },
  {
    id: "recovery.bundle-cap.none",
    file: ROWS,
    find: 'count(held, "bundles") >= cap',
    replace: 'count(held, "bundles") >= 10_000',
    kills: ["recovery.bundle-cap.one-more"],
  },
  {
    id: "recovery.bundle-cap.replacements-count",
    file: ROWS,
    find: "if (owner === undefined) {",
    replace: "if (tokenHash.length > 0) {",
    kills: ["recovery.bundle-cap.one-more"],
  },
  {
    id: "recovery.foreign-hash.replaced-in-silence",
    file: SERVICE,
    find: 'demand(stored !== "foreign", Status.Forbidden, "recovery.foreign-hash");',
    replace: "",
    kills: ids("recovery.foreign-hash", "store at-once"),
  },
  {
    id: "recovery.foreign-hash.deleted",
    file: ROWS,
    find: 'if (Buffer.compare(owner, identityKey) !== 0) return "foreign";',
    replace: "identityKey = owner;",
    kills: ["recovery.foreign-hash.delete"],
  },
  {
    id: "recovery.delete.nothing",
    file: ROWS,
    find: "DELETE FROM recovery_bundles WHERE token_hash = ? AND identity_key = ?",
    replace: "DELETE FROM recovery_bundles WHERE token_hash = ? AND identity_key = ? AND FALSE",
    kills: ["recovery.delete.own", ...ids("recovery.restart", "hook kill")],
  },
  {
    id: "recovery.delete.all-of-the-account",
    file: ROWS,
    find: "DELETE FROM recovery_bundles WHERE token_hash = ? AND identity_key = ?",
    replace: "DELETE FROM recovery_bundles WHERE (token_hash = ? OR TRUE) AND identity_key = ?",
    kills: ["recovery.delete.own", ...ids("recovery.restart", "hook kill")],
  },
  {
    id: "recovery.delete.always-success",
    file: SERVICE,
    find: 'success: removed === "removed"',
    replace: "success: true",
    kills: ids("recovery.delete", "own never-stored"),
  },
  {
    id: "recovery.delete.never-success",
    file: SERVICE,
    find: 'success: removed === "removed"',
    replace: "success: false",
    kills: ["recovery.delete.own", "recovery.messages.delete"],
  },
  {
    id: "recovery.rate.none",
    file: SERVICE,
    find: "fetchRate.take(connection.host)",
    replace: "0",
    kills: ["recovery.rate.per-address"],
  },
  {
    id: "recovery.rate.per-session",
    file: SERVICE,
    find: "fetchRate.take(connection.host)",
    replace: "fetchRate.take(connection.host + String(connection.binding))",
    kills: ["recovery.rate.per-address"],
  },
  {
    id: "recovery.rate.five",
    file: "src/services/all.ts",
    find: "fetchRate: perMinute(LIMITS.recoveryFetches.value),",
    replace: "fetchRate: perMinute(LIMITS.recoveryFetches.value / 6),",
    kills: ["recovery.rate.per-address"],
  },
  {
    id: "recovery.restart.in-memory",
    file: "src/services/all.ts",
    find: "recovery: stores.recovery,",
    replace: `recovery: ((kept: Map<string, Uint8Array>) => ({
        store: async (one: { tokenHash: Uint8Array; bundle: Uint8Array }) => {
          kept.set(one.tokenHash.join(), one.bundle);
          return "stored" as const;
        },
        fetch: async (hash: Uint8Array) => kept.get(hash.join()),
        remove: async (hash: Uint8Array) =>
          kept.delete(hash.join()) ? ("removed" as const) : ("unknown" as const),
      }))(new Map()),`,
    kills: ids("recovery.restart", "hook kill"),
  },
  {
    id: "recovery.fields.unchecked",
    file: "src/rpc/fields.ts",
    find: "const held = values.every((value) => holds(field, value));",
    replace:
      'const held = field.rule.startsWith("recovery.") || values.every((value) => holds(field, value));',
    kills: [
      ...ids(
        "recovery.store-recovery-bundle",
        "token-hash-missing token-hash-31-bytes token-hash-33-bytes bundle-missing",
      ),
      ...ids(
        "recovery.fetch-recovery-bundle",
        "recovery-token-missing recovery-token-31-bytes recovery-token-33-bytes",
      ),
      ...ids(
        "recovery.delete-recovery-bundle",
        "token-hash-missing token-hash-31-bytes token-hash-33-bytes",
      ),
      "recovery.bundle.empty-over-stored",
    ],
  },
  {
    id: "recovery.service.absent",
    file: "src/services/all.ts",
    find: "...createRecoveryService({",
    replace: "...((_: object) => [])({",
    kills: ids(
      "methods.table",
      "750-store-recovery-bundle 751-fetch-recovery-bundle 752-delete-recovery-bundle",
    ),
  },
];
