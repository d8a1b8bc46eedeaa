// Payloads that a careless Protobuf decoder takes for more than they are (spec/framing.md, Payload).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { hex } from "../bytes.ts";
import { frame, notStored, payloadOf, promptly } from "../frames.ts";
import { recipient, TRAILER } from "../sessions/trailer-bytes.ts";

const { enqueue, fetch } = DeliveryService.method;

const HEALTH = 802;

export const laxCases: readonly Case[] = [
  defineCase({
    id: "framing.undecodable-payload.unknown-varint-11-bytes",
    rules: ["framing.undecodable-payload"],
    features: ["health"],
    twin: "framing.unknown-fields.health-varint",
    sends: "a Health request with an unknown field, whose varint has eleven bytes",
    expects: "BadRequest: a varint has ten at most, in a field that is skipped too",
    async run(t) {
      const peer = await t.peer();
      const payload = hex("c03e", "80".repeat(10), "00");
      t.reaction(await promptly(peer, frame(HEALTH, 1, payload)), Status.BadRequest);
    },
  }),

  defineCase({
    id: "framing.undecodable-payload.field-past-its-message",
    rules: ["framing.undecodable-payload", "sessions.trailer", "sessions.unauthorized"],
    features: ["auth", "delivery"],
    twin: "sessions.trailer.fresh-connection",
    when: TRAILER,
    sends: "a Fetch with a trailer of two bytes, whose token of 32 bytes stands behind its end",
    expects: "BadRequest or Unauthorized: the token is no part of the trailer",
    async run(t) {
      const user = await t.user();
      const peer = await t.peer();
      const payload = Buffer.concat([recipient(user.key), hex("7a02", "0a20"), user.token]);
      const answer = await peer.callBytes(fetch, payload);
      t.refused(answer, [Status.BadRequest, Status.Unauthorized]);
    },
  }),

  defineCase({
    id: "framing.undecodable-payload.wire-type-of-bytes",
    rules: ["framing.undecodable-payload", "delivery.payload-not-empty"],
    features: ["auth", "delivery"],
    twin: "delivery.enqueue.round-trip",
    sends:
      "an Enqueue whose payload is written as the number 5, with five bytes of unknown fields behind",
    expects: "BadRequest, because it does not decode or has no payload; nothing stored",
    checks: ["answer", "not-stored"],
    async run(t) {
      const user = await t.user();
      const request = payloadOf(t, user, enqueue, { recipientKey: user.key });
      const payload = Buffer.concat([request, hex("1005", "c03e01", "6865")]);
      t.refused(await user.peer.callBytes(enqueue, payload), Status.BadRequest);
      await notStored(t, user);
    },
  }),
];
