// What a server keeps of requests that are under way (spec/limits.md, Size). Only a subject that we
// started, on a system that tells, can be asked how much memory it took.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { Unsupported } from "../../judge/errors.ts";
import type { Trial } from "../../judge/trial.ts";
import { AT_ONCE_MS, allOk, health, openMany, unfinishedFrame } from "../transport/calls.ts";

const { enqueue } = DeliveryService.method;

const LARGEST = 4_194_304;
/** Largest payload beside a recipient key in one frame. */
const PAYLOAD = 4_194_265;
const AT_ONCE = 30;
const CEILING = 768 * 2 ** 20;

export const memoryCases: readonly Case[] = [
  defineCase({
    id: "limits.memory.thirty-frames",
    rules: ["limits.memory", "framing.payload-limit"],
    features: ["auth", "delivery", "health"],
    tier: "full",
    server: { limits: { frame_ms: 20_000 } },
    sends: "30 Enqueues of 4 MiB at once, on ten connections",
    expects: "Ok to each, and a server that grew by less than 768 MiB",
    checks: ["answer", "memory"],
    errata: ["C-07"],
    async run(t) {
      const user = await t.user();
      const before = peak(t);
      const peers = await Promise.all(Array.from({ length: 10 }, () => t.logIn(user.account)));
      const request = { recipientKey: user.key, payload: new Uint8Array(PAYLOAD) };
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) =>
          (peers[i % peers.length] ?? user).call(enqueue, request, { ms: 20_000 }),
        ),
      );
      const refused = answers.find(({ status }) => status !== Status.Ok);
      t.check("answer", refused === undefined, {
        expected: `${AT_ONCE} times Ok`,
        got: `status ${refused?.status}`,
      });
      grewLittle(t, before);
    },
  }),

  defineCase({
    id: "limits.memory.announced-only",
    rules: ["limits.memory", "transport.concurrent-connections"],
    features: ["auth", "delivery", "health"],
    server: { limits: { header_ms: 20_000, frame_ms: 20_000 } },
    sends: "25 requests on each of ten connections that announce 4 MiB and bring one byte; Health",
    expects: "Ok to Health at once, and a server that grew by less than 768 MiB",
    checks: ["answer", "memory"],
    errata: ["C-12"],
    async run(t) {
      const before = peak(t);
      const peers = await Promise.all(Array.from({ length: 10 }, () => t.peer()));
      for (const peer of peers) {
        const streams = await openMany(peer, 25, AT_ONCE_MS);
        const bytes = Buffer.concat([unfinishedFrame(1, LARGEST), Uint8Array.of(0)]);
        await Promise.all(streams.map((stream) => stream.write(bytes)));
      }
      allOk(t, await Promise.all([...peers, await t.peer()].map((peer) => health(peer))));
      grewLittle(t, before);
    },
  }),
];

function peak(t: Trial): number {
  const bytes = t.subject.peakMemory();
  if (bytes === undefined) throw new Unsupported("needs a subject of ours and /proc");
  return bytes;
}

function grewLittle(t: Trial, before: number): void {
  const grown = peak(t) - before;
  const spelled = `${Math.round(grown / 2 ** 20)} MiB`;
  t.check("memory", grown < CEILING, { expected: "less than 768 MiB more", got: spelled });
  t.note(`${spelled} more`);
}
