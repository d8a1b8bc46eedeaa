// Mutants of endpoints: src/services/p2p.ts and their rows.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/p2p.ts";
const ROWS = "src/storage/sql/p2p.ts";

export const P2P_MUTANTS: readonly Mutant[] = [
  {
    id: "p2p.publish.only-long-ones",
    file: SERVICE,
    find: 'demand(fits, Status.BadRequest, "p2p.address-size");',
    replace: `const long = nodeAddr.length > 64 || nodeAddr.length === 0;
      demand(fits && long, Status.BadRequest, "p2p.address-size");`,
    kills: ["p2p.messages.publish", ...ids("p2p.resolve", "1-byte zeros trailer")],
  },
  {
    id: "p2p.resolve.cut-at-100",
    file: SERVICE,
    find: "endpoints.publish(identityKey, nodeAddr,",
    replace: "endpoints.publish(identityKey, nodeAddr.subarray(0, 100),",
    kills: [
      "p2p.messages.resolve",
      ...ids("p2p.resolve", "other-user every-byte"),
      "p2p.address.4096-bytes",
    ],
  },
  {
    id: "p2p.replace.first-stays",
    file: ROWS,
    find: "DO UPDATE SET node_addr = excluded.node_addr,",
    replace: "DO UPDATE SET node_addr = endpoints.node_addr,",
    kills: [...ids("p2p.replace", "latest two-users"), ...ids("p2p.restart", "hook kill")],
  },
  {
    id: "p2p.resolve.anybodys",
    file: ROWS,
    find: "SELECT node_addr FROM endpoints WHERE identity_key = ?",
    replace: "SELECT node_addr FROM endpoints WHERE length(?) > 0 ORDER BY updated_at DESC",
    kills: ["p2p.replace.two-users"],
  },
  {
    id: "p2p.none.not-found",
    file: SERVICE,
    find: "return { nodeAddr: (await endpoints.resolve(identityKey)) ?? NONE };",
    replace: `const nodeAddr = await endpoints.resolve(identityKey);
      demand(nodeAddr !== undefined, Status.NotFound, "p2p.empty-when-none");
      return { nodeAddr };`,
    kills: [
      ...ids("p2p.none", "never-published unregistered"),
      "p2p.unpublish.empty",
      "p2p.own-key.unregistered",
    ],
  },
  {
    id: "p2p.unpublish.ignored",
    file: ROWS,
    find: 'yield q("DELETE FROM endpoints WHERE identity_key = ?", identityKey);',
    replace: "",
    kills: ["p2p.unpublish.empty", ...ids("p2p.restart", "hook kill")],
  },
  {
    id: "p2p.owner.forgotten",
    file: "src/rpc/access.ts",
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: `demand(own || method.family === "p2p", Status.Forbidden, method.accessRule);`,
    kills: [
      ...ids("p2p.own-key", "replace unpublish unregistered"),
      "p2p.publish-endpoint.other-owner",
    ],
  },
  {
    id: "p2p.address.below-4096",
    file: SERVICE,
    find: "nodeAddr.length <= LIMITS.nodeAddress.value",
    replace: "nodeAddr.length < LIMITS.nodeAddress.value",
    kills: ["p2p.address.4096-bytes"],
  },
  {
    id: "p2p.address.any-size",
    file: SERVICE,
    find: 'demand(fits, Status.BadRequest, "p2p.address-size");',
    replace: "",
    kills: ["p2p.address.4097-bytes"],
  },
  {
    id: "p2p.restart.in-memory",
    file: "src/services/all.ts",
    find: "...createEndpointService({ clock, endpoints: stores.endpoints }),",
    replace: `...createEndpointService({
      clock,
      endpoints: ((kept: Map<string, Uint8Array>) => ({
        publish: async (key: Uint8Array, address: Uint8Array) => {
          kept.set(key.join(), address);
        },
        resolve: async (key: Uint8Array) => kept.get(key.join()),
      }))(new Map()),
    }),`,
    kills: ids("p2p.restart", "hook kill"),
  },
  {
    id: "p2p.fields.other-status",
    file: "src/rpc/fields.ts",
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: `const status = field.rule.startsWith("p2p.") ? Status.NotFound : Status.BadRequest;
    demand(held, status, field.rule,`,
    kills: [
      ...ids(
        "p2p.publish-endpoint",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes",
      ),
      ...ids(
        "p2p.resolve-endpoint",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes",
      ),
    ],
  },
  {
    id: "p2p.service.absent",
    file: "src/services/all.ts",
    find: "...createEndpointService({ clock, endpoints: stores.endpoints }),",
    replace: "",
    kills: ids("methods.table", "800-publish-endpoint 801-resolve-endpoint"),
  },
];
