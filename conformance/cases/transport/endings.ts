// Clients that give up a call: RESET_STREAM at every phase, STOP_SENDING of the answer. The stream is
// lost, the connection and its other streams live (spec/transport.md, RFC 9000 sections 3.1 and 3.2).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Case } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import type { RawStream } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { AT_ONCE_MS, allOk, health, healthFrame, transportCase, unfinishedFrame } from "./calls.ts";
import { startWait } from "./waits.ts";

const { enqueue, fetch } = DeliveryService.method;

/** Any number: a receiver does not depend on the codes (S-02). */
const CODE = 0x2a;

interface Phase {
  readonly slug: string;
  readonly sends: string;
  readonly begin: (stream: RawStream) => Promise<void>;
}

const PHASES: readonly Phase[] = [
  { slug: "before-a-byte", sends: "nothing", begin: async () => {} },
  {
    slug: "in-header",
    sends: "five bytes of the header",
    begin: (stream) => stream.write(healthFrame(1).subarray(0, 5)),
  },
  {
    slug: "after-header",
    sends: "a header that announces 1,000 bytes",
    begin: (stream) => stream.write(unfinishedFrame(1, 1000)),
  },
  {
    slug: "in-payload",
    sends: "a header that announces 1,000,000 bytes, and 200,000 of them",
    begin: (stream) =>
      stream.write(Buffer.concat([unfinishedFrame(1, 1_000_000), new Uint8Array(200_000)])),
  },
  {
    slug: "before-fin",
    sends: "a whole request without FIN",
    begin: (stream) => stream.write(healthFrame(1)),
  },
];

export const endingCases: readonly Case[] = [
  ...PHASES.map(({ slug, sends, begin }) =>
    transportCase({
      id: `transport.reset.${slug}`,
      rules: ["status.stream-isolation", "transport.stream-per-call"],
      sends: `on each of 20 streams ${sends}, then RESET_STREAM`,
      expects: "a request begun before is answered, and so is a new one",
      checks: ["neighbour", "answer"],
      // 4 MB have to be sent within the time limit of a frame.
      ...(slug === "in-payload" && { needs: "quiet" }),
      run: (t) => besideNeighbour(t, (peer) => resetTwenty(peer, begin)),
    }),
  ),

  transportCase({
    id: "transport.stop-sending.before-request",
    rules: ["status.stream-isolation", "transport.stream-per-call"],
    sends: "on each of 20 streams STOP_SENDING, then a whole Health request",
    expects: "a request begun before is answered, and so is a new one",
    checks: ["neighbour", "answer"],
    run: (t) =>
      besideNeighbour(t, async (peer) => {
        for (let i = 0; i < 20; i++) {
          const stream = await peer.open();
          stream.quic.stopSending(CODE);
          await stream.finish(healthFrame(i));
        }
      }),
  }),

  transportCase({
    id: "transport.stop-sending.with-request",
    rules: ["status.stream-isolation", "transport.stream-per-call"],
    sends: "on each of 20 streams a whole Health request, and STOP_SENDING right behind it",
    expects: "a request begun before is answered, and so is a new one",
    checks: ["neighbour", "answer"],
    run: (t) =>
      besideNeighbour(t, async (peer) => {
        for (let i = 0; i < 20; i++) {
          const stream = await peer.open();
          await stream.finish(healthFrame(i));
          stream.quic.stopSending(CODE);
        }
      }),
  }),

  transportCase({
    id: "transport.stop-sending.while-waiting",
    rules: ["status.stream-isolation", "delivery.wait-cancelled"],
    features: ["auth", "delivery"],
    sends: "five FetchWaits, STOP_SENDING on each while it waits, then an Enqueue and a Fetch",
    expects: "a request begun before is answered, so is a new one, and the message is there",
    checks: ["neighbour", "answer", "fetched"],
    errata: ["I-06"],
    async run(t) {
      const user = await t.user();
      await besideNeighbour(
        t,
        async () => {
          const waits = await Promise.all(Array.from({ length: 5 }, () => startWait(user)));
          for (const wait of waits) wait.quic.stopSending(CODE);
        },
        user.peer,
      );
      const payload = Buffer.from("for the next Fetch");
      await user.call(enqueue, { recipientKey: user.key, payload });
      const answer = await user.call(fetch, { recipientKey: user.key });
      const { length } = answer.message().payloads;
      t.check("fetched", length === 1, { expected: "one message", got: `${length}` });
    },
  }),

  transportCase({
    id: "transport.stop-sending.in-answer",
    rules: ["status.stream-isolation", "transport.stream-per-call"],
    features: ["auth", "delivery"],
    sends: "a Fetch of 4,000,000 bytes, and STOP_SENDING after the first of them, three times",
    expects: "a request begun before is answered, and so is a new one",
    checks: ["neighbour", "answer"],
    async run(t) {
      const user = await t.user();
      const reader = await t.logIn(user.account);
      const payload = new Uint8Array(4_000_000);
      await user.call(enqueue, { recipientKey: user.key, payload });
      await besideNeighbour(
        t,
        async ({ quic }) => {
          for (let i = 0; i < 3; i++) {
            const stream = await quic.openBidi();
            await stream.finish(reader.frame(fetch, { recipientKey: user.key }));
            await stream.chunks().next();
            stream.stopSending(CODE);
          }
        },
        reader.peer,
      );
    },
  }),
];

/** besideNeighbour runs `work` while a Health request is half sent, finishes it, and makes another. */
async function besideNeighbour(
  t: Trial,
  work: (peer: Peer) => Promise<void>,
  on?: Peer,
): Promise<void> {
  const peer = on ?? (await t.peer());
  const neighbour = await peer.open();
  await neighbour.write(healthFrame(7).subarray(0, 6));
  await work(peer);
  await neighbour.finish(healthFrame(7).subarray(6));
  allOk(t, [await neighbour.reaction(AT_ONCE_MS)], "neighbour");
  allOk(t, [await health(peer)]);
}

// What is reset before it was sent never leaves, so the bytes of each phase get a round trip first.
async function resetTwenty(peer: Peer, begin: Phase["begin"]): Promise<void> {
  const streams = await Promise.all(Array.from({ length: 20 }, () => peer.open()));
  await Promise.all(streams.map(begin));
  await health(peer);
  for (const { quic } of streams) quic.reset(CODE);
}
