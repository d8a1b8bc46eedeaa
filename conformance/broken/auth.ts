// Mutants of registration and login: src/services/auth.ts and what it stands on.

import type { Mutant } from "./mutant.ts";

const AUTH = "src/services/auth.ts";
const PENDING = "src/services/pending-logins.ts";
const USERS = "src/storage/sql/users.ts";

const REGISTRATION: readonly Mutant[] = [
  {
    id: "auth.register.overwrites",
    file: USERS,
    find: "ON CONFLICT DO NOTHING",
    replace: "ON CONFLICT (username) DO UPDATE SET opaque_record = excluded.opaque_record",
    kills: [
      "auth.register.taken-name",
      "auth.register.first-password-still-opens",
      "auth.register.same-account-again",
      "auth.register-start.reserves-nothing",
    ],
  },
  {
    id: "auth.register.key-many-times",
    file: "src/storage/sql/migrations.ts",
    find: "identity_key BLOB NOT NULL UNIQUE,",
    replace: "identity_key BLOB NOT NULL,",
    kills: [
      "auth.register.taken-key",
      "auth.register.race-for-a-key",
      "auth.register.refused-name-stays-free",
    ],
  },
  {
    id: "auth.register.success-always",
    file: AUTH,
    find: "return { success: await users.register(user, leaf, now) };",
    replace: "return { success: (await users.register(user, leaf, now)) || true };",
    kills: [
      "auth.register.taken-name",
      "auth.register.same-account-again",
      "auth.register.race-for-a-name",
      "auth.register.race-for-a-key",
    ],
  },
  {
    id: "auth.register.success-never",
    file: AUTH,
    find: "return { success: await users.register(user, leaf, now) };",
    replace: "return { success: (await users.register(user, leaf, now)) && false };",
    kills: [
      "auth.register.new-account",
      "auth.register.username-64-bytes",
      "auth.register-finish.client-key-generator",
      "auth.messages.register-finish",
    ],
  },
  {
    id: "auth.register.refused-key-kept",
    file: USERS,
    find: "export function* registerUser(user: User, leafHash: Uint8Array, now: number): Operation<boolean> {",
    replace: `export function* registerUser(user: User, leafHash: Uint8Array, now: number): Operation<boolean> {
      const tried = (registerUser as unknown as { keys?: Set<string> });
      tried.keys ??= new Set();
      const key = Buffer.from(user.identityKey).toString("hex");
      if (tried.keys.has(key)) return false;
      tried.keys.add(key);`,
    kills: ["auth.register.refused-key-stays-free"],
  },
  {
    id: "auth.register.name-of-32-bytes",
    file: "src/services/username.ts",
    find: "const MAX_BYTES = 64;",
    replace: "const MAX_BYTES = 32;",
    kills: ["auth.register.username-64-bytes"],
  },
  {
    id: "auth.register-start.tells-taken-names",
    file: AUTH,
    find: 'const response = wellFormed("auth.request-malformed", () =>',
    replace: `demand(!(await users.find(username)), Status.BadRequest, "auth.username-taken");
      const response = wellFormed("auth.request-malformed", () =>`,
    kills: [
      "auth.register-start.taken-and-free",
      "auth.register-start.before-and-after",
      "opaque.oprf-key.same-at-login",
    ],
  },
  {
    id: "auth.register-start.reserves-the-name",
    file: AUTH,
    find: 'const response = wellFormed("auth.request-malformed", () =>',
    replace: `const self = compose as unknown as { started?: Set<string> };
      self.started ??= new Set();
      demand(!self.started.has(username), Status.BadRequest, "auth.username");
      self.started.add(username);
      const response = wellFormed("auth.request-malformed", () =>`,
    kills: [
      "auth.register-start.reserves-nothing",
      "auth.register-start.older-start-finishes",
      "auth.register.race-for-a-name",
      "opaque.exchange.evaluation-is-a-multiplication",
    ],
  },
  {
    id: "auth.register-start.element-as-internal",
    file: "src/crypto/opaque/serenity/server.ts",
    find: '"deserialize registrationRequest": "element"',
    replace: '"deserialize registrationRequest": "backend"',
    kills: [
      "auth.register-start.element-identity",
      "auth.register-start.element-field-prime",
      "auth.register-start.element-high-bit",
      "auth.register-start.element-negative",
      "auth.register-start.element-not-square",
    ],
  },
  {
    id: "auth.register-finish.upload-unchecked",
    file: AUTH,
    find: 'wellFormed("auth.upload-malformed", () => opaque.checkUpload(upload));',
    replace: "",
    kills: [
      "auth.register-finish.client-key-identity",
      "auth.register-finish.client-key-field-prime",
      "auth.register-finish.client-key-high-bit",
      "auth.register-finish.client-key-negative",
      "auth.register-finish.client-key-not-square",
    ],
  },
];

