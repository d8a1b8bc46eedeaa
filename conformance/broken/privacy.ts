// Mutants that tell what nobody asked: who has an account, who sent a message, what went wrong inside.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const ALL = "src/services/all.ts";
const ERROR = "src/rpc/error.ts";
const AUTH = "src/services/auth.ts";

/** Fails where one of `keys` has no account. */
const demandAccounts = (keys: string) =>
  `for (const key of ${keys}) {
          if (!(await stores.users.findByKey(key))) throw new Error("no such account");
        }`;

const ORACLES: readonly Mutant[] = [
  {
    id: "privacy.accounts.key-packages",
    file: ALL,
    find: "keyPackages: stores.keyPackages,",
    replace: `keyPackages: {
        ...stores.keyPackages,
        pop: async (identityKey, now) => {
          ${demandAccounts("[identityKey]")}
          return stores.keyPackages.pop(identityKey, now);
        },
      },`,
    kills: ["privacy.oracle.key-package"],
  },
  {
    id: "privacy.accounts.hybrid-keys",
    file: ALL,
    find: "hybridKeys: stores.hybridKeys,",
    replace: `hybridKeys: {
        ...stores.hybridKeys,
        getMany: async (identityKeys) => {
          ${demandAccounts("identityKeys")}
          return stores.hybridKeys.getMany(identityKeys);
        },
      },`,
    kills: ids("privacy.oracle", "hybrid-key hybrid-keys"),
  },
  {
    id: "privacy.accounts.endpoints",
    file: ALL,
    find: "endpoints: stores.endpoints",
    replace: `endpoints: {
        ...stores.endpoints,
        resolve: async (identityKey) => {
          ${demandAccounts("[identityKey]")}
          return stores.endpoints.resolve(identityKey);
        },
      }`,
    kills: ["privacy.oracle.endpoint"],
  },
  {
    id: "privacy.accounts.revocations",
    file: ALL,
    find: "kt: stores.kt",
    replace: `kt: {
        ...stores.kt,
        findRevocation: async (identityKey) => {
          ${demandAccounts("[identityKey]")}
          return stores.kt.findRevocation(identityKey);
        },
      }`,
    kills: ["privacy.oracle.revocation"],
  },
  {
    id: "privacy.accounts.inboxes",
    file: ALL,
    find: "deliveries: stores.deliveries,",
    replace: `deliveries: {
        ...stores.deliveries,
        enqueue: async (batch, now) => {
          ${demandAccounts("batch.map(({ recipient }) => recipient)")}
          return stores.deliveries.enqueue(batch, now);
        },
      },`,
    kills: ids("privacy.oracle", "enqueue batch-enqueue"),
  },
  {
    id: "privacy.accounts.which-is-taken",
    file: AUTH,
    find: "return { success: await users.register(user, leaf, now) };",
    replace: `const success = await users.register(user, leaf, now);
      const isName = !success && (await users.find(username)) !== undefined;
      demand(!isName, Status.Forbidden, "auth.username-taken");
      return { success };`,
    kills: ["privacy.oracle.register-finish"],
  },
];

