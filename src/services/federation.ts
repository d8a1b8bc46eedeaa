// Calls between servers (900-905): spec/services/federation.md. Lengths and batch sizes are checked by
// the dispatcher from the method table, and that the caller is a peer. What comes in here is meant for
// keys of this server and goes no further, so that nothing loops (I-19).

import { createHash } from "node:crypto";
import type { FederationAuth, RelayMessage } from "../gen/qpc/v1/federation_pb.ts";
import { FederationService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { keyOf } from "../rpc/connection.ts";
import { demand } from "../rpc/error.ts";
import type { RateLimiter } from "../rpc/rate-limit.ts";
import { type Call, type ComposedMethod, compose } from "../rpc/service.ts";
import type { ChannelStore } from "../storage/stores/channels.ts";
import type { FederationStore } from "../storage/stores/federation.ts";
import type { Enqueued, HybridKeyStore, KeyPackageStore } from "../storage/stores.ts";
import type { Peers } from "./peers.ts";
import { createQueue, outgoing, type PostingDependencies } from "./posting.ts";
import type { Resolver } from "./user.ts";

export interface FederationDependencies
  extends Pick<PostingDependencies, "deliveries" | "waits" | "pushes"> {
  readonly peers: Pick<Peers, "domain">;
  readonly federation: FederationStore;
  readonly channels: ChannelStore;
  readonly keyPackages: KeyPackageStore;
  readonly hybridKeys: HybridKeyStore;
  /** Fetches of one peer for one target (I-16). */
  readonly fetchRate: RateLimiter;
  readonly resolveHere: Resolver;
  readonly draining: () => boolean;
  readonly clock: Clock;
}

const NONE = new Uint8Array(0);

/** createFederationService answers 900 to 905. */
export function createFederationService(dependencies: FederationDependencies): ComposedMethod[] {
  const { federation, channels, keyPackages, hybridKeys, fetchRate, clock } = dependencies;
  const queue = createQueue(dependencies);

  async function accept(
    domain: string,
    messages: readonly RelayMessage[],
  ): Promise<readonly Enqueued[]> {
    const areLocal = await federation.haveAccounts(messages.map((one) => one.recipientKey));
    demand(areLocal, Status.NotFound, "federation.unknown-user");
    for (const { channelId } of messages) await refuseChannel(channelId);
    const now = clock.now();
    const scope = createHash("sha256").update(domain).digest();
    const batch = messages.map((one) => outgoing(scope, one.recipientKey, one, now));
    return queue(batch, now);
  }

  // A channel admits its members and nobody else (C-58), and who sends from another server is none.
  async function refuseChannel(channelId: Uint8Array): Promise<void> {
    if (channelId.length === 0) return;
    const channel = await channels.find(channelId);
    demand(channel !== undefined, Status.NotFound, "federation.unknown-channel");
    demand(false, Status.Forbidden, "federation.known-channel");
  }

  return compose(FederationService, {
    async relayEnqueue({ federationAuth, message }, call) {
      const domain = originOf(call, federationAuth);
      const [queued] = await accept(domain, message ? [message] : []);
      const { seq, duplicate } = queued as Enqueued;
      return { seq, duplicate };
    },

    async relayBatchEnqueue({ federationAuth, messages }, call) {
      const queued = await accept(originOf(call, federationAuth), messages);
      return { seqs: queued.map(({ seq }) => seq) };
    },

    async proxyFetchKeyPackage({ federationAuth, identityKey }, call) {
      const domain = originOf(call, federationAuth);
      const wait = fetchRate.take(domain + keyOf(identityKey));
      demand(wait === 0, Status.RateLimited, "keys.fetch-rate", { retryAfterMs: wait });
      const found = await keyPackages.pop(identityKey, clock.now());
      return { package: found ?? NONE };
    },

    async proxyFetchHybridKey({ federationAuth, identityKey }, call) {
      originOf(call, federationAuth);
      const [found] = await hybridKeys.getMany([identityKey]);
      return { hybridPublicKey: found ?? NONE };
    },

    async proxyResolveUser({ federationAuth, username }, call) {
      originOf(call, federationAuth);
      const user = await dependencies.resolveHere(username);
      demand(user !== undefined, Status.NotFound, "federation.proxy-user");
      const { identityKey, inclusionProof } = user;
      return { identityKey, ...(inclusionProof && { inclusionProof }) };
    },

    async federationHealth({ federationAuth }, call) {
      originOf(call, federationAuth);
      const status = dependencies.draining() ? "draining" : "ok";
      return { status, domain: dependencies.peers.domain };
    },
  });
}

// C-70: a peer speaks for the domain of its certificate and for no other.
function originOf({ caller }: Call, auth: FederationAuth | undefined): string {
  demand(caller.kind === "peer", Status.Forbidden, "federation.not-for-clients");
  demand(auth?.origin.toLowerCase() === caller.domain, Status.Forbidden, "federation.origin");
  return caller.domain;
}
