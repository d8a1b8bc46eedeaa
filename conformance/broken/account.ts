// Mutants of src/services/account.ts and of what its one transaction does.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/account.ts";
const STORAGE = "src/storage/sql/accounts.ts";
const REVOCATIONS = "src/storage/sql/revocations.ts";

const DELETION: readonly Mutant[] = [
  {
    id: "account.delete.nothing-done",
    file: SERVICE,
    find: "const left = await accounts.delete(deletion, now);",
    replace: "const left: Awaited<ReturnType<typeof accounts.delete>> = [];",
    kills: [
      ...ids("account.delete", "answered-when-done twice by-body-token kill"),
      ...ids("account.sessions", "second-session token no-more-pushes"),
      "account.login.as-unknown",
    ],
  },
  {
    id: "account.delete.never",
    file: STORAGE,
    find: "if (account === undefined) return undefined;",
    replace: "if (account !== undefined) return undefined;",
    kills: ["methods.table.950-delete-account", "account.delete.answered-when-done"],
  },
  {
    id: "account.delete.answered-before-done",
    file: SERVICE,
    find: "const left = await accounts.delete(deletion, now);",
    replace: `const left: Awaited<ReturnType<typeof accounts.delete>> = [];
      setTimeout(() => void accounts.delete(deletion, now).catch(() => {}), 300);`,
    kills: ids("account.delete", "answered-when-done kill"),
  },
  {
    id: "account.delete.without-success",
    file: SERVICE,
    find: "return { success: true };",
    replace: "return {};",
    kills: ["account.messages.delete-account"],
  },
  {
    id: "account.delete.owner-of-the-connection",
    file: SERVICE,
    find: "const { identityKey } = callerSession(call);",
    replace: `const [first = callerSession(call)] = call.connection.accepted.values();
      const { identityKey } = first;`,
    kills: ["account.delete.by-body-token"],
  },
  {
    id: "account.delete.everybody",
    file: STORAGE,
    find: "DELETE FROM inboxes WHERE recipient = ?",
    replace: "DELETE FROM inboxes WHERE length(?) > 0",
    kills: ["account.own.others-untouched", ...ids("account.messages-stay", "inbox channel")],
  },
  {
    id: "account.delete.every-session",
    file: REVOCATIONS,
    find: "yield* endSessions(identityKey);",
    replace: 'yield q("DELETE FROM sessions WHERE length(?) > 0", identityKey);',
    kills: ["account.own.others-untouched", "account.delete.by-body-token"],
  },
  {
    id: "account.sessions.live-on",
    file: REVOCATIONS,
    find: "yield* endSessions(identityKey);",
    replace: "",
    kills: [
      ...ids("account.delete", "answered-when-done by-body-token"),
      ...ids("account.sessions", "second-session token pending-wait no-more-pushes"),
    ],
  },
  {
    id: "account.login.still-there",
    file: STORAGE,
    find: '"DELETE FROM users WHERE identity_key = ? RETURNING username",',
    replace: '"SELECT username FROM users WHERE identity_key = ?",',
    kills: ["account.login.as-unknown", "account.data.name"],
  },
  {
    id: "account.login.told-apart",
    file: "src/services/auth.ts",
    find: 'demand(matches, Status.Unauthorized, "auth.login-refused");',
    replace: `const registers = await users.register(
        { username, record: new Uint8Array(192), identityKey: randomBytes(32) },
        randomBytes(32),
        clock.now(),
      );
      demand(registers || matches, Status.Forbidden, "auth.login-refused");
      demand(matches, Status.Unauthorized, "auth.login-refused");`,
    kills: ["account.login.as-unknown"],
  },
];

