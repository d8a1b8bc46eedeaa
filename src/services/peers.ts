// Calls to the servers of other domains, as the services make them (spec/services/federation.md; C-70,
// I-19).

import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { Status } from "../registry/statuses.ts";
import { RpcError } from "../rpc/error.ts";

/** PeerMethod is one of 900 to 905, with its message types. */
export type PeerMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  input: I;
  output: O;
};

export interface Peers {
  /** Domain of this server in lower case; empty while federation is off. */
  readonly domain: string;
  /** knows tells the domains of configured peers, in lower case. */
  knows(domain: string): boolean;
  /**
   * call asks the server of a domain, and answers undefined when it says NotFound. It throws RpcError:
   * RateLimited when the peer says so, and Unavailable for a domain that is no peer, for one that cannot
   * be reached, and for any other answer.
   */
  call<I extends DescMessage, O extends DescMessage>(
    domain: string,
    method: PeerMethod<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O> | undefined>;
}

/** NO_PEERS is federation that is off. */
export const NO_PEERS: Peers = {
  domain: "",
  knows: () => false,
  call: async () => {
    throw peerDown();
  },
};

/** peerDown refuses a call that needed a peer which did not answer. */
export function peerDown(): RpcError {
  return new RpcError(Status.Unavailable, "federation.peer-down");
}
