// Mutants of who is a peer: certificates, origins, the two listeners (src/rpc, src/server/federation.ts).

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/federation.ts";
const LISTENER = "src/server/federation.ts";
const SERVER = "src/server/server.ts";
const CREDENTIALS = "src/rpc/credentials.ts";

const IDENTIFY = 'if (method.access === "PEER") return peerOrClient(connection, credentials);';

export const FEDERATION_PEER_MUTANTS: readonly Mutant[] = [
  {
    id: "federation.certificate.not-verified",
    file: "src/transport/quic/config.ts",
    find: "caPem !== undefined,\n    false,",
    replace: "caPem !== undefined,\n    true,",
    kills: [
      ...ids("federation.certificate", "foreign expired"),
      // A wrong name is refused twice: by the engine, and by who looks for alternative names.
      ...ids("user.remote", "foreign-authority"),
    ],
  },
  {
    id: "federation.certificate.any-name",
    file: LISTENER,
    find: "const domain = leaf && domainOf(leaf);",
    replace: 'const domain = (leaf && domainOf(leaf)) ?? "b.test";',
    kills: ["federation.certificate.nameless"],
  },
  {
    id: "federation.origin.unchecked",
    file: SERVICE,
    find: "demand(auth?.origin.toLowerCase() === caller.domain,",
    replace: "demand(true,",
    kills: ids("federation.origin", "forged missing of-the-server"),
  },
  {
    id: "federation.origin.by-its-end",
    file: SERVICE,
    find: "demand(auth?.origin.toLowerCase() === caller.domain,",
    replace: 'demand(caller.domain.endsWith(auth?.origin ?? "-"),',
    kills: ["federation.origin.of-the-server"],
  },
  {
    id: "federation.clients.other-status",
    file: "src/rpc/access.ts",
    find: 'demand(caller.kind === "peer", Status.Forbidden, method.accessRule);',
    replace: 'demand(caller.kind === "peer", Status.Unauthorized, method.accessRule);',
    kills: [
      ...ids("federation.clients", "administrator bad-token-on-session"),
      "federation.off.by-default",
      ...ids("access.ordinary-user", "900-relay-enqueue 905-federation-health"),
    ],
  },
  {
    id: "federation.clients.without-session",
    file: CREDENTIALS,
    find: "if (connection.peerDomain === undefined) return boundSession(connection, credentials);",
    replace: `if (connection.peerDomain === undefined) {
    return connection.binding ? boundSession(connection, credentials) : { kind: "nobody" };
  }`,
    kills: [
      "federation.clients.token-in-body",
      "federation.off.by-default",
      ...ids("access.nobody", "900-relay-enqueue 905-federation-health"),
    ],
  },
  {
    id: "federation.peers.are-nobody",
    file: CREDENTIALS,
    find: 'return { kind: "peer", domain: connection.peerDomain };',
    replace: 'return { kind: "nobody" };',
    kills: [
      ...ids(
        "methods.table",
        `900-relay-enqueue 901-relay-batch-enqueue 902-proxy-fetch-key-package
         903-proxy-fetch-hybrid-key 904-proxy-resolve-user 905-federation-health`,
      ),
      "federation.health.domain",
      "federation.token.on-the-listener",
    ],
  },
  {
    id: "federation.clients.operator-is-a-peer",
    file: CREDENTIALS,
    find: IDENTIFY,
    replace: `if (method.access === "PEER") {
    const given = hashToken(trailerToken(request, payload));
    const operator = isOperator(given, credentials.operatorToken);
    return operator ? { kind: "peer", domain: "b.test" } : peerOrClient(connection, credentials);
  }`,
    kills: ["federation.clients.operator-token"],
  },
  {
    id: "federation.token.counts",
    file: CREDENTIALS,
    find: IDENTIFY,
    replace: `if (method.access === "PEER") {
    const given = trailerToken(request, payload);
    if (given.length === 0) return peerOrClient(connection, credentials);
    return accept(await credentials.sessions(hashToken(given)), connection, credentials);
  }`,
    kills: [
      ...ids("federation.clients", "token-in-body bad-token-on-session"),
      "federation.token.on-the-listener",
    ],
  },
  {
    id: "federation.listener.all-methods",
    file: SERVER,
    find: "methods: methods.filter(isForPeers)",
    replace: "methods",
    kills: ids("federation.listener", "client-methods user-on-the-other"),
  },
  {
    id: "federation.health.no-domain",
    file: SERVICE,
    find: "domain: dependencies.peers.domain };",
    replace: 'domain: "" };',
    kills: ["federation.health.domain", "federation.messages.federation-health"],
  },
  {
    id: "federation.rate.by-address",
    file: "src/rpc/dispatch.ts",
    find: 'caller.kind === "peer" ? caller.domain : connection.host',
    replace: "connection.host",
    kills: ["federation.rate.by-domain"],
  },
];
