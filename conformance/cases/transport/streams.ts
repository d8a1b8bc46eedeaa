// A stream per call, and one response on each (spec/transport.md).

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { describe, type RawStream, type Reaction } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { frame } from "../frames.ts";
import {
  AT_ONCE_MS,
  allOk,
  health,
  healthFrame,
  inARow,
  isOk,
  openMany,
  transportCase,
  unfinishedFrame,
} from "./calls.ts";

export const streamCases: readonly Case[] = [
  transportCase({
    id: "transport.stream-per-call.in-a-row",
    rules: ["transport.stream-per-call"],
    sends: "1,100 Health calls on one connection, one after the other",
    expects: "1,100 times Ok: credit for streams comes back",
    async run(t) {
      const peer = await t.peer();
      allOk(t, await inARow(1100, (i) => health(peer, i)));
    },
  }),

  transportCase({
    id: "transport.stream-per-call.three-hundred",
    rules: ["transport.stream-per-call", "transport.concurrent-calls"],
    sends: "300 Health calls on one connection, begun together, each as soon as there is credit",
    expects: "300 times Ok",
    async run(t) {
      const peer = await t.peer();
      allOk(t, await Promise.all(Array.from({ length: 300 }, (_, i) => health(peer, i))));
    },
  }),

  transportCase({
    id: "transport.stream-per-call.own-stream",
    rules: ["transport.stream-per-call", "transport.one-response"],
    sends: "16 Health calls at once, each with a request_id of its own",
    expects: "on every stream the answer to what was asked there",
    async run(t) {
      const peer = await t.peer();
      const ids = Array.from({ length: 16 }, (_, i) => 0x10_0000 + i * 7);
      const got = await Promise.all(ids.map((id) => health(peer, id)));
      const crossed = got.findIndex(
        (one, i) => one.kind !== "response" || one.requestId !== ids[i],
      );
      t.check("answer", crossed === -1, {
        expected: `request_id ${ids[crossed]}`,
        got: describe(got[crossed] ?? { kind: "local", at: 0 }),
      });
    },
  }),

  transportCase({
    id: "transport.concurrent-calls.sixteen",
    rules: ["transport.concurrent-calls"],
    sends: "16 Health calls, all begun before the first is finished, finished in reverse order",
    expects: "16 times Ok",
    checks: ["opened", "answer"],
    errata: ["C-12"],
    tier: "smoke",
    run: (t) => overlapping(t, 16),
  }),

  transportCase({
    id: "transport.stream-limit.hundred",
    rules: ["transport.stream-limit"],
    sends: "100 Health calls, all begun before the first is finished",
    expects: "100 times Ok",
    checks: ["opened", "answer"],
    errata: ["C-12"],
    run: (t) => overlapping(t, 100),
  }),

  transportCase({
    id: "transport.concurrent-calls.beside-unfinished",
    rules: ["transport.concurrent-calls"],
    sends: "15 requests that announce bytes and never send them, then a Health call",
    expects: "Ok at once",
    checks: ["opened", "answer"],
    errata: ["C-12"],
    run: (t) => besideUnfinished(t, 15),
  }),

  transportCase({
    id: "transport.stream-limit.beside-unfinished",
    rules: ["transport.stream-limit", "transport.concurrent-calls"],
    sends: "99 requests that announce bytes and never send them, then a Health call",
    expects: "Ok at once",
    checks: ["opened", "answer"],
    errata: ["C-12"],
    run: (t) => besideUnfinished(t, 99),
  }),

  transportCase({
    id: "transport.one-response.then-fin",
    rules: ["transport.one-response"],
    sends: "a Health request",
    expects: "one response frame, FIN right behind it, and nothing else",
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      // A response with bytes behind it, or without FIN, is none.
      t.reaction(await peer.send(healthFrame(1), AT_ONCE_MS), Status.Ok);
    },
  }),

  transportCase({
    id: "transport.one-response.of-a-refusal",
    rules: ["transport.one-response"],
    twin: "transport.one-response.then-fin",
    sends: "a Health request that does not decode",
    expects: "one response frame with BadRequest, FIN right behind it, and nothing else",
    async run(t) {
      const peer = await t.peer();
      const bad = frame(802, 1, Uint8Array.of(0x80));
      t.reaction(await peer.send(bad, AT_ONCE_MS), Status.BadRequest);
    },
  }),

  transportCase({
    id: "transport.one-response.to-two-requests",
    rules: ["transport.one-response", "framing.one-frame"],
    twin: "transport.one-response.then-fin",
    sends: "two whole Health requests on one stream",
    expects: "one response frame at most: BadRequest, Ok for the first, or a reset",
    checks: ["answer", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const peer = await t.peer();
      const both = Buffer.concat([healthFrame(1), healthFrame(2)]);
      t.reaction(await peer.send(both), Status.BadRequest, Status.Ok, "reset");
      await t.connectionLives(peer);
    },
  }),
];

// Begun all together and finished from the last to the first, in 16 groups, each when the one before it
// is answered: only a server that has them all under way at once can do that.
async function overlapping(t: Trial, count: number): Promise<void> {
  const peer = await t.peer();
  const streams = await openAll(t, peer, count);
  await Promise.all(streams.map((stream, i) => stream.write(healthFrame(i).subarray(0, -1))));
  const answers: Reaction[] = [];
  const left = [...streams];
  while (left.length > 0 && answers.every(isOk)) {
    const group = left.splice(-Math.ceil(count / 16)).map(async (stream) => {
      await stream.finish(Uint8Array.of(0));
      return stream.reaction(AT_ONCE_MS);
    });
    answers.push(...(await Promise.all(group)));
  }
  allOk(t, answers);
}

async function besideUnfinished(t: Trial, count: number): Promise<void> {
  const peer = await t.peer();
  const streams = await openAll(t, peer, count);
  await Promise.all(streams.map((stream, i) => stream.write(unfinishedFrame(i))));
  t.reaction(await health(peer), Status.Ok);
}

async function openAll(t: Trial, peer: Peer, count: number): Promise<readonly RawStream[]> {
  const streams = await openMany(peer, count, AT_ONCE_MS);
  t.demand("opened", streams.length === count, {
    expected: `${count} streams open at once`,
    got: `credit for ${streams.length}`,
  });
  return streams;
}
