// Listens in on the calls of a member: what it gives the server for the group, and what it fetches.

import { createHash } from "node:crypto";
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { Peeked } from "../../src/crypto/mls/mls.ts";
import { DeliveryService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodById, methodOf } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import type { Caller } from "../../src/rpc/caller.ts";
import type { Facts, Sending } from "./facts.ts";

export interface WiretapOptions {
  readonly member: number;
  readonly facts: Facts;
  /** memberOf answers the number of an identity key; -1 for a stranger. */
  memberOf(key: Uint8Array): number;
  /** textOf answers what an envelope says, as the member who sends it keeps it. */
  textOf(payload: Uint8Array): Promise<string | undefined>;
  /** messageIn answers the MLSMessage that a payload is or, for one recipient, seals. */
  messageIn(payload: Uint8Array, recipient: number): Uint8Array;
  peek(message: Uint8Array): Peeked;
  operation(): number;
  /** asked and answered are told of every call, before it is made and before its answer arrives. */
  asked(): void;
  answered(): void;
  /** Names of methods that were called and not answered, for whoever waits in vain. */
  readonly unanswered: Map<symbol, string>;
}

const { enqueue, batchEnqueue, fetch, fetchWait } = DeliveryService.method;
const [ENQUEUE, BATCH, FETCH, WAIT] = [enqueue, batchEnqueue, fetch, fetchWait].map((method) => {
  return methodOf(method).id;
});

/** listenIn answers a caller that writes into the facts what goes through it. */
export function listenIn(caller: Caller, options: WiretapOptions): Caller {
  const { member, facts } = options;
  return {
    ...caller,
    async call(methodId, payload, signal) {
      const sending = await readSending(methodId, payload, options);
      if (sending) facts.sendings.push(sending);
      if (sending?.kind === "commit") facts.epochs.address(sending.epoch, sending.recipients);
      const reply = await answered(caller.call(methodId, payload, signal), methodId, options);
      if (reply.status !== Status.Ok) {
        // What the server refused is nowhere.
        if (sending) facts.sendings.splice(facts.sendings.indexOf(sending), 1);
        return reply;
      }
      if (sending) sending.seqs = seqsOf(methodId, reply.payload);
      const channel = fetchedFrom(methodId, payload);
      if (channel !== undefined && channel.length > 0) {
        for (const { seq, data } of read(fetch.output, reply.payload).payloads) {
          facts.arrivals[member]?.set(seq, hashOf(data));
        }
      }
      return reply;
    },
  };
}

async function answered<T>(
  call: Promise<T>,
  methodId: number,
  { unanswered, ...options }: WiretapOptions,
): Promise<T> {
  const mark = Symbol();
  const since = new Date().toISOString();
  unanswered.set(mark, `${methodById(methodId)?.name ?? methodId} since ${since}`);
  options.asked();
  try {
    const answer = await call;
    options.answered();
    return answer;
  } finally {
    unanswered.delete(mark);
  }
}

/** hashOf names an envelope by its bytes. */
export function hashOf(payload: Uint8Array): string {
  return createHash("sha256").update(payload).digest("hex").slice(0, 32);
}

async function readSending(
  methodId: number,
  payload: Uint8Array,
  { member, memberOf, textOf, messageIn, peek, operation }: WiretapOptions,
): Promise<Sending | undefined> {
  if (methodId !== BATCH && methodId !== ENQUEUE) return undefined;
  const batch = methodId === BATCH ? read(batchEnqueue.input, payload) : undefined;
  const request = batch ?? read(enqueue.input, payload);
  if (request.channelId.length === 0) return undefined;
  const keys = "recipientKeys" in request ? request.recipientKeys : [request.recipientKey];
  const recipients = keys.map(memberOf);
  const message = messageIn(request.payload, recipients[0] ?? -1);
  const peeked = peek(message);
  if (peeked.kind !== "private" && peeked.kind !== "public") return undefined;
  return {
    member,
    kind: peeked.content,
    epoch: Number(peeked.epoch),
    hash: hashOf(request.payload),
    message,
    recipients,
    seqs: undefined,
    text: await textOf(request.payload),
    operation: operation(),
  };
}

function seqsOf(methodId: number, answer: Uint8Array): readonly bigint[] {
  if (methodId === BATCH) return read(batchEnqueue.output, answer).seqs;
  return [read(enqueue.output, answer).seq];
}

function fetchedFrom(methodId: number, request: Uint8Array): Uint8Array | undefined {
  if (methodId === FETCH) return read(fetch.input, request).channelId;
  return methodId === WAIT ? read(fetchWait.input, request).channelId : undefined;
}

// A request carries its session as unknown fields, which do not matter here.
function read<D extends DescMessage>(type: D, bytes: Uint8Array): MessageShape<D> {
  return fromBinary(type, bytes);
}
