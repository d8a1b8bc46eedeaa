// Clients that take more than their share: streams that say nothing, connections by the dozen, calls of
// nothing (spec/limits.md, spec/transport.md). Everybody else is served all the same.

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { describe } from "../../judge/stream.ts";
import { frame } from "../frames.ts";
import {
  AT_ONCE_MS,
  allOk,
  health,
  healthFrame,
  openMany,
  transportCase,
  unfinishedFrame,
} from "../transport/calls.ts";

const HEADER_MS = 1_000;
/** From the first stream to the time when every deadline is certainly over. */
const DEADLINE_OVER_MS = 3_500;
const SLOW_STREAMS = 90;
const FLOOD = 500;
const CONNECTIONS = 50;

export const abuseCases: readonly Case[] = [
  transportCase({
    id: "limits.abuse.slow-headers",
    rules: ["framing.header-deadline", "transport.concurrent-calls"],
    server: { limits: { header_ms: HEADER_MS, frame_ms: 20_000 } },
    sends: "1 to 9 bytes of a header on each of 90 streams, and nothing more; Health meanwhile",
    expects: "Ok at once to Health on this and on another connection; every slow stream is reset",
    checks: ["meanwhile", "reset", "afterwards"],
    errata: ["S-01", "C-12"],
    async run(t) {
      const [slow, other] = [await t.peer(), await t.peer()];
      const streams = await openMany(slow, SLOW_STREAMS, AT_ONCE_MS);
      await Promise.all(
        streams.map((stream, i) => stream.write(healthFrame(i).subarray(0, 1 + (i % 9)))),
      );
      allOk(t, [await health(slow), await health(other)], "meanwhile");
      const ends = await Promise.all(streams.map((stream) => stream.reaction(DEADLINE_OVER_MS)));
      const strange = ends.find(({ kind }) => kind !== "reset");
      t.check("reset", strange === undefined && ends.length === SLOW_STREAMS, {
        expected: `${SLOW_STREAMS} resets`,
        got: strange ? describe(strange) : `${ends.length} streams`,
      });
      allOk(t, await Promise.all(Array.from({ length: 20 }, () => health(slow))), "afterwards");
    },
  }),

  transportCase({
    id: "limits.abuse.streams-used-up",
    rules: ["transport.stream-per-call", "transport.concurrent-connections"],
    server: { limits: { header_ms: HEADER_MS, frame_ms: 20_000 } },
    sends: "a byte on every stream that a connection grants, up to 1,200; Health on another one",
    expects: "Ok there at once; credit comes back with the deadlines, and 100 calls are answered",
    checks: ["elsewhere", "recovered"],
    errata: ["S-01", "C-12"],
    async run(t) {
      const [greedy, other] = [await t.peer(), await t.peer()];
      const streams = await openMany(greedy, 1_200, AT_ONCE_MS);
      t.note(`${streams.length} streams at once`);
      // A stream that the deadline ends while it is written to is no fault.
      for (const stream of streams) stream.write(Uint8Array.of(3)).catch(() => {});
      allOk(t, [await health(other)], "elsewhere");
      await sleep(HEADER_MS + 500);
      const again = await Promise.all(Array.from({ length: 100 }, () => health(greedy)));
      allOk(t, again, "recovered");
    },
  }),

  transportCase({
    id: "limits.abuse.unknown-methods",
    rules: ["status.unknown-method", "status.stream-isolation"],
    twin: "methods.table.802-health",
    reading: "unknown-method",
    sends: `${FLOOD} calls of numbers that are no methods, at once, with 1,000 bytes each; Health`,
    expects: "UnknownMethod to each, and Ok to Health on this and on another connection",
    checks: ["answer", "connection-lives", "elsewhere"],
    errata: ["C-10"],
    async run(t) {
      const [peer, other] = [await t.peer(), await t.peer()];
      const payload = new Uint8Array(1_000);
      const calls = Array.from({ length: FLOOD }, (_, i) =>
        peer.send(frame(20_000 + i, i, payload), AT_ONCE_MS * 2),
      );
      const reset = t.reading === "reset";
      const strange = (await Promise.all(calls)).find((got) =>
        reset
          ? got.kind !== "reset"
          : got.kind !== "response" || got.status !== Status.UnknownMethod,
      );
      t.check("answer", strange === undefined, {
        expected: reset ? "resets" : "UnknownMethod",
        got: strange ? describe(strange) : "",
      });
      await t.connectionLives(peer);
      allOk(t, [await health(other)], "elsewhere");
    },
  }),

  transportCase({
    id: "limits.abuse.fifty-connections",
    rules: ["transport.concurrent-connections"],
    sends:
      "50 connections at once, with ten streams each that end within the header, and abrupt ends of half of them",
    expects: "Ok to Health on each connection that is left and on a new one",
    checks: ["left", "new"],
    async run(t) {
      const peers = await Promise.all(Array.from({ length: CONNECTIONS }, () => t.peer()));
      await Promise.all(peers.map((peer) => stall(peer, 10, 4)));
      const [gone, left] = [peers.slice(0, CONNECTIONS / 2), peers.slice(CONNECTIONS / 2)];
      await Promise.all(gone.map((peer) => peer.close()));
      allOk(t, await Promise.all(left.map((peer) => health(peer))), "left");
      allOk(t, [await health(await t.peer())], "new");
    },
  }),

  transportCase({
    id: "limits.abuse.resets",
    rules: ["framing.typed-error", "transport.stream-per-call"],
    sends: "2,000 requests in a row, each reset by the client in the middle; Health after each 500",
    expects: "Ok to Health every time",
    checks: ["answer"],
    errata: ["C-17"],
    async run(t) {
      const peer = await t.peer();
      const got = [];
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 500; i++) await beginAndReset(peer, i);
        got.push(await health(peer));
      }
      allOk(t, got);
    },
  }),
];

async function stall(peer: Peer, count: number, bytes: number): Promise<void> {
  const streams = await openMany(peer, count, AT_ONCE_MS);
  await Promise.all(streams.map((stream, i) => stream.write(healthFrame(i).subarray(0, bytes))));
}

async function beginAndReset(peer: Peer, i: number): Promise<void> {
  const stream = await peer.open();
  await stream.write(unfinishedFrame(i, 100));
  stream.quic.reset(0);
  stream.quic.stopSending(0);
}
