// How long a header and a frame may take (spec/framing.md, S-01). The deadlines are those that the case
// sets, so it needs a server of its own.

import { setTimeout as sleep } from "node:timers/promises";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { describe, type RawStream, type Reaction } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { hex } from "../bytes.ts";

const HEADER_MS = 1_000;
const FRAME_MS = 2_000;

/** Bytes that come slower than this let a deadline per read pass unnoticed. */
const DRIP_MS = 400;

/** Slack for a busy machine; a deadline that does not exist is later by far. */
const SLACK_MS = 1_500;

const HEALTH = hex("0322 00000001 00000000");
const ENDLESS = hex("0322 00000001 00000020");

export const deadlineCases: readonly Case[] = [
  defineCase({
    id: "framing.header-deadline.reset",
    rules: ["framing.header-deadline"],
    features: ["auth", "health"],
    twin: "framing.request-header.byte-by-byte",
    server: { limits: { header_ms: HEADER_MS, frame_ms: 20_000 } },
    sends: "1 byte, 9 bytes, and 9 bytes 400 ms apart of a header, each on a stream, and no FIN",
    expects: "each stream is reset at the header deadline, here one second, and not before",
    checks: ["one-byte", "nine-bytes", "dribbled", "connection-lives"],
    errata: ["C-17", "S-01"],
    async run(t) {
      const peer = await t.peer();
      await Promise.all([
        resetAt(t, peer, "one-byte", HEADER_MS, (stream) => stream.write(HEALTH.subarray(0, 1))),
        resetAt(t, peer, "nine-bytes", HEADER_MS, (stream) => stream.write(HEALTH.subarray(0, 9))),
        resetAt(t, peer, "dribbled", HEADER_MS, (stream) => drip(stream, HEALTH.subarray(0, 9))),
      ]);
      await t.connectionLives(peer);
    },
  }),

  defineCase({
    id: "framing.frame-deadline.reset",
    rules: ["framing.frame-deadline", "framing.header-deadline"],
    features: ["auth", "health"],
    twin: "framing.request-header.byte-by-byte",
    server: { limits: { header_ms: HEADER_MS, frame_ms: FRAME_MS } },
    sends:
      "a header without its payload, one whose payload dribbles, and a whole frame without FIN",
    expects:
      "each stream is reset at the frame deadline, here two seconds; the whole frame may be answered",
    checks: ["no-payload", "dribbled", "no-fin", "connection-lives"],
    errata: ["C-17", "S-01"],
    async run(t) {
      const peer = await t.peer();
      await Promise.all([
        resetAt(t, peer, "no-payload", FRAME_MS, (stream) => stream.write(ENDLESS)),
        resetAt(t, peer, "dribbled", FRAME_MS, async (stream) => {
          await stream.write(ENDLESS);
          await drip(stream, new Uint8Array(32));
        }),
        resetAt(t, peer, "no-fin", FRAME_MS, (stream) => stream.write(HEALTH), Status.Ok),
      ]);
      await t.connectionLives(peer);
    },
  }),
];

async function resetAt(
  t: Trial,
  peer: Peer,
  check: string,
  deadlineMs: number,
  write: (stream: RawStream) => Promise<void>,
  otherwise?: Status,
): Promise<void> {
  const stream = await peer.open();
  const opened = performance.now();
  // The stream is reset while it is written to.
  write(stream).catch(() => {});
  const got = await stream.reaction(deadlineMs + SLACK_MS);
  const after = got.at - opened;
  const inTime = got.kind === "reset" && after >= deadlineMs - 50;
  const answered = otherwise !== undefined && isResponse(got, otherwise);
  t.check(check, inTime || answered, {
    expected: `a reset after ${deadlineMs} ms`,
    got: `${describe(got)} after ${Math.round(after)} ms`,
  });
}

function isResponse(got: Reaction, status: Status): boolean {
  return got.kind === "response" && got.status === status;
}

async function drip(stream: RawStream, bytes: Uint8Array): Promise<void> {
  for (const byte of bytes) {
    await stream.write(Uint8Array.of(byte));
    await sleep(DRIP_MS);
  }
}
