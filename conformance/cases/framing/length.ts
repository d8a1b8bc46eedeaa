// payload_len and the 4 MiB limit (spec/framing.md, C-07, C-08, C-38).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { readDetail } from "../../judge/peer.ts";
import type { Reaction } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { frame, notStored, payloadOf, promptly, requestVector } from "../frames.ts";

const { enqueue, fetch } = DeliveryService.method;

const LIMIT = 4_194_304;

/** Lengths around a byte of payload_len; the payload is one unknown field of that size. */
const LENGTHS = [
  ["0", "payload-empty"],
  ["255", "payload-255"],
  ["256", "payload-256"],
  ["65535", "payload-65535"],
  ["65536", "payload-65536"],
] as const;

const AT_LIMIT = [
  ["4194303", "payload-one-below-limit"],
  ["4194304", "payload-at-limit"],
] as const;

const TOO_LARGE_CHECKS = ["answer", "request-id", "code", "connection-lives"];

/** Headers that announce too much, with nothing behind them and the stream left open. */
const ANNOUNCED = [
  ["4194305", "over-limit-header-only"],
  ["2147483648", "length-2-31"],
  ["4294967295", "length-2-32-less-1"],
] as const;

export const lengthCases: readonly Case[] = [
  ...LENGTHS.map(([length, vector]) =>
    defineCase({
      id: `framing.payload-length.${length}`,
      rules: ["framing.payload-length", "framing.unknown-fields"],
      features: ["health"],
      sends: `a Health request with ${length} payload bytes, all in unknown fields`,
      expects: "Ok",
      async run(t) {
        const peer = await t.peer();
        t.reaction(await peer.send(requestVector(vector)), Status.Ok);
      },
    }),
  ),

  ...AT_LIMIT.map(([length, vector]) =>
    defineCase({
      id: `framing.payload-limit.${length}`,
      rules: ["framing.payload-limit"],
      features: ["health"],
      sends: `a Health request with ${length} payload bytes in one unknown field`,
      expects: "Ok",
      errata: ["C-07"],
      async run(t) {
        const peer = await t.peer();
        t.reaction(await peer.send(requestVector(vector)), Status.Ok);
      },
    }),
  ),

  ...ANNOUNCED.map(([length, vector]) =>
    defineCase({
      id: `framing.payload-too-large.${length}-announced`,
      rules: ["framing.payload-too-large"],
      features: ["health"],
      twin: "framing.payload-limit.4194304",
      sends: `a header that announces ${length} bytes, and neither payload nor FIN`,
      expects: "BadRequest with PAYLOAD_TOO_LARGE and the request_id, or a reset, at once",
      checks: TOO_LARGE_CHECKS,
      errata: ["C-07", "C-08"],
      async run(t) {
        const peer = await t.peer();
        const stream = await peer.open();
        await stream.write(requestVector(vector));
        const got = await stream.reaction(2_500);
        refusedAsTooLarge(t, got);
        stream.quic.reset(0);
        await t.connectionLives(peer);
      },
    }),
  ),

  defineCase({
    id: "framing.payload-too-large.4194305-sent",
    rules: ["framing.payload-too-large"],
    features: ["health"],
    twin: "framing.payload-limit.4194304",
    sends: "a Health request with 4,194,305 payload bytes, all of them there",
    expects: "BadRequest with PAYLOAD_TOO_LARGE and the request_id, or a reset",
    checks: TOO_LARGE_CHECKS,
    errata: ["C-07", "C-08"],
    async run(t) {
      const peer = await t.peer();
      refusedAsTooLarge(t, await promptly(peer, requestVector("payload-over-limit")));
      await t.connectionLives(peer);
    },
  }),

  defineCase({
    id: "framing.payload-too-large.version-byte",
    rules: ["framing.payload-too-large", "framing.request-header"],
    features: ["health"],
    twin: "framing.response-header.nine-bytes",
    sends: "a Health request with a version byte before it, which shifts payload_len to 16 MiB",
    expects: "BadRequest or a reset; UnknownMethod too, as the shift makes it method 515",
    checks: ["answer", "connection-lives"],
    errata: ["C-06", "C-08", "I-24"],
    async run(t) {
      const peer = await t.peer();
      const got = await promptly(peer, requestVector("version-byte-first"));
      t.reaction(got, Status.BadRequest, Status.UnknownMethod, "reset");
      await t.connectionLives(peer);
    },
  }),

  defineCase({
    id: "framing.payload-too-large.message-of-5-mb",
    rules: ["framing.payload-too-large"],
    features: ["auth", "delivery"],
    twin: "delivery.enqueue.round-trip",
    sends: "an Enqueue of 5,000,000 bytes, which version 1 allowed",
    expects: "BadRequest or a reset, and nothing in the inbox",
    checks: ["answer", "not-stored"],
    errata: ["C-07"],
    async run(t) {
      const user = await t.user();
      const request = { recipientKey: user.key, payload: Buffer.alloc(5_000_000) };
      const got = await user.peer.send(frame(200, 1, payloadOf(t, user, enqueue, request)));
      t.reaction(got, Status.BadRequest, "reset");
      await notStored(t, user);
    },
  }),

  defineCase({
    id: "framing.response-limit.two-messages",
    rules: ["framing.response-limit"],
    features: ["auth", "delivery"],
    sends: "a Fetch of an inbox with two messages of 2,100,000 bytes",
    expects: "an answer of at most 4,194,304 bytes with the first message",
    checks: ["answer", "size"],
    errata: ["C-38", "C-113"],
    async run(t) {
      const user = await t.user();
      const payload = Buffer.alloc(2_100_000, 0x51);
      for (let i = 0; i < 2; i++) {
        demandOk(await user.call(enqueue, { recipientKey: user.key, payload }), "Enqueue");
      }
      const got = await user.peer.send(user.frame(fetch, { recipientKey: user.key }));
      t.reaction(got, Status.Ok);
      const size = "raw" in got ? got.raw.length - 9 : 0;
      t.check("size", size >= payload.length && size <= LIMIT, {
        expected: `${payload.length} to ${LIMIT} bytes of payload`,
        got: `${size} bytes`,
      });
    },
  }),
];

// A refusal that says why must say this; a reset says nothing.
function refusedAsTooLarge(t: Trial, got: Reaction): void {
  t.reaction(got, Status.BadRequest, "reset");
  const refusal = got.kind === "response" ? got : undefined;
  t.check("request-id", refusal === undefined || refusal.requestId === 1, {
    expected: "request_id 1",
    got: `request_id ${refusal?.requestId}`,
  });
  const silent = refusal === undefined || t.profile.reconstructed !== "draft";
  const code = silent ? undefined : readDetail(refusal.payload)?.code;
  t.check("code", silent || code === "PAYLOAD_TOO_LARGE", {
    expected: "PAYLOAD_TOO_LARGE",
    got: code || "no code",
  });
}
