// What the cases of inboxes have in common: reads that are answered otherwise, and what comes after them.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { lie } from "../../hostile/world/bends.ts";
import type { World } from "../../hostile/world/world.ts";
import { type directRoom, OPS } from "../room.ts";

const { fetch, fetchWait, peek } = DeliveryService.method;

interface Seen {
  readonly seq: bigint;
  readonly data: Uint8Array;
}

/** reading changes what every read of a channel answers. */
export function reading(
  world: World,
  channelId: Uint8Array,
  change: (payloads: readonly Seen[]) => readonly Seen[],
): () => void {
  const isIt = (other: Uint8Array) => Buffer.compare(other, channelId) === 0;
  const undo = [fetch, peek].map((method) =>
    lie(world, method as typeof fetch, async ({ request, honest }) => {
      const { payloads } = await honest();
      return { payloads: [...(isIt(request.channelId) ? change(payloads) : payloads)] };
    }),
  );
  undo.push(
    lie(world, fetchWait, async ({ request, honest }) => {
      const { payloads } = await honest();
      return { payloads: [...(isIt(request.channelId) ? change(payloads) : payloads)] };
    }),
  );
  return () => {
    for (const one of undo) one();
  };
}

/** The case that must succeed beside a refusal, and the operations of both. */
export const honest = {
  twin: "client-envelope.sealed.honest",
  ops: OPS.talk,
};

/** getsAlone checks as `honest-afterwards` that one text is all that comes now, waiting a little for more. */
export async function getsAlone(
  { trial, alice }: Awaited<ReturnType<typeof directRoom>>,
  text: string,
): Promise<void> {
  const first = await alice.recv(1);
  const more = await alice.recv(1, 300);
  const texts = [...first.messages, ...more.messages].map((message) => message.text);
  trial.check("honest-afterwards", texts.join() === text, { expected: text, got: texts.join() });
}
