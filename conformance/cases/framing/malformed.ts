// Frames that are cut short, and bytes behind a frame (spec/framing.md, C-17).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { hex } from "../bytes.ts";
import { peeked, spellSeqs } from "../delivery/inbox.ts";
import { announcing, notStored, promptly, requestVector } from "../frames.ts";

const { enqueue } = DeliveryService.method;

const HEADER_BYTES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Vectors whose stream ends before the payload does. */
const SHORT = [
  ["at-0", "payload-cut-to-0", "the header alone, which announces 8 bytes"],
  ["at-1", "payload-cut-to-1", "1 of 8 payload bytes"],
  ["at-7", "payload-cut-to-7", "7 of 8 payload bytes"],
  ["announced-one-more", "length-one-more", "a whole payload of 8 bytes, announced as 9"],
  ["at-4194303", "payload-cut-at-limit", "4,194,303 of 4,194,304 payload bytes"],
] as const;

/** Vectors with bytes left over. */
const LEFT_OVER = [
  ["one-byte", "byte-after-empty", "a frame without payload and one byte behind it"],
  ["after-payload", "byte-after-payload", "a frame with 8 payload bytes and one byte behind it"],
  ["after-4194304", "byte-after-limit", "a frame of 4 MiB and one byte behind it"],
] as const;

