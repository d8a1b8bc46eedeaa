// Random bytes and streams that the client gives up: one stream ends, the connection goes on
// (spec/framing.md, Bytes that are not one frame).

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { describe } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { hex } from "../bytes.ts";
import { frame } from "../frames.ts";

const { fetchWait } = DeliveryService.method;

const STREAMS = 64;

/** Methods of the core families: random payloads reach their decoders. */
const METHOD_IDS = [100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 304, 802];

/** What is sent before the client resets the stream. */
const RESETS = [
  ["before-header", "", "nothing"],
  ["in-header", "0322000000", "5 bytes of a header"],
  ["behind-header", "0322 00000001 00000008", "a header that announces 8 bytes"],
  ["in-payload", "0322 00000001 00000008 c23e0501", "4 of 8 payload bytes"],
] as const;

export const hostileCases: readonly Case[] = [
  defineCase({
    id: "framing.typed-error.random-bytes",
    rules: ["framing.typed-error"],
    features: ["health"],
    twin: "framing.response-header.nine-bytes",
    sends: "0 to 199 random bytes on each of 64 streams at once",
    expects: "a response or a reset on each, and the connection lives on",
    checks: ["answer", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const peer = await t.peer();
      const streams = Array.from({ length: STREAMS }, (_, i) => {
        const [size = 0] = t.bytes(1, `size ${i}`);
        return t.bytes(size % 200, `stream ${i}`);
      });
      await eachEnds(t, peer, streams);
      await t.connectionLives(peer);
    },
  }),

  defineCase({
    id: "framing.typed-error.random-payloads",
    rules: ["framing.typed-error", "framing.undecodable-payload"],
    features: ["health"],
    twin: "framing.response-header.nine-bytes",
    sends: "four good frames with a random payload of 1 to 127 bytes for each of 16 methods",
    expects: "a response or a reset on each, and the connection lives on",
    checks: ["answer", "connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const peer = await t.peer();
      const streams = Array.from({ length: STREAMS }, (_, i) => {
        const [size = 0] = t.bytes(1, `size ${i}`);
        const methodId = METHOD_IDS[i % METHOD_IDS.length] as number;
        return frame(methodId, i, t.bytes(1 + (size % 127), `stream ${i}`));
      });
      await eachEnds(t, peer, streams);
      await t.connectionLives(peer);
    },
  }),

  ...RESETS.map(([slug, bytes, what]) =>
    defineCase({
      id: `framing.client-reset.${slug}`,
      rules: ["framing.typed-error"],
      features: ["health"],
      twin: "framing.response-header.nine-bytes",
      sends: `${what}, then RESET_STREAM and STOP_SENDING`,
      expects: "the connection lives on",
      checks: ["connection-lives"],
      errata: ["C-17"],
      async run(t) {
        const peer = await t.peer();
        const stream = await peer.open();
        if (bytes) await stream.write(hex(bytes));
        // So that the bytes leave before the reset, which would take them back.
        await sleep(30);
        stream.quic.reset(0);
        stream.quic.stopSending(0);
        await sleep(30);
        await t.connectionLives(peer);
      },
    }),
  ),

  defineCase({
    id: "framing.client-reset.while-waiting",
    rules: ["framing.typed-error"],
    features: ["auth", "delivery", "health"],
    twin: "framing.response-header.nine-bytes",
    sends: "a FetchWait, and STOP_SENDING while it waits",
    expects: "the connection lives on",
    checks: ["connection-lives"],
    errata: ["C-17"],
    async run(t) {
      const user = await t.user();
      const stream = await user.peer.open();
      await stream.finish(user.frame(fetchWait, { recipientKey: user.key, timeoutMs: 5_000n }));
      await sleep(30);
      stream.quic.stopSending(0);
      await sleep(30);
      await t.connectionLives(user.peer);
    },
  }),

  defineCase({
    id: "framing.typed-error.client-uni-stream",
    rules: ["framing.typed-error"],
    features: ["health"],
    twin: "framing.response-header.nine-bytes",
    sends: "a Health request on a unidirectional stream of the client, if it is granted one",
    expects: "the connection lives on",
    checks: ["connection-lives"],
    async run(t) {
      const peer = await t.peer();
      const stream = peer.quic.tryOpenUni();
      // The server may stop the stream before it has taken the bytes.
      await stream?.finish(hex("0322 00000001 00000000")).catch(() => {});
      await t.connectionLives(peer);
    },
  }),
];

async function eachEnds(t: Trial, peer: Peer, streams: readonly Uint8Array[]): Promise<void> {
  const reactions = await Promise.all(streams.map((bytes) => peer.send(bytes)));
  const strange = reactions.filter(({ kind }) => kind !== "response" && kind !== "reset");
  t.check("answer", strange.length === 0, {
    expected: "a response or a reset on every stream",
    got: `${strange.length} others: ${strange.slice(0, 3).map(describe).join("; ")}`,
  });
}
