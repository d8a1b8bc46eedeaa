// Endpoints of peers (800, 801): spec/services/p2p.md. Addresses are opaque here (C-75); the owner of
// the key is checked by the dispatcher.

import { EndpointService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import { type ComposedMethod, compose } from "../rpc/service.ts";
import type { EndpointStore } from "../storage/stores/p2p.ts";

export interface EndpointDependencies {
  readonly endpoints: EndpointStore;
  readonly clock: Clock;
}

const NONE = new Uint8Array(0);

/** createEndpointService answers 800 and 801. */
export function createEndpointService(dependencies: EndpointDependencies): ComposedMethod[] {
  const { endpoints, clock } = dependencies;
  return compose(EndpointService, {
    async publishEndpoint({ identityKey, nodeAddr }) {
      const fits = nodeAddr.length <= LIMITS.nodeAddress.value;
      demand(fits, Status.BadRequest, "p2p.address-size");
      await endpoints.publish(identityKey, nodeAddr, clock.now());
      return {};
    },

    async resolveEndpoint({ identityKey }) {
      return { nodeAddr: (await endpoints.resolve(identityKey)) ?? NONE };
    },
  });
}
