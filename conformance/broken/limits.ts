// Mutants of the rate limits, the bounds in time, and Health.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const HEALTH = "src/services/health.ts";
const DISPATCH = "src/rpc/dispatch.ts";
const RATE = "src/rpc/rate-limit.ts";
const SERVER = "src/server/server.ts";

export const LIMITS_MUTANTS: readonly Mutant[] = [
  {
    id: "health.session.needed",
    file: "src/rpc/credentials.ts",
    find: 'if (!needsSession(method)) return { kind: "nobody" };',
    replace: `if (!needsSession(method) && method.family !== "health") return { kind: "nobody" };`,
    kills: ["health.call.fresh-connection", "limits.rate.health"],
  },
  {
    id: "health.session.refused",
    file: DISPATCH,
    find: 'if (method.family === "health") return;',
    replace: `if (method.family === "health") {
    return demand(connection.binding === undefined, Status.Forbidden, "health.no-session");
  }`,
    kills: ["health.call.bound-connection", "limits.rate.health"],
  },
  {
    id: "health.status.empty",
    file: HEALTH,
    find: '"draining" : "ok"',
    replace: '"draining" : ""',
    kills: ["health.status.not-empty", "health.status.ok"],
  },
  {
    id: "health.status.drain-unseen",
    file: HEALTH,
    find: '"draining" : "ok"',
    replace: '"ok" : "ok"',
    kills: ["health.draining.live-connection"],
  },
  {
    id: "health.uptime.in-milliseconds",
    file: HEALTH,
    find: "(clock.now() - startedAt) / 1000",
    replace: "clock.now() - startedAt",
    kills: ["health.uptime.two-looks", "health.uptime.since-start"],
  },
  {
    id: "health.uptime.of-the-clock",
    file: HEALTH,
    find: "const startedAt = clock.now();",
    replace: "const startedAt = 0;",
    kills: ["health.uptime.since-start"],
  },
  {
    id: "limits.rate.accounts-unlimited",
    file: SERVER,
    find: "accountRate: rate(() => limits.ratePerSecond, 1000),",
    replace: "accountRate: rate(() => 0, 1000),",
    kills: [
      "limits.rate.burst-500",
      "limits.rate.sliding",
      "limits.rate.retry-hint",
      "limits.rate.per-account",
      "limits.batch-cost.100-recipients",
      "limits.no-effect.keys-and-messages",
    ],
  },
  {
    id: "limits.rate.addresses-unlimited",
    file: SERVER,
    find: "hostRate: rate(() => limits.ratePerSecond, 1000),",
    replace: "hostRate: rate(() => 0, 1000),",
    kills: [
      "limits.rate.address-anonymous",
      "limits.rate.address-registration",
      "limits.rate.address-bad-token",
      "limits.rate.health",
      "limits.no-effect.pending-login",
    ],
  },
  {
    id: "limits.rate.one-less",
    file: RATE,
    find: "recent.length + counted > limit",
    replace: "recent.length + counted >= limit",
    kills: ["limits.rate.50-at-once", "limits.batch-cost.one-recipient"],
  },
  {
    id: "limits.rate.fixed-windows",
    file: RATE,
    find: "(at) => at > time - windowMs",
    replace: "(at) => Math.floor(at / windowMs) === Math.floor(time / windowMs)",
    kills: ["limits.rate.sliding"],
  },
  {
    id: "limits.rate.windows-from-the-first-call",
    file: RATE,
    find: "(calls.get(key) ?? []).filter((at) => at > time - windowMs)",
    replace: "(calls.get(key) ?? []).filter((_, __, [first = 0]) => first > time - windowMs)",
    kills: ["limits.rate.sliding"],
  },
  {
    id: "limits.rate.three-seconds",
    file: SERVER,
    find: "accountRate: rate(() => limits.ratePerSecond, 1000),",
    replace: "accountRate: rate(() => limits.ratePerSecond, 3000),",
    kills: ["limits.rate.50-at-once", "limits.rate.burst-500"],
  },
  {
    id: "limits.rate.per-session",
    file: DISPATCH,
    find: "keyOf(caller.session.identityKey), cost",
    replace: "keyOf(caller.session.tokenHash), cost",
    kills: ["limits.rate.per-account"],
  },
  {
    id: "limits.rate.accounts-by-address",
    file: DISPATCH,
    find: "takeRate(options.accountRate, keyOf(caller.session.identityKey), cost);",
    replace: "takeRate(options.hostRate, connection.host, cost);",
    kills: [
      "limits.rate.per-account",
      "limits.rate.address-anonymous",
      "limits.rate.address-registration",
      "limits.rate.address-bad-token",
    ],
  },
  {
    id: "limits.rate.per-connection",
    file: "src/rpc/serve.ts",
    find: "host: networkOf(quic.remote.host),",
    replace: `host: \`\${quic.remote.host}:\${quic.remote.port}\`,`,
    kills: [
      "limits.rate.address-anonymous",
      "limits.rate.address-registration",
      "limits.rate.address-bad-token",
    ],
  },
  {
    id: "limits.rate.health-counted",
    file: DISPATCH,
    find: 'if (method.family === "health") return;',
    replace: "",
    kills: ["limits.rate.health"],
  },
  {
    id: "limits.rate.no-hint",
    file: DISPATCH,
    find: '"limits.rate-limit", { retryAfterMs: wait });',
    replace: '"limits.rate-limit");',
    kills: ["limits.rate.retry-hint"],
  },
  {
    id: "limits.rate.handler-runs-first",
    file: DISPATCH,
    find: "checkRate(options, method, request, identified, connection);",
    replace: `try {
        checkRate(options, method, request, identified, connection);
      } catch (error) {
        const call = { method, caller: identified, connection, signal: connection.ended };
        await composed.handle(request as never, call);
        throw error;
      }`,
    kills: ids(
      "limits.no-effect",
      `keys-and-messages pending-login channel group moderation kt blob device recovery p2p
      account`,
    ),
  },
  {
    id: "limits.batch-cost.one-call",
    file: DISPATCH,
    find: "Math.floor(entries.length / 100)",
    replace: "0",
    kills: ids("limits.batch-cost", "100-recipients 100-identities"),
  },
  {
    id: "limits.batch-cost.begun-hundreds",
    file: DISPATCH,
    find: "Math.floor(entries.length / 100)",
    replace: "Math.ceil(entries.length / 100)",
    kills: ["limits.batch-cost.one-recipient"],
  },
  {
    id: "limits.field-lengths.multiples-of-32",
    file: "src/rpc/fields.ts",
    find: "!field.lengths.includes(length)",
    replace: "!field.lengths.some((one) => length > 0 && length % one === 0)",
    kills: [
      "limits.field-lengths.enqueue-two-keys",
      "limits.field-lengths.batch-enqueue-two-keys",
      "limits.field-lengths.fetch-key-package-two-keys",
      "limits.field-lengths.fetch-hybrid-key-two-keys",
      "limits.field-lengths.fetch-hybrid-keys-two-keys",
    ],
  },
  {
    id: "limits.fetch-wait.rpc-timeout",
    file: DISPATCH,
    find: "composed.longPoll ? 0 : options.rpcTimeoutMs",
    replace: "options.rpcTimeoutMs",
    kills: ["limits.fetch-wait.default-cap"],
  },
  {
    id: "limits.drain-timeout.five-seconds-more",
    file: SERVER,
    find: "settledWithin(limits.drainTimeoutMs,",
    replace: "settledWithin(limits.drainTimeoutMs + 5_000,",
    kills: ["limits.drain-timeout.stuck-call"],
  },
];
