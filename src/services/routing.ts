// Routing to other servers: which keys live with a peer, and what is asked of it for a local client
// (spec/services/federation.md; I-19). Nothing that a peer sent comes through here, so nothing loops.

import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type RelayMessage, RelayMessageSchema } from "../gen/qpc/v1/federation_pb.ts";
import { FederationService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import type { FederationStore } from "../storage/stores/federation.ts";
import type { Enqueued } from "../storage/stores.ts";
import { type Peers, peerDown } from "./peers.ts";
import type { Resolver } from "./user.ts";
import { isUsername } from "./username.ts";

const { relayEnqueue, relayBatchEnqueue, proxyFetchKeyPackage } = FederationService.method;
const { proxyFetchHybridKey, proxyResolveUser } = FederationService.method;

export interface RoutingDependencies {
  readonly peers: Peers;
  readonly federation: FederationStore;
  /** Finds a user of this server, for names with its own domain. */
  readonly resolveHere: Resolver;
  readonly clock: Clock;
}

/** Message is what Enqueue and BatchEnqueue carry, but for the recipients and the channel. */
export interface Message {
  readonly payload: Uint8Array;
  /** 0 = the default of the recipient's server. */
  readonly ttlSecs: number;
  /** 16 bytes, or empty. */
  readonly messageId: Uint8Array;
}

export interface Router {
  /**
   * deliver queues a message for recipients (32 bytes each): through `queueHere` for those of this
   * server, by a relay for those of peers, and answers one entry each, in order. When a relay fails
   * nothing is queued here.
   */
  deliver(
    recipients: readonly Uint8Array[],
    message: Message,
    queueHere: (recipients: readonly Uint8Array[]) => Promise<readonly Enqueued[]>,
  ): Promise<readonly Enqueued[]>;
  /** domainsOf answers one entry per key, in order; undefined for a key of this server. */
  domainsOf(identityKeys: readonly Uint8Array[]): Promise<readonly (string | undefined)[]>;
  /** fetchKeyPackage takes a package at a peer; empty or undefined when there is none. */
  fetchKeyPackage(domain: string, identityKey: Uint8Array): Promise<Uint8Array | undefined>;
  /** fetchHybridKey answers a key (1216 bytes) from a peer; undefined when there is none. */
  fetchHybridKey(domain: string, identityKey: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * resolve asks the peer that `user@domain` names and remembers whose the key is; undefined when no
   * such peer or user is known.
   */
  readonly resolve: Resolver;
}

/** Part is what goes to one server: positions in the batch, by domain; undefined = this server. */
type Parts = ReadonlyMap<string | undefined, readonly number[]>;

const HYBRID_KEY_BYTES = 1216;

/** createRouter asks the store at every call, so that an address counts once it was learned. */
export function createRouter(dependencies: RoutingDependencies): Router {
  const { peers, federation, resolveHere, clock } = dependencies;
  const federationAuth = { origin: peers.domain };
  const domainsOf = federation.domainsOf;

  async function relay(
    domain: string,
    messages: readonly RelayMessage[],
  ): Promise<readonly Enqueued[]> {
    const [message] = messages;
    if (messages.length === 1 && message !== undefined) {
      const relayed = await peers.call(domain, relayEnqueue, { federationAuth, message });
      demand(relayed !== undefined, Status.NotFound, "federation.unknown-user");
      return [{ seq: relayed.seq, duplicate: relayed.duplicate }];
    }
    const request = { federationAuth, messages: [...messages] };
    const relayed = await peers.call(domain, relayBatchEnqueue, request);
    demand(relayed !== undefined, Status.NotFound, "federation.unknown-user");
    if (relayed.seqs.length !== messages.length) throw peerDown();
    return relayed.seqs.map((seq) => ({ seq, duplicate: false }));
  }

  function fitsFrame(messages: readonly RelayMessage[]): boolean {
    const payloads = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    // Not encoded to be measured: a thousand copies of one payload can be gigabytes.
    const size = payloads > LIMITS.framePayload.value ? payloads : encodedSize(messages);
    return size <= LIMITS.framePayload.value;
  }

  function encodedSize(messages: readonly RelayMessage[]): number {
    const [message] = messages;
    return messages.length === 1 && message !== undefined
      ? sizeOf(relayEnqueue.input, { federationAuth, message })
      : sizeOf(relayBatchEnqueue.input, { federationAuth, messages: [...messages] });
  }

  return {
    domainsOf,

    async deliver(recipients, { payload, ttlSecs, messageId }, queueHere) {
      const parts = partsOf(await domainsOf(recipients));
      const isMixed = parts.size > 1;
      // The parts that came through before another failed must not be queued twice by a retry.
      const canRetry = messageId.length > 0;
      demand(!isMixed || canRetry, Status.BadRequest, "federation.mixed-batch");
      const pick = (positions: readonly number[]) =>
        positions.map((position) => recipients[position] as Uint8Array);
      const relays = [...parts].flatMap(([domain, positions]) => {
        if (domain === undefined) return [];
        const messages = pick(positions).map((recipientKey) =>
          create(RelayMessageSchema, { recipientKey, payload, ttlSecs, messageId }),
        );
        const code = "PAYLOAD_TOO_LARGE";
        demand(fitsFrame(messages), Status.BadRequest, "federation.too-large", { code });
        return [{ domain, positions, messages }];
      });

      const answers: Enqueued[] = [];
      const fill = (positions: readonly number[], queued: readonly Enqueued[]) =>
        positions.forEach((position, index) => {
          answers[position] = queued[index] as Enqueued;
        });
      for (const { domain, positions, messages } of relays) {
        fill(positions, await relay(domain, messages));
      }
      const here = parts.get(undefined);
      if (here !== undefined) fill(here, await queueHere(pick(here)));
      return answers;
    },

    async fetchKeyPackage(domain, identityKey) {
      const request = { federationAuth, identityKey };
      const found = (await peers.call(domain, proxyFetchKeyPackage, request))?.package;
      if (found !== undefined && found.length > LIMITS.keyPackage.value) throw peerDown();
      return found;
    },

    async fetchHybridKey(domain, identityKey) {
      const request = { federationAuth, identityKey };
      const found = (await peers.call(domain, proxyFetchHybridKey, request))?.hybridPublicKey;
      if (found === undefined || found.length === 0) return undefined;
      // Many of them go into one answer, so that long ones would burst it.
      if (found.length !== HYBRID_KEY_BYTES) throw peerDown();
      return found;
    },

    async resolve(name) {
      const at = name.lastIndexOf("@");
      const [username, domain] = [name.slice(0, at), name.slice(at + 1).toLowerCase()];
      // Not even of this server, whose domain is empty while federation is off.
      if (domain === "") return undefined;
      if (domain === peers.domain) return resolveHere(username);
      // A name that cannot exist here can exist nowhere (C-108), and a long one would be sent on.
      if (!isUsername(username) || !peers.knows(domain)) return undefined;
      const user = await peers.call(domain, proxyResolveUser, { federationAuth, username });
      if (user === undefined) return undefined;
      if (user.identityKey.length !== 32) throw peerDown();
      await federation.learn(user.identityKey, domain, clock.now());
      return { identityKey: user.identityKey, inclusionProof: user.inclusionProof };
    },
  };
}

function partsOf(domains: readonly (string | undefined)[]): Parts {
  const parts = new Map<string | undefined, number[]>();
  domains.forEach((domain, position) => {
    const part = parts.get(domain) ?? [];
    parts.set(domain, part);
    part.push(position);
  });
  return parts;
}

function sizeOf<I extends DescMessage>(schema: I, request: MessageInitShape<I>): number {
  return toBinary(schema, create(schema, request)).length;
}
