// Mutants of what a server does for its peers: src/services/federation.ts and its storage. Who is a peer:
// federation-peers.ts. What it asks of peers: federation-routing.ts.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/federation.ts";
const STORE = "src/storage/sql/federation.ts";

export const FEDERATION_MUTANTS: readonly Mutant[] = [
  {
    id: "federation.message-id.the-clients",
    file: "src/services/posting.ts",
    find: "const messageId = relayedId(sender, message.messageId);",
    replace: "const { messageId } = message;",
    kills: ["federation.message-id.per-sender"],
  },
  {
    id: "federation.relay.next-seq",
    file: SERVICE,
    find: "return { seq, duplicate };",
    replace: "return { seq: seq + 1n, duplicate };",
    kills: [
      ...ids("federation.relay", "round-trip one-counter"),
      ...ids("federation.messages", "relay-enqueue"),
    ],
  },
  {
    id: "federation.relay.wakes-nobody",
    file: SERVICE,
    find: "const queue = createQueue(dependencies);",
    replace: `const queue = createQueue({
    ...dependencies,
    waits: { ...dependencies.waits, signal: () => {} },
  });`,
    kills: ["federation.relay.wakes-wait"],
  },
  {
    id: "federation.relay.no-push",
    file: SERVICE,
    find: "const queue = createQueue(dependencies);",
    replace: `const queue = createQueue({
    ...dependencies,
    pushes: { ...dependencies.pushes, push: () => {} },
  });`,
    kills: ["federation.relay.pushes"],
  },
  {
    id: "federation.relay.no-ttl",
    file: SERVICE,
    find: "outgoing(scope, one.recipientKey, one, now)",
    replace: "outgoing(scope, one.recipientKey, { ...one, ttlSecs: 0 }, now)",
    kills: ["federation.restart.keeps-all"],
  },
  {
    id: "federation.relay.always-an-id",
    file: SERVICE,
    find: "outgoing(scope, one.recipientKey, one, now)",
    replace: `outgoing(
        scope,
        one.recipientKey,
        { ...one, messageId: one.messageId.length > 0 ? one.messageId : new Uint8Array(16) },
        now,
      )`,
    kills: ["federation.relay.no-id-twice"],
  },
  {
    id: "federation.relay.not-to-banned",
    file: STORE,
    find: '"SELECT username FROM users WHERE identity_key = ?"',
    replace: `"SELECT username FROM users WHERE identity_key = ? AND identity_key NOT IN (SELECT identity_key FROM banned_users)"`,
    kills: ["federation.relay.banned-user"],
  },
  {
    id: "federation.relay.not-to-revoked",
    file: STORE,
    find: '"SELECT username FROM users WHERE identity_key = ?"',
    replace: `"SELECT username FROM users WHERE identity_key = ? AND identity_key NOT IN (SELECT identity_key FROM revocations)"`,
    kills: ["federation.relay.revoked-user"],
  },
  {
    id: "federation.relay-batch.backwards",
    file: SERVICE,
    find: "return { seqs: queued.map(({ seq }) => seq) };",
    replace: "return { seqs: queued.map(({ seq }) => seq).reverse() };",
    kills: [
      "federation.relay-batch.one-seq-each",
      "federation.messages.relay-batch-enqueue",
      "federation.dedup.batch",
    ],
  },
  {
    id: "federation.unknown-user.kept",
    file: SERVICE,
    find: "demand(areLocal,",
    replace: "demand(true,",
    kills: [
      ...ids("federation.unknown-user", "relay batch"),
      ...ids("federation.loop", "relay origin-of-the-key"),
    ],
  },
  {
    id: "federation.unknown-user.first-only",
    file: STORE,
    find: "if (row === undefined) return false;",
    replace: "return row !== undefined;",
    kills: ["federation.unknown-user.batch", "federation.loop.relay"],
  },
  {
    id: "federation.fields.first-of-a-batch",
    file: "src/rpc/fields.ts",
    find: "values.every((value) => holds(field, value))",
    replace: "values.slice(0, 1).every((value) => holds(field, value))",
    kills: ["federation.fields.second-of-a-batch"],
  },
  {
    id: "federation.channel.not-looked-at",
    file: SERVICE,
    find: "for (const { channelId } of messages) await refuseChannel(channelId);",
    replace: "",
    kills: ids("federation.channel", "unknown unknown-in-batch known"),
  },
  {
    id: "federation.channel.first-of-a-batch",
    file: SERVICE,
    find: "for (const { channelId } of messages) await",
    replace: "for (const { channelId } of messages.slice(0, 1)) await",
    kills: ["federation.channel.unknown-in-batch"],
  },
  {
    id: "federation.channel.known-is-open",
    file: SERVICE,
    find: "demand(false, Status.Forbidden,",
    replace: "demand(true, Status.Forbidden,",
    kills: ["federation.channel.known"],
  },
  {
    id: "federation.dedup.for-all-peers",
    file: SERVICE,
    find: 'createHash("sha256").update(domain)',
    replace: 'createHash("sha256").update("peer")',
    kills: ["federation.dedup.other-peer"],
  },
  {
    id: "federation.dedup.none",
    file: SERVICE,
    find: "outgoing(scope, one.recipientKey, one, now)",
    replace: "outgoing(scope, one.recipientKey, { ...one, messageId: new Uint8Array(0) }, now)",
    kills: [
      ...ids("federation.dedup", "same-peer batch 50-at-once"),
      "federation.messages.relay-enqueue",
      "federation.restart.keeps-all",
      ...ids("federation.pair", "exchange killed"),
    ],
  },
  {
    id: "federation.loop.resolve",
    file: "src/services/all.ts",
    find: "\n      resolveHere,\n",
    replace:
      '\n      resolveHere: (name) => (name.includes("@") ? router.resolve(name) : resolveHere(name)),\n',
    kills: ["federation.loop.resolve"],
  },
  {
    id: "federation.proxy-package.empty",
    file: SERVICE,
    find: "return { package: found ?? NONE };",
    replace: "return { package: NONE };",
    kills: [
      ...ids("federation.proxy-package", "oldest-first 50-at-once"),
      "federation.messages.proxy-fetch-key-package",
      "federation.pair.exchange",
    ],
  },
  {
    id: "federation.proxy-package.none-is-not-found",
    file: SERVICE,
    find: "return { package: found ?? NONE };",
    replace: `demand(found !== undefined, Status.NotFound, "federation.proxy-package");
      return { package: found };`,
    kills: ["federation.proxy-package.none"],
  },
  {
    id: "federation.proxy-package.of-the-banned",
    file: "src/storage/sql/key-packages.ts",
    find: "if (yield* isBannedServerWide(identityKey, now)) return undefined;",
    replace: "",
    kills: ["federation.proxy-package.banned-user"],
  },
  {
    id: "federation.proxy-hybrid.empty",
    file: SERVICE,
    find: "return { hybridPublicKey: found ?? NONE };",
    replace: "return { hybridPublicKey: NONE };",
    kills: [
      "federation.proxy-hybrid.as-uploaded",
      "federation.messages.proxy-fetch-hybrid-key",
      "federation.pair.exchange",
    ],
  },
  {
    id: "federation.proxy-hybrid.none-is-not-found",
    file: SERVICE,
    find: "return { hybridPublicKey: found ?? NONE };",
    replace: `demand(found !== undefined, Status.NotFound, "federation.proxy-hybrid");
      return { hybridPublicKey: found };`,
    kills: ["federation.proxy-hybrid.none"],
  },
  {
    id: "federation.proxy-user.backwards",
    file: SERVICE,
    find: "return { identityKey, ...(inclusionProof",
    replace: "return { identityKey: identityKey.toReversed(), ...(inclusionProof",
    kills: [
      "federation.proxy-user.key",
      "federation.messages.proxy-resolve-user",
      "federation.pair.exchange",
    ],
  },
  {
    id: "federation.proxy-user.no-proof",
    file: SERVICE,
    find: "...(inclusionProof && { inclusionProof })",
    replace: "",
    kills: ["federation.proxy-user.proof", "federation.pair.exchange"],
  },
  {
    id: "federation.proxy-user.other-status",
    file: SERVICE,
    find: 'demand(user !== undefined, Status.NotFound, "federation.proxy-user");',
    replace: 'demand(user !== undefined, Status.Forbidden, "federation.proxy-user");',
    kills: ["federation.proxy-user.unknown", "federation.loop.resolve"],
  },
];
