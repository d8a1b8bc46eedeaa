// Many connections, many streams, and clients that do not do their part: the others are served
// (spec/transport.md).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { describe } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  AT_ONCE_MS,
  allOk,
  health,
  healthFrame,
  inARow,
  openMany,
  transportCase,
  unfinishedFrame,
} from "./calls.ts";

const { enqueue, fetch } = DeliveryService.method;

const LARGEST = 4_194_304;

export const loadCases: readonly Case[] = [
  transportCase({
    id: "transport.load.two-hundred-connections",
    rules: ["transport.concurrent-connections"],
    needs: "quiet",
    sends: "200 handshakes at once, and Health on each connection",
    expects: "200 times Ok",
    async run(t) {
      const peers = await Promise.all(Array.from({ length: 200 }, () => t.peer()));
      allOk(t, await Promise.all(peers.map((peer) => health(peer))));
    },
  }),

  transportCase({
    id: "transport.load.in-and-out",
    rules: ["transport.concurrent-connections"],
    sends: "60 connections one after the other, each closed after one Health call",
    expects: "60 times Ok",
    async run(t) {
      const got = await inARow(60, async (i) => {
        const peer = await t.peer();
        const one = await health(peer, i);
        await peer.close();
        return one;
      });
      allOk(t, got);
    },
  }),

  transportCase({
    id: "transport.load.abrupt-ends",
    rules: ["transport.concurrent-connections", "framing.typed-error"],
    features: ["auth", "delivery"],
    sends: "60 connections closed in the middle of a request, or right behind a whole one",
    expects: "an older connection and a new one are served",
    async run(t) {
      const before = await t.peer();
      await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          const peer = await t.peer();
          const stream = await peer.open();
          if (i % 3 === 0) await stream.write(healthFrame(i).subarray(0, 4));
          else if (i % 3 === 1) await stream.write(unfinishedFrame(i, 5000));
          else await stream.finish(healthFrame(i));
          await peer.close();
        }),
      );
      allOk(t, [await health(before), await health(await t.peer())]);
    },
  }),

  transportCase({
    id: "transport.load.announced-and-silent",
    rules: ["transport.concurrent-calls", "transport.concurrent-connections"],
    sends: "15 requests on each of four connections, which announce 4 MiB and send nothing; Health",
    expects: "Ok at once, on the same connections and on a new one",
    errata: ["C-12"],
    async run(t) {
      const peers = await Promise.all(Array.from({ length: 4 }, () => t.peer()));
      for (const peer of peers) {
        const streams = await openMany(peer, 15, AT_ONCE_MS);
        await Promise.all(streams.map((stream, i) => stream.write(unfinishedFrame(i, LARGEST))));
      }
      peers.push(await t.peer());
      allOk(t, await Promise.all(peers.map((peer) => health(peer))));
    },
  }),

  transportCase({
    id: "transport.load.oversize-flood",
    rules: ["framing.payload-too-large", "status.stream-isolation"],
    twin: "transport.stream-per-call.three-hundred",
    sends: "300 requests on one connection that announce 4 GiB, each with 1,000 bytes",
    expects: "BadRequest or a reset to each, and Health is answered",
    checks: ["refused", "answer"],
    errata: ["C-07", "C-08"],
    async run(t) {
      const peer = await t.peer();
      const bytes = Buffer.concat([unfinishedFrame(1, 0xffff_ffff), new Uint8Array(1000)]);
      const got = await Promise.all(Array.from({ length: 300 }, () => peer.send(bytes)));
      const other = got.find(
        (one) =>
          one.kind !== "reset" && !(one.kind === "response" && one.status === Status.BadRequest),
      );
      t.check("refused", other === undefined, {
        expected: "BadRequest or a reset",
        got: other ? describe(other) : "",
      });
      allOk(t, [await health(peer)]);
    },
  }),

  transportCase({
    id: "transport.load.answers-never-read",
    rules: ["transport.concurrent-calls", "transport.concurrent-connections"],
    features: ["auth", "delivery"],
    sends:
      "eight Fetches of 4,000,000 bytes whose answers nobody reads; Health beside and elsewhere",
    expects: "Ok at once to both",
    async run(t) {
      const user = await t.user();
      const reader = await t.logIn(user.account);
      const payload = new Uint8Array(4_000_000);
      await user.call(enqueue, { recipientKey: user.key, payload });
      await neverRead(reader.peer, 8, () => reader.frame(fetch, { recipientKey: user.key }));
      allOk(t, [await health(reader.peer), await health(user.peer)]);
    },
  }),

  transportCase({
    id: "transport.load.thousand-idle",
    rules: ["transport.concurrent-connections"],
    needs: "quiet",
    tier: "full",
    sends: "1,000 connections that do nothing, then Health on the first, the last and a new one",
    expects: "Ok to each within 2 s",
    async run(t) {
      const peers: Peer[] = [];
      for (let i = 0; i < 10; i++) peers.push(...(await hundred(t)));
      const [first, last] = [peers.at(0), peers.at(-1)] as [Peer, Peer];
      allOk(t, [await health(first), await health(last), await health(await t.peer())]);
    },
  }),
];

async function neverRead(peer: Peer, count: number, frame: () => Uint8Array): Promise<void> {
  for (let i = 0; i < count; i++) {
    const stream = await peer.quic.openBidi();
    await stream.finish(frame());
  }
}

function hundred(t: Trial): Promise<Peer[]> {
  return Promise.all(Array.from({ length: 100 }, () => t.peer()));
}
