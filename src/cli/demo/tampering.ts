// The tools of a lying server: an answer is decoded, changed, and encoded again.

import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type Envelope, EnvelopeSchema } from "../../gen/qpc/v1/delivery_pb.ts";
import { DeliveryService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../registry/methods.ts";
import { Status } from "../../registry/statuses.ts";
import type { Exchange, Lie } from "./relay.ts";

type Rpc<I extends DescMessage, O extends DescMessage> = DescMethod & { input: I; output: O };

/** Asked is a call with what the honest server would answer; `ask` makes any other call there. */
export interface Asked<I extends DescMessage, O extends DescMessage> {
  readonly request: MessageShape<I>;
  honest(): Promise<MessageShape<O>>;
  ask<P extends DescMessage, Q extends DescMessage>(
    method: Rpc<P, Q>,
    request: MessageInitShape<P>,
  ): Promise<MessageShape<Q>>;
}

/** answering lies in answer to one method, and tells the truth in answer to all others. */
export function answering<I extends DescMessage, O extends DescMessage>(
  method: Rpc<I, O>,
  answer: (asked: Asked<I, O>) => Promise<MessageInitShape<O>>,
): Lie {
  return async (exchange) => {
    if (exchange.methodId !== methodOf(method).id) return exchange.honest();
    const message = create(method.output, await answer(asking(method, exchange)));
    return { status: Status.Ok, payload: toBinary(method.output, message) };
  };
}

/** both tells two lies at once, about two methods. */
export function both(first: Lie, second: Lie): Lie {
  return (exchange) => first({ ...exchange, honest: () => second(exchange) });
}

/** inInbox changes what Fetch returns for one channel (empty = the default queue). */
export function inInbox(
  channelId: Uint8Array,
  change: (payloads: readonly Envelope[]) => readonly Envelope[],
): Lie {
  return answering(DeliveryService.method.fetch, async ({ request, honest }) => {
    const { payloads } = await honest();
    const isThere = Buffer.compare(request.channelId, channelId) === 0;
    return { payloads: [...(isThere ? change(payloads) : payloads)] };
  });
}

/** replacingLast lets the newest message of an inbox be another one, under the same seq. */
export function replacingLast(data: (payloads: readonly Envelope[]) => Uint8Array) {
  return (payloads: readonly Envelope[]): readonly Envelope[] => {
    const last = payloads.at(-1);
    if (last === undefined) return payloads;
    const { seq } = last;
    return [...payloads.slice(0, -1), create(EnvelopeSchema, { seq, data: data(payloads) })];
  };
}

/** inReverse keeps the numbers of the messages in an inbox and turns round their order. */
export function inReverse(payloads: readonly Envelope[]): readonly Envelope[] {
  const reversed = payloads.toReversed();
  return payloads.map(({ seq }, at) => create(EnvelopeSchema, { seq, data: dataOf(reversed[at]) }));
}

/** dataOf answers the payload of a message, empty for none. */
export function dataOf(envelope: Envelope | undefined): Uint8Array {
  return envelope?.data ?? new Uint8Array(0);
}

/** flipped answers a copy with one bit changed; `at` counts from the end when it is negative. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

function asking<I extends DescMessage, O extends DescMessage>(
  { input, output }: Rpc<I, O>,
  exchange: Exchange,
): Asked<I, O> {
  return {
    request: fromBinary(input, exchange.request),
    honest: async () => fromBinary(output, (await exchange.honest()).payload),
    async ask(method, request) {
      const encoded = toBinary(method.input, create(method.input, request));
      const { payload } = await exchange.ask(methodOf(method).id, encoded);
      return fromBinary(method.output, payload);
    },
  };
}
