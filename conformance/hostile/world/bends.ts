// The lies of a world, in terms of messages: an answer is decoded, changed, and encoded again.

import {
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type DescUnary, ok } from "./handler.ts";
import type { World, WorldCall } from "./world.ts";

export interface Told<I extends DescMessage, O extends DescMessage> {
  readonly request: MessageShape<I>;
  readonly call: WorldCall;
  /** honest carries the call out and answers what an honest server says. It throws when that is no Ok. */
  honest(): Promise<MessageShape<O>>;
}

/** lie has a method answered Ok with what `tell` makes of it, until the function that it answers is called. */
export function lie<I extends DescMessage, O extends DescMessage>(
  world: World,
  method: DescUnary<I, O>,
  tell: (told: Told<I, O>) => Promise<MessageInitShape<O>> | MessageInitShape<O>,
): () => void {
  return world.bend(methodOf(method).id, async (call, honest) => {
    let refusal: { status: number; payload: Uint8Array } | undefined;
    const told: Told<I, O> = {
      request: fromBinary(method.input, call.payload),
      call,
      async honest() {
        const answer = await honest();
        if (answer.status !== Status.Ok) {
          refusal = answer;
          throw new Error(`the world refuses with ${answer.status}`);
        }
        return fromBinary(method.output, answer.payload);
      },
    };
    try {
      return ok(method.output, await tell(told));
    } catch (error) {
      if (refusal) return refusal;
      throw error;
    }
  });
}

/** refuse has a method answered with a status and nothing else; the call is not carried out. */
export function refuse<I extends DescMessage, O extends DescMessage>(
  world: World,
  method: DescUnary<I, O>,
  status: Status,
): () => void {
  return world.bend(methodOf(method).id, async () => ({ status, payload: new Uint8Array(0) }));
}

/** asked lists what clients asked of a method, decoded. */
export function asked<I extends DescMessage, O extends DescMessage>(
  world: World,
  method: DescUnary<I, O>,
): MessageShape<I>[] {
  return world.calls(methodOf(method).id).map(({ payload }) => fromBinary(method.input, payload));
}

/** flipped answers a copy with one bit changed; `at` counts from the end when it is negative. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}
