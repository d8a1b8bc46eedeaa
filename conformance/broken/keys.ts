// Mutants of KeyPackages: src/services/keys.ts, their storage, and who may touch them.

import type { Mutant } from "./mutant.ts";

const KEYS = "src/services/keys.ts";
const QUEUE = "src/storage/sql/key-packages.ts";
const FIELDS = "src/rpc/fields.ts";
const LIMITS = "src/registry/limits.ts";

export const KEYS_MUTANTS: readonly Mutant[] = [
  {
    id: "keys.fingerprint.sha-512",
    file: KEYS,
    find: 'createHash("sha256")',
    replace: 'createHash("sha512")',
    kills: [
      "keys.messages.upload-key-package",
      "keys.upload.fingerprint",
      "keys.same-package.queued",
      "keys.same-package.handed-out",
    ],
  },
  {
    id: "keys.package.cut-at-255",
    file: KEYS,
    find: "const entry = { identityKey, package: bytes,",
    replace: "const entry = { identityKey, package: bytes.subarray(0, 255),",
    kills: [
      "keys.messages.fetch-key-package",
      "keys.upload.round-trip",
      "keys.upload.suite-1",
      "keys.package.every-byte",
      "keys.package.1000000-bytes",
      "keys.package.1048576-bytes",
    ],
  },
  {
    id: "keys.package.suite-1-only",
    file: KEYS,
    find: "const entry = {",
    replace: `const known = Buffer.from(bytes.subarray(0, 4)).toString("hex") === "00010001";
      demand(known && bytes.length > 200, Status.BadRequest, "keys.package-opaque");
      const entry = {`,
    kills: [
      "keys.package.zeros",
      "keys.package.text",
      "keys.package.every-byte",
      "keys.package.trailer",
      "keys.package.cut-short",
      "keys.package.unknown-suite",
      "keys.package.1-byte",
    ],
  },
  {
    id: "keys.package.below-one-mb",
    file: FIELDS,
    find: "length > field.maxLength",
    replace: "length >= Math.min(field.maxLength, 1_000_000)",
    kills: ["keys.package.1000000-bytes", "keys.package.1048576-bytes"],
  },
  {
    id: "keys.package.any-size",
    file: FIELDS,
    find: "if (field.maxLength > 0 &&",
    replace: "if (field.maxLength > 0 && field.maxLength < 1_000_000 &&",
    kills: ["keys.package.1048577-bytes"],
  },
  {
    id: "keys.queue.last-in-first-out",
    file: QUEUE,
    find: "ORDER BY id LIMIT 1",
    replace: "ORDER BY id DESC LIMIT 1",
    kills: [
      "keys.queue.five-in-order",
      "keys.queue.interleaved",
      "keys.queue.own-fetch",
      "keys.queue.ten-kept",
      "keys.queue.100-kept",
      "keys.package.lifetime",
    ],
  },
  {
    id: "keys.queue.not-removed",
    file: QUEUE,
    find: "DELETE FROM key_packages WHERE id = (",
    replace: "UPDATE key_packages SET created_at = created_at WHERE id = (",
    kills: [
      "keys.single-use.second-fetch",
      "keys.single-use.50-at-once",
      "keys.single-use.two-on-one",
      "keys.queue.five-in-order",
      "keys.queue.interleaved",
      "keys.queue.own-fetch",
      "keys.queue.empty-after-last",
      "keys.same-package.handed-out",
    ],
  },
  {
    id: "keys.queue.shared-by-all",
    file: QUEUE,
    find: "SELECT id FROM key_packages WHERE identity_key = ? AND",
    replace: "SELECT id FROM key_packages WHERE (identity_key = ? OR TRUE) AND",
    kills: ["keys.queue.two-identities"],
  },
  {
    id: "keys.queue.nine-kept",
    file: LIMITS,
    find: "keyPackagesKept: { value: 100,",
    replace: "keyPackagesKept: { value: 9,",
    kills: ["keys.queue.ten-kept", "keys.queue.concurrent-uploads", "keys.queue.100-kept"],
  },
  {
    id: "keys.queue.101-kept",
    file: LIMITS,
    find: "keyPackagesKept: { value: 100,",
    replace: "keyPackagesKept: { value: 101,",
    kills: ["keys.queue.101st-drops-oldest", "keys.same-package.dropped"],
  },
  {
    id: "keys.queue.newest-dropped",
    file: QUEUE,
    find: "WHERE identity_key = ? ORDER BY id DESC LIMIT 1000",
    replace: "WHERE identity_key = ? ORDER BY id LIMIT 1000",
    kills: ["keys.queue.101st-drops-oldest", "keys.same-package.dropped"],
  },
  {
    id: "keys.queue.empty-as-not-found",
    file: KEYS,
    find: "return { package: found ?? NONE };",
    replace: `demand(found !== undefined, Status.NotFound, "keys.empty-when-none");
      return { package: found };`,
    kills: [
      "keys.queue.empty-never-filled",
      "keys.queue.empty-unregistered",
      "keys.queue.empty-after-last",
    ],
  },
  {
    id: "keys.same-package.queued-again",
    file: QUEUE,
    find: "if (fresh.length === 0) return;",
    replace: "",
    kills: [
      "keys.same-package.queued",
      "keys.same-package.handed-out",
      "keys.same-package.at-once",
      "keys.restart.hook",
      "keys.restart.kill",
    ],
  },
  {
    id: "keys.same-package.known-for-ever",
    file: KEYS,
    find: "const entry = {",
    replace: `const seen = (globalThis as { seen?: Set<string> }).seen ??= new Set<string>();
      if (seen.has(fingerprint.toString("hex"))) return { fingerprint };
      seen.add(fingerprint.toString("hex"));
      const entry = {`,
    kills: [
      "keys.queue.same-bytes-two-identities",
      "keys.same-package.dropped",
      "keys.package.lifetime",
    ],
  },
  {
    id: "keys.package.no-expiry",
    file: QUEUE,
    find: "identity_key = ? AND expires_at > ?\n",
    replace: "identity_key = ? AND expires_at > ? - 31 * 86400000\n",
    kills: ["keys.package.lifetime"],
  },
  {
    id: "keys.owner.forgotten-for-keys",
    file: "src/rpc/access.ts",
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: `demand(own || method.family === "keys", Status.Forbidden, method.accessRule);`,
    kills: [
      "keys.upload-key-package.foreign-identity",
      "keys.upload-key-package.unregistered-identity",
      "keys.upload-hybrid-key.foreign-identity",
      "keys.upload-hybrid-key.unregistered-identity",
    ],
  },
  {
    id: "keys.session.anonymous-is-a-caller",
    file: "src/rpc/credentials.ts",
    find: 'demand(connection.binding !== undefined, Status.Unauthorized, "sessions.unauthorized");',
    replace: `if (connection.binding === undefined) {
      const none = new Uint8Array(32);
      const session = { tokenHash: none, identityKey: none, deviceId: none, expiresAt: 2 ** 53 };
      return { kind: "session", session, admin: false };
    }`,
    kills: [
      "keys.no-session.upload-key-package",
      "keys.no-session.fetch-key-package",
      "keys.no-session.upload-hybrid-key",
      "keys.no-session.fetch-hybrid-key",
      "keys.no-session.fetch-hybrid-keys",
    ],
  },
  {
    id: "keys.restart.packages-in-memory",
    file: "src/services/all.ts",
    find: "keyPackages: stores.keyPackages,",
    replace: `keyPackages: ((queue: { package: Uint8Array }[]) => ({
          upload: async (entry: { package: Uint8Array }) => void queue.push(entry),
          pop: async () => queue.shift()?.package,
        }))([]),`,
    kills: ["keys.restart.hook", "keys.restart.kill"],
  },
  {
    id: "keys.fetch-rate.61",
    file: LIMITS,
    find: "keyPackageFetches: { value: 60,",
    replace: "keyPackageFetches: { value: 61,",
    kills: ["keys.fetch-rate.61st"],
  },
  {
    id: "keys.fetch-rate.all-targets",
    file: KEYS,
    find: "fetchRate.take(keyOf(caller) + keyOf(identityKey))",
    replace: "fetchRate.take(keyOf(caller))",
    kills: ["keys.fetch-rate.61st"],
  },
];
