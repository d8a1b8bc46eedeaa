// Mutants of what a server asks of its peers: src/services/routing.ts, src/server/peers.ts, and where
// keys live. What it does for them: federation.ts.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const ROUTING = "src/services/routing.ts";
const KEYS = "src/services/keys.ts";
const PEERS = "src/server/peers.ts";
const STORE = "src/storage/sql/federation.ts";

export const FEDERATION_ROUTING_MUTANTS: readonly Mutant[] = [
  {
    id: "federation.routing.all-local",
    file: ROUTING,
    find: "const domainsOf = federation.domainsOf;",
    replace: "const domainsOf = async (keys: readonly Uint8Array[]) => keys.map(() => undefined);",
    kills: [
      ...ids("federation.routing", "enqueue other-user duplicate batch key-package hybrid-key"),
      ...ids("federation.messages", "as-relayed"),
      ...ids("federation.address", "newest-domain"),
      ...ids("federation.unknown-user", "at-the-peer"),
      ...ids("federation.peer-down", "strange-answers keys"),
      ...ids(
        "federation.mixed-batch",
        "both-parts no-id-local-and-remote no-id-two-peers peer-down",
      ),
      ...ids("federation.too-large", "at-the-limit one-byte-more"),
      "federation.rate.of-the-peer",
      "federation.restart.keeps-all",
      ...ids("federation.pair", "exchange killed"),
    ],
  },
  {
    id: "federation.routing.all-to-b",
    file: STORE,
    find: 'domains.push(row && text(row, "domain"));',
    replace: 'domains.push((row && text(row, "domain")) ?? "b.test");',
    kills: ["federation.routing.unresolved-key"],
  },
  {
    id: "federation.routing.no-certificate",
    file: PEERS,
    find: "const { certPem, keyPem, caPem } = identity;",
    replace: `const { caPem } = identity;
    const { certPem, keyPem } = {} as typeof identity;`,
    kills: ["federation.routing.certificate", "user.remote.key-and-proof"],
  },
  {
    id: "federation.routing.any-certificate",
    file: PEERS,
    find: "const { certPem, keyPem, caPem } = identity;",
    replace: `const { certPem, keyPem } = identity;
    const { caPem } = {} as typeof identity;`,
    kills: ids("user.remote", "wrong-name foreign-authority"),
  },
  {
    id: "federation.routing.no-origin",
    file: ROUTING,
    find: "const federationAuth = { origin: peers.domain };",
    replace: 'const federationAuth = { origin: "" };',
    kills: [
      "federation.routing.enqueue",
      "federation.messages.as-relayed",
      "user.remote.key-and-proof",
      "federation.pair.exchange",
    ],
  },
  {
    id: "federation.routing.no-ttl",
    file: ROUTING,
    find: "{ recipientKey, payload, ttlSecs, messageId }",
    replace: "{ recipientKey, payload, messageId }",
    kills: ["federation.routing.enqueue"],
  },
  {
    id: "federation.routing.no-message-id",
    file: ROUTING,
    find: "{ recipientKey, payload, ttlSecs, messageId }",
    replace: "{ recipientKey, payload, ttlSecs }",
    kills: [
      ...ids("federation.routing", "enqueue duplicate"),
      "federation.mixed-batch.both-parts",
      ...ids("federation.pair", "exchange killed"),
    ],
  },
  {
    id: "federation.routing.never-a-duplicate",
    file: ROUTING,
    find: "duplicate: relayed.duplicate }",
    replace: "duplicate: false }",
    kills: ["federation.routing.duplicate", ...ids("federation.pair", "exchange killed")],
  },
  {
    id: "federation.routing.seqs-backwards",
    file: ROUTING,
    find: "queued[index] as Enqueued",
    replace: "queued[queued.length - 1 - index] as Enqueued",
    kills: ["federation.routing.batch"],
  },
  {
    id: "federation.routing.packages-here",
    file: KEYS,
    find: "const [domain] = await router.domainsOf([identityKey]);",
    replace: "const domain = undefined as string | undefined;",
    kills: [
      "federation.routing.key-package",
      "federation.peer-down.keys",
      "federation.pair.exchange",
    ],
  },
  {
    id: "federation.routing.hybrid-keys-here",
    file: KEYS,
    find: "if (domain === undefined) return found[index];",
    replace: "if (domain !== null) return found[index];",
    kills: [
      "federation.routing.hybrid-key",
      "federation.peer-down.keys",
      "federation.pair.exchange",
    ],
  },
  {
    id: "federation.routing.tells-the-sender",
    file: "src/services/posting.ts",
    find: "return router.deliver(recipients, { ...message, messageId }, queueHere);",
    replace: `const payload = Buffer.concat([message.payload, sender ?? message.payload]);
    return router.deliver(recipients, { ...message, payload, messageId }, queueHere);`,
    kills: ["federation.token.not-relayed", "federation.routing.enqueue"],
  },
  {
    id: "federation.address.first-wins",
    file: STORE,
    find: "DO UPDATE SET domain = excluded.domain, learned_at",
    replace: "DO UPDATE SET learned_at",
    kills: ["federation.address.newest-domain"],
  },
  {
    id: "federation.address.even-with-an-account",
    file: STORE,
    find: "AND NOT EXISTS (SELECT 1 FROM users WHERE users.identity_key = remote_addresses.identity_key)",
    replace: "",
    kills: ["federation.address.local-account"],
  },
  {
    id: "federation.unknown-user.is-down",
    file: PEERS,
    find: "return undefined;",
    replace: "throw peerDown();",
    kills: ["federation.unknown-user.at-the-peer", "user.remote.unknown-there"],
  },
  {
    id: "federation.peer-down.status-of-the-peer",
    file: PEERS,
    find: "default:\n",
    replace: `default:
          throw new RpcError(reply.status, "federation.peer-down");
`,
    kills: ids("federation.peer-down", "strange-answers keys"),
  },
  {
    id: "federation.peer-down.is-internal",
    file: "src/services/peers.ts",
    find: 'new RpcError(Status.Unavailable, "federation.peer-down")',
    replace: 'new RpcError(Status.Internal, "federation.peer-down")',
    kills: [
      ...ids("federation.peer-down", "strange-answers keys silent"),
      "federation.mixed-batch.peer-down",
      ...ids("user.remote", "down wrong-name foreign-authority"),
      "federation.pair.killed",
    ],
  },
  {
    id: "federation.peer-down.for-ever",
    file: PEERS,
    find: "if (links.get(domain) === opening) links.delete(domain);",
    replace: "",
    kills: ["federation.pair.killed"],
  },
  {
    id: "federation.rate.is-internal",
    file: PEERS,
    find: 'new RpcError(Status.RateLimited, "federation.rate", {',
    replace: 'new RpcError(Status.Internal, "federation.rate", {',
    kills: ["federation.rate.of-the-peer"],
  },
  {
    id: "federation.mixed-batch.without-id",
    file: ROUTING,
    find: "demand(!isMixed || canRetry,",
    replace: "demand(true,",
    kills: ids("federation.mixed-batch", "no-id-local-and-remote no-id-two-peers"),
  },
  {
    id: "federation.mixed-batch.two-peers-without-id",
    file: ROUTING,
    find: "const isMixed = parts.size > 1;",
    replace: "const isMixed = parts.size > 1 && parts.has(undefined);",
    kills: ["federation.mixed-batch.no-id-two-peers"],
  },
  {
    id: "federation.mixed-batch.local-first",
    file: ROUTING,
    find: "const answers: Enqueued[] = [];",
    replace: `const answers: Enqueued[] = [];
      if (parts.has(undefined)) await queueHere(pick(parts.get(undefined) ?? []));`,
    kills: ["federation.mixed-batch.peer-down"],
  },
  {
    id: "federation.mixed-batch.local-forgotten",
    file: ROUTING,
    find: "if (here !== undefined) fill(",
    replace: "if (here !== undefined && relays.length === 0) fill(",
    kills: ["federation.mixed-batch.both-parts", "federation.pair.exchange"],
  },
  {
    id: "federation.too-large.relayed-anyway",
    file: ROUTING,
    find: "return size <= LIMITS.framePayload.value;",
    replace: "return size > 0;",
    kills: ids("federation.too-large", "one-byte-more batch"),
  },
  {
    id: "federation.too-large.one-byte-less",
    file: ROUTING,
    find: "return size <= LIMITS.framePayload.value;",
    replace: "return size < LIMITS.framePayload.value;",
    kills: ["federation.too-large.at-the-limit"],
  },
  {
    id: "federation.too-large.other-code",
    file: ROUTING,
    find: 'const code = "PAYLOAD_TOO_LARGE";',
    replace: 'const code = "TOO_LARGE";',
    kills: ["federation.too-large.one-byte-more"],
  },
  {
    id: "user.remote.no-proof",
    file: ROUTING,
    find: "inclusionProof: user.inclusionProof }",
    replace: "inclusionProof: undefined }",
    kills: ["user.remote.key-and-proof", "federation.pair.exchange"],
  },
  {
    id: "user.remote.always-b",
    file: ROUTING,
    find: "name.slice(at + 1).toLowerCase()",
    replace: '"b.test"',
    kills: ["user.remote.two-servers", "user.domain.own"],
  },
  {
    id: "user.domain.own-is-no-peer",
    file: ROUTING,
    find: "if (domain === peers.domain) return resolveHere(username);",
    replace: "",
    kills: ["user.domain.own"],
  },
  {
    id: "user.domain.anybody-is-a-peer",
    file: ROUTING,
    find: "!peers.knows(domain)",
    replace: 'domain === "-"',
    kills: ["user.domain.no-peer", "federation.off.by-default"],
  },
];