export const malformedCases: readonly Case[] = [
  ...HEADER_BYTES.map((count) =>
    defineCase({
      id: `framing.truncated-header.${count}-of-10`,
      rules: ["framing.truncated-header"],
      features: ["health"],
      twin: "framing.response-header.nine-bytes",
      sends: `the first ${count} bytes of a request header, then FIN`,
      expects: "a reset, or BadRequest, and the connection lives on",
      checks: ["answer", "connection-lives"],
      errata: ["C-17"],
      async run(t) {
        const peer = await t.peer();
        const got = await promptly(peer, requestVector(`header-cut-to-${count}`));
        t.reaction(got, "reset", Status.BadRequest);
        await t.connectionLives(peer);
      },
    }),
  ),

  ...SHORT.map(([slug, vector, sends]) =>
    defineCase({
      id: `framing.truncated-payload.${slug}`,
      rules: ["framing.truncated-payload"],
      features: ["health"],
      twin: slug === "at-4194303" ? "framing.payload-limit.4194304" : "framing.payload-length.255",
      sends: `${sends}, then FIN`,
      expects: "BadRequest, or a reset, and the connection lives on",
      checks: ["answer", "connection-lives"],
      errata: ["C-17"],
      async run(t) {
        const peer = await t.peer();
        t.reaction(await promptly(peer, requestVector(vector)), Status.BadRequest, "reset");
        await t.connectionLives(peer);
      },
    }),
  ),

  defineCase({
    id: "framing.truncated-payload.enqueue",
    rules: ["framing.truncated-payload"],
    features: ["auth", "delivery"],
    twin: "delivery.enqueue.round-trip",
    sends: "a whole Enqueue whose payload_len announces five bytes more, then FIN",
    expects: "BadRequest, or a reset, and nothing stored",
    checks: ["answer", "not-stored"],
    errata: ["C-17"],
    async run(t) {
      const user = await t.user();
      const whole = user.frame(enqueue, { recipientKey: user.key, payload: t.bytes(40) });
      t.reaction(await promptly(user.peer, announcing(whole, 5)), Status.BadRequest, "reset");
      await notStored(t, user);
    },
  }),

  ...LEFT_OVER.map(([slug, vector, sends]) =>
    defineCase({
      id: `framing.trailing.${slug}`,
      rules: ["framing.trailing-bytes"],
      features: ["health"],
      twin:
        slug === "after-4194304" ? "framing.payload-limit.4194304" : "framing.payload-length.255",
      sends,
      expects: "BadRequest, or a reset; Ok if the server never reads behind a frame",
      checks: ["answer", "connection-lives"],
      errata: ["C-17"],
      async run(t) {
        const peer = await t.peer();
        const got = await promptly(peer, requestVector(vector));
        t.reaction(got, Status.BadRequest, "reset", Status.Ok);
        await t.connectionLives(peer);
      },
    }),
  ),

  defineCase({
    id: "framing.trailing.enqueue",
    rules: ["framing.trailing-bytes"],
    features: ["auth", "delivery"],
    twin: "delivery.enqueue.round-trip",
    sends: "a whole Enqueue and one byte behind it",
    expects: "BadRequest, or a reset, and nothing stored; or Ok, and the message is stored",
    checks: ["answer", "stored-if-ok"],
    errata: ["C-17"],
    async run(t) {
      const user = await t.user();
      const whole = user.frame(enqueue, { recipientKey: user.key, payload: t.bytes(40) });
      await runsFirstOrNone(t, user, Buffer.concat([whole, hex("00")]), 40);
    },
  }),

  defineCase({
    id: "framing.one-frame.two-health",
    rules: ["framing.one-frame", "framing.trailing-bytes"],
    features: ["health"],
    twin: "framing.response-header.nine-bytes",
    sends: "two whole Health requests on one stream",
    expects: "one response, to the first: BadRequest or Ok; or a reset",
    checks: ["answer", "request-id"],
    errata: ["C-17"],
    async run(t) {
      const peer = await t.peer();
      const got = await promptly(peer, hex("0322 00000001 00000000", "0322 00000002 00000000"));
      t.reaction(got, Status.BadRequest, "reset", Status.Ok);
      const answered = got.kind === "response" ? got.requestId : 1;
      t.check("request-id", answered === 1, { expected: "1", got: String(answered) });
    },
  }),

  defineCase({
    id: "framing.one-frame.enqueue-behind-health",
    rules: ["framing.one-frame"],
    features: ["auth", "delivery", "health"],
    twin: "delivery.enqueue.round-trip",
    sends: "a Health request and behind it, on the same stream, a whole Enqueue",
    expects: "BadRequest, a reset, or Ok for Health; nothing is stored",
    checks: ["answer", "not-stored"],
    errata: ["C-17"],
    async run(t) {
      const user = await t.user();
      const second = user.frame(enqueue, { recipientKey: user.key, payload: t.bytes(40) });
      const both = Buffer.concat([requestVector("payload-empty"), second]);
      t.reaction(await promptly(user.peer, both), Status.BadRequest, "reset", Status.Ok);
      await notStored(t, user);
    },
  }),

  defineCase({
    id: "framing.one-frame.two-enqueues",
    rules: ["framing.one-frame"],
    features: ["auth", "delivery"],
    twin: "delivery.enqueue.round-trip",
    sends: "two whole Enqueues on one stream",
    expects: "BadRequest, or a reset, and nothing stored; or Ok, and the first is stored alone",
    checks: ["answer", "stored-if-ok"],
    errata: ["C-17"],
    async run(t) {
      const user = await t.user();
      const both = [60, 40].map((size) =>
        user.frame(enqueue, { recipientKey: user.key, payload: t.bytes(size) }),
      );
      await runsFirstOrNone(t, user, Buffer.concat(both), 60);
    },
  }),
];

// The method of a refused frame is not run; a lenient server runs the first frame and no other.
async function runsFirstOrNone(
  t: Trial,
  user: User,
  bytes: Uint8Array,
  firstSize: number,
): Promise<void> {
  const got = await promptly(user.peer, bytes);
  t.reaction(got, Status.BadRequest, "reset", Status.Ok);
  const ran = got.kind === "response" && got.status === Status.Ok;
  const queued = await peeked(user);
  const sizes = queued.map(({ data }) => data.length).join(", ");
  t.check("stored-if-ok", sizes === (ran ? String(firstSize) : ""), {
    expected: ran ? `the message of ${firstSize} bytes` : "an empty inbox",
    got: spellSeqs(queued),
  });
}
