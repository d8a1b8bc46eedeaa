// The trailer counts towards the 4 MiB of a payload (spec/sessions.md, spec/framing.md; C-07, I-13).

import { create, toBinary } from "@bufbuild/protobuf";
import { EnqueueRequestSchema } from "../../../src/gen/qpc/v1/delivery_pb.ts";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../../src/registry/limits.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { acknowledge, deliveryCase, fetched, holdsTexts, sameBytes } from "../delivery/inbox.ts";
import { frame } from "../frames.ts";
import { TRAILER, trailer } from "./trailer-bytes.ts";

const { enqueue } = DeliveryService.method;

/** Bytes of recipient_key, of what stands before a payload of 2 MiB or more, and of the trailer. */
const AROUND = 34 + 5 + 36;
const LARGEST = LIMITS.framePayload.value - AROUND;

/** Time for 4 MiB, in milliseconds. */
const MOST_MS = 10_000;

export const trailerSizeCases: readonly Case[] = [
  deliveryCase({
    id: "sessions.trailer.largest-request",
    rules: ["framing.payload-limit", "sessions.trailer"],
    when: TRAILER,
    sends: "an Enqueue that has 4,194,304 bytes together with its trailer",
    expects: "Ok, and the message in the inbox",
    checks: ["answer", "fetched"],
    errata: ["C-07", "I-13"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const payload = t.bytes(LARGEST);
      const options = { token: alice.token, ms: MOST_MS };
      const answer = await (await t.peer()).call(
        enqueue,
        { recipientKey: bob.key, payload },
        options,
      );
      t.status(answer, Status.Ok);
      const list = await fetched(bob);
      t.check("fetched", list.length === 1 && sameBytes(list[0]?.data, payload), {
        expected: `the ${LARGEST} bytes`,
        got: `${list.length} messages, ${list[0]?.data.length} bytes`,
      });
      await acknowledge(bob, answer.message().seq);
    },
  }),

  deliveryCase({
    id: "sessions.trailer.too-large",
    rules: ["framing.payload-too-large", "sessions.trailer"],
    twin: "sessions.trailer.largest-request",
    when: TRAILER,
    sends: "an Enqueue that fits a frame, and with its trailer has 4,194,305 bytes",
    expects: "BadRequest or a reset, and nothing in the inbox",
    checks: ["answer", "empty"],
    errata: ["C-07", "C-08", "I-13"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const message = { recipientKey: bob.key, payload: t.bytes(LARGEST + 1) };
      const request = toBinary(EnqueueRequestSchema, create(EnqueueRequestSchema, message));
      const payload = Buffer.concat([request, trailer(alice.token)]);
      const peer = await t.peer();
      const reaction = await peer.send(frame(methodOf(enqueue).id, 1, payload), MOST_MS);
      t.reaction(reaction, Status.BadRequest, "reset");
      holdsTexts(t, "empty", await fetched(bob), []);
    },
  }),
];