const DATA: readonly Mutant[] = [
  {
    id: "account.data.inbox-stays",
    file: STORAGE,
    find: "DELETE FROM inboxes WHERE recipient = ?",
    replace: "DELETE FROM inboxes WHERE recipient = ? AND id < 0",
    kills: ["account.data.inbox"],
  },
  {
    id: "account.data.packages-stay",
    file: REVOCATIONS,
    find: "yield* dropKeyPackages(identityKey);",
    replace: "",
    kills: ["account.data.keys"],
  },
  {
    id: "account.data.hybrid-key-stays",
    file: REVOCATIONS,
    find: "yield* dropHybridKey(identityKey);",
    replace: "",
    kills: ["account.data.keys"],
  },
  {
    id: "account.data.endpoint-stays",
    file: STORAGE,
    find: '"DELETE FROM endpoints WHERE identity_key = ?",',
    replace: "",
    kills: ["account.data.endpoint", "account.data.amid-calls"],
  },
  {
    id: "account.data.bundle-stays",
    file: STORAGE,
    find: '"DELETE FROM recovery_bundles WHERE identity_key = ?",',
    replace: "",
    kills: ["account.data.recovery-bundle"],
  },
  {
    id: "account.memberships.stay",
    file: STORAGE,
    find: "return yield* leaveChannels(identityKey);",
    replace: "return [];",
    kills: ids("account.memberships", "channel group event"),
  },
  {
    id: "account.memberships.nobody-told",
    file: SERVICE,
    find: "announceMembership(pushes, members,",
    replace: "announceMembership(pushes, [],",
    kills: ["account.memberships.event"],
  },
  {
    id: "account.memberships.channel-goes",
    file: STORAGE,
    find: "return yield* leaveChannels(identityKey);",
    replace: `yield q(
    "DELETE FROM channels WHERE channel_id IN (SELECT channel_id FROM channel_members WHERE identity_key = ?)",
    identityKey,
  );
  return [];`,
    kills: ["account.messages-stay.channel"],
  },
  {
    id: "account.blobs.stay",
    file: STORAGE,
    find: "yield* purgeBlobs(identityKey);",
    replace: "",
    kills: ["account.blobs.own"],
  },
  {
    id: "account.blobs.all-go",
    file: STORAGE,
    find: "yield* purgeBlobs(identityKey);",
    replace: `yield q(
    "DELETE FROM blobs WHERE blob_id IN (SELECT blob_id FROM blob_owners WHERE identity_key = ?)",
    identityKey,
  );`,
    kills: ["account.blobs.shared"],
  },
];

const KEPT: readonly Mutant[] = [
  {
    id: "account.reports-stay.with-reporter",
    file: STORAGE,
    find: 'yield q("UPDATE reports SET reporter_key = ? WHERE reporter_key = ?", NOBODY, identityKey);',
    replace: "",
    kills: ["account.reports-stay.reports"],
  },
  {
    id: "account.reports-stay.ban-lifted",
    file: STORAGE,
    find: "yield* forgetPairs(identityKey);",
    replace: `yield q("DELETE FROM banned_users WHERE identity_key = ?", identityKey);
  yield* forgetPairs(identityKey);`,
    kills: ["account.reports-stay.ban"],
  },
  {
    id: "account.log-stays.no-leaf",
    file: STORAGE,
    find: 'yield* revokeKey({ identityKey, reason: "user_revoked", leafHash }, now);',
    replace: "",
    kills: [
      ...ids("account.log-stays", "revoked leaves"),
      "account.key-blocked.other-name",
      "account.old-inbox.new-owner",
      "account.delete.kill",
    ],
  },
  {
    id: "account.log-stays.always-a-leaf",
    file: REVOCATIONS,
    find: "if (first === undefined) {",
    replace: `if (first !== undefined) yield* appendLeaf(leafHash);
  else {`,
    kills: ["account.log-stays.leaves"],
  },
  {
    id: "account.name-blocked.free-at-once",
    file: STORAGE,
    find: 'yield* holdUsername(text(account, "username"), nameHeldUntil);',
    replace: 'yield* holdUsername(text(account, "username"), 0 * nameHeldUntil);',
    kills: ["account.name-blocked.at-once", "account.delete.kill"],
  },
  {
    id: "account.name-blocked.for-ever",
    file: SERVICE,
    find: "now + LIMITS.usernameHold.value",
    replace: "now + 100 * LIMITS.usernameHold.value",
    kills: ["account.old-inbox.new-owner"],
  },
];

export const ACCOUNT_MUTANTS: readonly Mutant[] = [...DELETION, ...DATA, ...KEPT];