const LOGIN: readonly Mutant[] = [
  {
    id: "auth.unknown-user.refused-at-start",
    file: AUTH,
    find: "const { ke2, state } = wellFormed(",
    replace: `demand(user !== undefined, Status.Unauthorized, "auth.login-refused");
      const { ke2, state } = wellFormed(`,
    kills: [
      "auth.login-start.unknown-name",
      "auth.login-start.name-empty",
      "auth.login-start.name-65-bytes",
      "auth.login-start.name-at-sign",
      "auth.login-start.element-generator",
      "auth.login-start.key-share-generator",
      "auth.login.unknown-user",
      "auth.refusals.start-size",
      "auth.refusals.unknown-user",
      "opaque.dummy.opens-to-nobody",
    ],
  },
  {
    id: "auth.unknown-user.random-element",
    file: AUTH,
    find: "opaque.loginStart(username, user?.record ?? null, request),",
    replace:
      'opaque.loginStart(user ? username : randomBytes(9).toString("hex"), user?.record, request),',
    kills: ["auth.login-start.unknown-element-stable", "auth.login-start.unknown-then-known"],
  },
  {
    id: "auth.unknown-user.other-status",
    file: AUTH,
    find: 'demand(matches, Status.Unauthorized, "auth.login-refused");',
    replace: `demand(login?.identityKey !== undefined, Status.Forbidden, "auth.login-refused");
      demand(matches, Status.Unauthorized, "auth.login-refused");`,
    kills: [
      "auth.refusals.unknown-user",
      "auth.login.unknown-user",
      "auth.pending.finish-without-start",
      "auth.pending.finish-without-start-unknown",
    ],
  },
  {
    id: "auth.login.refusal-tells-why",
    file: AUTH,
    find: 'demand(matches, Status.Unauthorized, "auth.login-refused");',
    replace: `demand(proved, Status.Unauthorized, "auth.login-refused");
      demand(matches, Status.Unauthorized, "auth.key-mismatch");`,
    kills: ["auth.refusals.wrong-identity-key"],
  },
  {
    id: "auth.login.proof-not-looked-at",
    file: AUTH,
    find: "const proved = login && opaque.loginFinish(login.state, finalization) !== undefined;",
    replace: "const proved = login && finalization.length === 64;",
    kills: [
      "auth.login.flipped-finalization",
      "auth.login.flipped-byte-31",
      "auth.login.flipped-byte-32",
      "auth.login.flipped-last-byte",
      "auth.login.zero-finalization",
      "auth.login.proof-of-another-account",
      "auth.login.proof-of-an-earlier-login",
      "auth.pending.failure-beside",
    ],
  },
  {
    id: "auth.login.key-not-compared",
    file: AUTH,
    find: "Buffer.compare(known, identityKey) === 0;",
    replace: "identityKey.length === 32;",
    kills: [
      "auth.login.unregistered-identity-key",
      "auth.register.race-for-a-name",
      "auth.pending.wrong-key-consumes",
    ],
  },
  {
    id: "auth.login.session-of-the-key-sent",
    file: AUTH,
    find: "const known = proved ? login.identityKey : undefined;",
    replace: "const known = proved ? identityKey : undefined;",
    kills: ["auth.login.identity-key-of-another", "auth.login.unregistered-identity-key"],
  },
  {
    id: "auth.login.session-of-nobody",
    file: AUTH,
    find: "identityKey: known,",
    replace: "identityKey: randomBytes(32),",
    kills: ["auth.login.session-is-of-the-record", "sessions.own-identity.own-key"],
  },
  {
    id: "auth.pending.never-consumed",
    file: PENDING,
    find: "all.get(connection)?.delete(key);",
    replace: "",
    kills: [
      "auth.pending.replayed-finish",
      "auth.pending.wrong-proof-consumes",
      "auth.pending.wrong-key-consumes",
    ],
  },
  {
    id: "auth.pending.consumed-by-bad-requests",
    file: "src/rpc/dispatch.ts",
    find: "checkFields(method, request);",
    replace: `try { checkFields(method, request); } catch (error) {
        await composed.handle(request as never, { connection } as never).catch(() => {});
        throw error;
      }`,
    kills: ["auth.pending.short-proof-keeps", "auth.pending.short-key-keeps"],
  },
  {
    id: "auth.pending.one-per-connection",
    file: PENDING,
    find: "logins.delete(key);",
    replace: "logins.clear();",
    kills: [
      "auth.pending.interleaved",
      "auth.pending.interleaved-crossed",
      "auth.pending.failure-beside",
      "auth.pending.sixteen-fit",
    ],
  },
  {
    id: "auth.pending.no-cap",
    file: PENDING,
    find: "if (logins.size > LIMITS.pendingLogins.value) logins.delete(oldest);",
    replace: "",
    kills: ["auth.pending.seventeenth-drops-the-first"],
  },
  {
    id: "auth.pending.for-ever",
    file: PENDING,
    find: "clock.now() < login.until",
    replace: "login.until > 0",
    kills: ["auth.pending.lifetime"],
  },
  {
    id: "auth.floor.none",
    file: "src/rpc/dispatch.ts",
    find: 'method.family === "auth" ? LIMITS.authFloor.value : 0',
    replace: "0",
    kills: [
      "auth.floor.register-start",
      "auth.floor.register-start-refused",
      "auth.floor.register-finish-refused",
      "auth.floor.login-start",
      "auth.floor.login-finish-refused",
    ],
  },
  {
    id: "auth.login-rate.none",
    file: "src/services/all.ts",
    find: "loginRate: perMinute(LIMITS.failedLogins.value),",
    replace: "loginRate: perMinute(0),",
    kills: ["auth.login-rate.known-and-unknown", "auth.login-rate.window-passes"],
  },
  {
    id: "auth.login-rate.per-address",
    file: AUTH,
    find: "const wait = loginRate.take(attemptKey(connection, username));",
    replace: 'const wait = loginRate.take(attemptKey(connection, ""));',
    kills: ["auth.login-rate.known-and-unknown"],
  },
  {
    id: "auth.login-rate.hour",
    file: "src/server/server.ts",
    find: "perMinute: (limit) => rate(() => limit, 60_000),",
    replace: "perMinute: (limit) => rate(limit, 3_600_000),",
    kills: ["auth.login-rate.window-passes"],
  },
];

export const AUTH_MUTANTS: readonly Mutant[] = [...REGISTRATION, ...LOGIN];
