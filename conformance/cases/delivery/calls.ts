// The six methods as rows of one shape, for cases that do the same to each of them.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Answer, Peer } from "../../judge/peer.ts";

const { enqueue, fetch, fetchWait, peek, ack, batchEnqueue } = DeliveryService.method;

/** Fields replace those of an otherwise good request. */
export interface Fields {
  readonly recipientKey?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly channelId?: Uint8Array;
  readonly messageId?: Uint8Array;
  readonly deviceId?: Uint8Array;
}

export interface CallRow {
  /** Method as it stands in case ids. */
  readonly name: string;
  /** True for 200 and 205, which need no inbox of their own. */
  readonly posts: boolean;
  /** Case in which the method succeeds. */
  readonly twin: string;
  /** send makes a good call for the inbox of `key`, but for `fields`. */
  readonly send: (caller: Pick<Peer, "call">, key: Uint8Array, fields?: Fields) => Promise<Answer>;
}

const PAYLOAD = Buffer.from("hello");

export const CALLS: readonly CallRow[] = [
  {
    name: "enqueue",
    posts: true,
    twin: "delivery.enqueue.round-trip",
    send: (caller, key, fields) =>
      caller.call(enqueue, { recipientKey: key, payload: PAYLOAD, ...fields }),
  },
  {
    name: "fetch",
    posts: false,
    twin: "delivery.fetch.in-order",
    send: (caller, key, fields) => caller.call(fetch, { recipientKey: key, ...fields }),
  },
  {
    name: "fetch-wait",
    posts: false,
    twin: "delivery.fetch-wait.zero-queued",
    send: (caller, key, fields) =>
      caller.call(fetchWait, { recipientKey: key, timeoutMs: 100n, ...fields }),
  },
  {
    name: "peek",
    posts: false,
    twin: "delivery.peek.same-as-fetch",
    send: (caller, key, fields) => caller.call(peek, { recipientKey: key, ...fields }),
  },
  {
    name: "ack",
    posts: false,
    twin: "delivery.ack.cumulative",
    send: (caller, key, fields) =>
      caller.call(ack, { recipientKey: key, seqUpTo: 2n ** 32n, ...fields }),
  },
  {
    name: "batch-enqueue",
    posts: true,
    twin: "delivery.batch-enqueue.fan-out",
    send: (caller, key, { recipientKey = key, ...fields } = {}) =>
      caller.call(batchEnqueue, { recipientKeys: [recipientKey], payload: PAYLOAD, ...fields }),
  },
];
