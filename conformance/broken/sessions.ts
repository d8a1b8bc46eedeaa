// Mutants of sessions: tokens, bindings, trailers, expiry.

import type { Mutant } from "./mutant.ts";

const AUTH = "src/services/auth.ts";
const CREDENTIALS = "src/rpc/credentials.ts";
const SERVER = "src/server/server.ts";

export const SESSIONS_MUTANTS: readonly Mutant[] = [
  {
    id: "sessions.token.31-bytes",
    file: AUTH,
    find: "const TOKEN_BYTES = 32;",
    replace: "const TOKEN_BYTES = 31;",
    kills: ["sessions.token.32-bytes", "auth.login.right-password", "auth.messages.login-finish"],
  },
  {
    id: "sessions.token.mostly-zero",
    file: AUTH,
    find: "const token = randomBytes(TOKEN_BYTES);",
    replace: "const token = Buffer.concat([Buffer.alloc(24), randomBytes(8)]);",
    kills: ["sessions.token.eight-logins"],
  },
  {
    id: "sessions.token.one-per-account",
    file: AUTH,
    find: "const admitted = await sessions.create(session, now);",
    replace: `const self = compose as unknown as { newest?: Map<string, string> };
      self.newest ??= new Map();
      self.newest.set(known.join(), session.tokenHash.join());
      const find = sessions.find.bind(sessions);
      sessions.find = async (hash, at) => {
        const found = await find(hash, at);
        const newest = found && self.newest?.get(found.identityKey.join());
        return newest === found?.tokenHash.join() ? found : undefined;
      };
      const admitted = await sessions.create(session, now);`,
    kills: ["sessions.token.both-stay-valid", "sessions.token.replaced-binding-stays-valid"],
  },
  {
    id: "sessions.binding.none",
    file: AUTH,
    find: "connection.binding = session.tokenHash;",
    replace: "",
    kills: [
      "sessions.binding.later-calls",
      "sessions.binding.start-leaves-it",
      "sessions.binding.after-a-failure",
      "sessions.trailer.at-login-finish",
      "sessions.empty-token.no-field",
      "sessions.empty-token.empty-field",
    ],
  },
  {
    id: "sessions.binding.first-login-stays",
    file: AUTH,
    find: "connection.binding = session.tokenHash;",
    replace: "connection.binding ??= session.tokenHash;",
    kills: ["sessions.binding.second-login", "sessions.expiry.bound-connection"],
  },
  {
    id: "sessions.binding.lost-by-a-finish",
    file: AUTH,
    find: "const login = pending.take(connection, username);",
    replace: "connection.binding = undefined; const login = pending.take(connection, username);",
    kills: ["sessions.binding.failed-login", "sessions.binding.finish-without-start"],
  },
  {
    id: "sessions.binding.by-start",
    file: AUTH,
    find: "return { response: ke2 };",
    replace: `if (user) {
        const tokenHash = randomBytes(32);
        const { identityKey } = user;
        const expiresAt = clock.now() + dependencies.limits.sessionMs;
        await sessions.create({ tokenHash, identityKey, deviceId: NO_DEVICE, expiresAt }, clock.now());
        connection.binding = tokenHash;
      }
      return { response: ke2 };`,
    kills: [
      "sessions.binding.start-does-not-bind",
      "sessions.binding.start-leaves-it",
      "sessions.binding.failed-login",
      "auth.login.flipped-finalization",
    ],
  },
  {
    id: "sessions.binding.by-body-token",
    file: CREDENTIALS,
    find: "return accept(await credentials.sessions(tokenHash), connection, credentials);",
    replace: `connection.binding = tokenHash;
    return accept(await credentials.sessions(tokenHash), connection);`,
    kills: [
      "sessions.binding.body-token-does-not-bind",
      "sessions.binding.body-token-leaves-it",
      "sessions.invalid-token-bound.unknown",
    ],
  },
  {
    id: "sessions.binding.of-all-connections",
    file: "src/rpc/serve.ts",
    find: "binding: undefined,",
    replace: `get binding() { return (serveConnection as { bound?: Uint8Array }).bound; },
    set binding(hash) { (serveConnection as { bound?: Uint8Array }).bound = hash; },`,
    kills: [
      "sessions.binding.other-connection",
      "sessions.unauthorized.every-method",
      "sessions.empty-token.no-field-unbound",
      "sessions.empty-token.empty-field-unbound",
      "sessions.connection.after-unauthorized",
    ],
  },
  {
    id: "sessions.trailer.after-binding",
    file: CREDENTIALS,
    find: "if (token.length > 0) {",
    replace: "if (token.length > 0 && connection.binding === undefined) {",
    kills: [
      "sessions.trailer.wins-over-binding",
      "sessions.trailer.not-the-binding",
      "sessions.invalid-token-bound.31-bytes",
      "sessions.invalid-token-bound.nothing-is-done",
    ],
  },
  {
    id: "sessions.trailer.falls-back",
    file: CREDENTIALS,
    find: "return accept(await credentials.sessions(tokenHash), connection, credentials);",
    replace: `const found = await credentials.sessions(tokenHash);
    if (found || !connection.binding) return accept(found, connection, credentials);`,
    kills: [
      "sessions.invalid-token-bound.unknown",
      "sessions.invalid-token-bound.first-byte-changed",
      "sessions.invalid-token-bound.last-byte-changed",
      "sessions.invalid-token-bound.zeros",
      "sessions.invalid-token-bound.1-byte",
      "sessions.invalid-token-bound.31-bytes",
      "sessions.invalid-token-bound.33-bytes",
      "sessions.invalid-token-bound.sha-256",
      "sessions.invalid-token-bound.nothing-is-done",
    ],
  },
  {
    id: "sessions.trailer.unknown-field",
    file: CREDENTIALS,
    find: "if (token.length > 0) {",
    replace: "if (token.length > 64) {",
    kills: [
      "sessions.trailer.fresh-connection",
      "sessions.trailer.sides-by-side",
      "sessions.trailer.before-the-fields",
      "sessions.connection.after-invalid-token",
      "sessions.restart.token-survives",
    ],
  },
  {
    id: "sessions.trailer.never-valid",
    file: CREDENTIALS,
    find: "const tokenHash = hashToken(token);",
    replace: "const tokenHash = token;",
    kills: [
      "sessions.trailer.own-connection",
      "sessions.trailer.wins-over-binding",
      "sessions.token.replaced-binding-stays-valid",
    ],
  },
  {
    id: "sessions.trailer.last-bytes-only",
    file: "src/rpc/dispatch.ts",
    find: "const { credentials } = options;",
    replace: `const { credentials } = options;
      const last = { no: 15, wireType: 2, data: payload.subarray(-35) };
      request.$unknown = payload.at(-36) === 0x7a ? [last] : [];`,
    kills: [
      "sessions.trailer.before-the-fields",
      "sessions.trailer.between-the-fields",
      "sessions.trailer.empty-one-last",
      "sessions.trailer.around-the-fields",
      "sessions.trailer.last-token-wins-within",
      "sessions.trailer.unknown-field-within",
      "sessions.trailer.empty-device-id",
    ],
  },
  {
    id: "sessions.trailer.first-one-counts",
    file: "src/rpc/trailer.ts",
    find: "for (const { no, wireType, data } of fields)",
    replace: "for (const { no, wireType, data } of fields.slice(0, 1))",
    kills: [
      "sessions.trailer.empty-one-first",
      "sessions.trailer.last-token-wins",
      "sessions.trailer.last-token-wrong",
    ],
  },
  {
    id: "sessions.token.only-31-bytes-count",
    file: CREDENTIALS,
    find: "update(token).digest();",
    replace: "update(token.subarray(0, 31)).digest();",
    kills: [
      "sessions.invalid-token.last-byte-changed",
      "sessions.invalid-token.31-bytes",
      "sessions.invalid-token.33-bytes",
      "sessions.invalid-token-bound.last-byte-changed",
    ],
  },
  {
    id: "sessions.token.hash-accepted",
    file: CREDENTIALS,
    find: "return accept(await credentials.sessions(tokenHash), connection, credentials);",
    replace: `const found = await credentials.sessions(tokenHash);
    return accept(found ?? (await credentials.sessions(token)), connection);`,
    kills: ["sessions.invalid-token.sha-256", "sessions.invalid-token-bound.sha-256"],
  },
  {
    id: "sessions.token.empty-is-invalid",
    file: CREDENTIALS,
    find: "if (token.length > 0) {",
    replace: "if (request.$unknown?.some(({ no }) => no === TRAILER_FIELD)) {",
    kills: ["sessions.empty-token.no-field", "sessions.empty-token.empty-field"],
  },
  {
    id: "sessions.unauthorized.as-forbidden",
    file: CREDENTIALS,
    find: 'demand(session !== undefined, Status.Unauthorized, "sessions.unauthorized");',
    replace: 'demand(session !== undefined, Status.Forbidden, "sessions.unauthorized");',
    kills: [
      "sessions.invalid-token.unknown",
      "sessions.invalid-token.first-byte-changed",
      "sessions.invalid-token.last-byte-changed",
      "sessions.invalid-token.zeros",
      "sessions.invalid-token.1-byte",
      "sessions.invalid-token.31-bytes",
      "sessions.invalid-token.33-bytes",
      "sessions.expiry.after-24-hours",
      "sessions.expiry.bound-connection",
    ],
  },
  {
    id: "sessions.open.auth-closed",
    file: CREDENTIALS,
    find: "if (!needsSession(method)) return",
    replace: 'if (method.family !== "auth" && !needsSession(method)) return',
    kills: [
      "sessions.open.register-start",
      "sessions.open.register-finish",
      "sessions.open.login-start",
      "sessions.open.login-finish",
      "auth.register-start.element-generator",
    ],
  },
  {
    id: "sessions.open.health-closed",
    file: CREDENTIALS,
    find: "if (!needsSession(method)) return",
    replace: 'if (method.family !== "health" && !needsSession(method)) return',
    kills: ["sessions.open.health", "sessions.connection.without-token"],
  },
  {
    id: "sessions.open.trailer-checked",
    file: CREDENTIALS,
    find: "if (!needsSession(method)) return",
    replace: "if (!needsSession(method) && trailerToken(request, payload).length === 0) return",
    kills: [
      "sessions.open.register-start-invalid-token",
      "sessions.open.register-finish-invalid-token",
      "sessions.open.login-start-invalid-token",
      "sessions.open.login-finish-invalid-token",
      "sessions.open.health-invalid-token",
    ],
  },
  {
    id: "sessions.connection.closed-without-session",
    file: "src/rpc/serve.ts",
    find: "for await (const stream of quic.acceptBidi()) {",
    replace: `for await (const stream of quic.acceptBidi()) {
    setTimeout(() => connection.binding ?? quic.close(Status.Unauthorized, "no token"), 50);`,
    kills: ["sessions.connection.after-unauthorized", "sessions.connection.after-invalid-token"],
  },
  {
    id: "sessions.identity.any-key",
    file: "src/rpc/access.ts",
    find: "const own = Buffer.compare(namedKey(method, request), identityKey) === 0;",
    replace: "const own = identityKey.length === 32;",
    kills: ["sessions.own-identity.key-of-another"],
  },
  {
    id: "sessions.expiry.never",
    file: SERVER,
    find: "stores.sessions.find(tokenHash, clock.now());",
    replace: "stores.sessions.find(tokenHash, 0);",
    kills: [
      "sessions.expiry.after-24-hours",
      "sessions.expiry.short-lifetime",
      "sessions.expiry.bound-connection",
      "sessions.expiry.one-of-two",
    ],
  },
  {
    id: "sessions.expiry.half-a-day",
    file: AUTH,
    find: "expiresAt: now + limits.sessionMs,",
    replace: "expiresAt: now + limits.sessionMs / 2,",
    kills: ["sessions.expiry.after-24-hours", "sessions.expiry.one-of-two"],
  },
  {
    id: "sessions.ended.binding-remembered",
    file: CREDENTIALS,
    find: "return accept(await credentials.sessions(connection.binding), connection, credentials);",
    replace: "return accept([...connection.accepted.values()].at(-1), connection, credentials);",
    kills: ["sessions.expiry.bound-connection", "sessions.expiry.short-lifetime"],
  },
  {
    id: "sessions.restart.forgotten",
    file: SERVER,
    find: "stores.sessions.find(tokenHash, clock.now());",
    replace: `stores.sessions
      .find(tokenHash, clock.now())
      .then((found) => (found && found.expiresAt - limits.sessionMs < born ? undefined : found));
  const born = clock.now();`,
    kills: ["sessions.restart.token-survives"],
  },
];