const REFUSALS: readonly Mutant[] = [
  {
    id: "privacy.refusals.foreign-key-named",
    file: "src/rpc/access.ts",
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: `const code = Buffer.from(namedKey(method, request)).toString("hex");
      demand(own, Status.Forbidden, method.accessRule, { code });`,
    kills: [
      ...ids("privacy.oracle", "foreign-inbox foreign-ack foreign-upload"),
      "privacy.errors.of-a-user",
    ],
  },
  {
    id: "privacy.refusals.token-named",
    file: "src/services/recovery.ts",
    find: 'demand(bundle !== undefined, Status.NotFound, "recovery.unknown");',
    replace: `const code = Buffer.from(recoveryToken).toString("hex");
      demand(bundle !== undefined, Status.NotFound, "recovery.unknown", { code });`,
    kills: ["privacy.oracle.recovery-token"],
  },
  {
    id: "privacy.refusals.name-in-code",
    file: AUTH,
    find: 'demand(matches, Status.Unauthorized, "auth.login-refused");',
    replace: 'demand(matches, Status.Unauthorized, "auth.login-refused", { code: username });',
    kills: ["privacy.errors.of-a-login"],
  },
  {
    id: "privacy.refusals.session-token-named",
    file: "src/rpc/credentials.ts",
    find: "const tokenHash = hashToken(token);",
    replace: `const tokenHash = hashToken(token);
    const isKnown = (await credentials.sessions(tokenHash)) !== undefined;
    const code = Buffer.from(token).toString("base64");
    demand(isKnown, Status.Unauthorized, "sessions.unauthorized", { code });`,
    kills: ["privacy.errors.of-a-token"],
  },
  {
    id: "privacy.refusals.stack",
    file: ERROR,
    find: "message: RULES[error.rule].text,",
    replace: 'message: error.stack ?? "",',
    kills: ids("privacy.errors", "of-a-user of-a-login of-a-token"),
  },
  {
    id: "privacy.refusals.numbered",
    file: ERROR,
    find: "message: RULES[error.rule].text,",
    replace: `message: \`\${RULES[error.rule].text} (\${performance.now()})\`,`,
    kills: [
      ...ids("privacy.errors", "two-users no-session"),
      ...ids("privacy.oracle", "foreign-inbox foreign-ack foreign-upload recovery-token"),
    ],
  },
  {
    id: "privacy.refusals.echo",
    file: "src/rpc/dispatch.ts",
    find: "if (composed === undefined) return { status: Status.UnknownMethod, payload: EMPTY };",
    replace: `if (composed === undefined) {
      return { status: Status.UnknownMethod, payload: incoming.frame.payload };
    }`,
    kills: ["privacy.errors.unknown-method"],
  },
];

const VALUES: readonly Mutant[] = [
  {
    id: "privacy.refusals.value-named",
    file: "src/rpc/fields.ts",
    find: "demand(held, Status.BadRequest, field.rule, { code: field.code });",
    replace: `const bytes = values.flat().find((value) => value instanceof Uint8Array);
    const code = bytes === undefined ? field.code : Buffer.from(bytes).toString("hex");
    demand(held, Status.BadRequest, field.rule, { code });`,
    kills: ids(
      "privacy.refused-values",
      "delivery keys channel group moderation user kt blob device recovery p2p",
    ),
  },
];

const METADATA: readonly Mutant[] = [
  {
    id: "privacy.sender.in-the-payload",
    file: "src/services/posting.ts",
    find: "const message = { recipient, channelId, payload, expiresAt: now + ttlMs };",
    replace: `const signed = Buffer.concat([payload, sender ?? SEALED]);
  const message = { recipient, channelId, payload: signed, expiresAt: now + ttlMs };`,
    kills: ids("privacy.sender", "fetch fetch-wait peek event"),
  },
  {
    id: "privacy.health.session-shown",
    file: "src/services/health.ts",
    find: "health: async () => ({",
    replace: `health: async (_, { connection }) => ({
      signingKey: connection.binding ?? new Uint8Array(0),`,
    kills: ["privacy.health.of-users"],
  },
  {
    id: "privacy.presence.with-messages",
    file: "src/services/posting.ts",
    find: "pushes.push(entry.recipient, () => newMessage(entry, seq));",
    replace: `pushes.push(entry.recipient, () => newMessage(entry, seq));
      pushes.push(entry.recipient, () => ({ eventType: 1002, payload: new Uint8Array(0) }));`,
    kills: ["events.presence.unasked"],
  },
];

const TIMING: readonly Mutant[] = [
  {
    id: "privacy.timing.names",
    file: AUTH,
    find: "const user = isUsername(username) ? await users.find(username) : undefined;",
    replace: `const user = isUsername(username) ? await users.find(username) : undefined;
      if (user !== undefined) await new Promise((done) => setTimeout(done, 15));`,
    kills: ["privacy.timing.login-start"],
  },
  {
    id: "privacy.timing.keys",
    file: ALL,
    find: "hybridKeys: stores.hybridKeys,",
    replace: `hybridKeys: {
        ...stores.hybridKeys,
        getMany: async (identityKeys) => {
          const [key = new Uint8Array(0)] = identityKeys;
          const user = await stores.users.findByKey(key);
          if (user !== undefined) await new Promise((done) => setTimeout(done, 5));
          return stores.hybridKeys.getMany(identityKeys);
        },
      },`,
    kills: ["privacy.timing.hybrid-key"],
  },
];

export const PRIVACY_MUTANTS: readonly Mutant[] = [
  ...ORACLES,
  ...REFUSALS,
  ...VALUES,
  ...METADATA,
  ...TIMING,
];
