// The header of a push frame (spec/framing.md). What the events mean stands in events.md.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";

const { enqueue } = DeliveryService.method;

const LIMIT = 4_194_304;

export const pushCases: readonly Case[] = [
  defineCase({
    id: "framing.push-header.six-bytes",
    rules: ["framing.push-header", "framing.big-endian"],
    features: ["auth", "delivery", "push"],
    when: { push: ["on"] },
    sends: "an Enqueue of 300 bytes for a user who is connected",
    expects: "a stream of the server with 03e8, payload_len, then exactly payload_len bytes",
    async run(t) {
      const user = await t.user();
      user.peer.events.clear();
      const request = { recipientKey: user.key, payload: t.bytes(300) };
      demandOk(await user.call(enqueue, request), "Enqueue");
      const event = await user.peer.events.find(() => true, 5_000);
      const raw = Buffer.from(event?.raw ?? []);
      const fits =
        raw.length >= 6 && raw.readUInt16BE(0) === 1000 && raw.length === 6 + raw.readUInt32BE(2);
      t.check("answer", fits, {
        expected: "03e8, payload_len, payload_len bytes",
        got: raw.subarray(0, 32).toString("hex") || "no event",
      });
    },
  }),

  defineCase({
    id: "framing.response-limit.push",
    rules: ["framing.response-limit", "framing.push-header"],
    features: ["auth", "delivery", "push"],
    when: { push: ["on"] },
    sends: "an Enqueue of the largest message to a user who is connected",
    expects: "an event whose payload is at most 4,194,304 bytes, with or without the message",
    errata: ["C-113"],
    async run(t) {
      const user = await t.newUser();
      const room = LIMIT - 34 - 5 - (t.profile.session === "body" ? 36 : 0);
      const payload = Buffer.alloc(room, 0x51);
      demandOk(await user.call(enqueue, { recipientKey: user.key, payload }), "Enqueue");
      const event = await user.peer.events.find(() => true, 5_000);
      const size = (event?.raw.length ?? 0) - 6;
      t.check("answer", event !== undefined && size >= 0 && size <= LIMIT, {
        expected: `an event of at most ${LIMIT} bytes of payload`,
        got: event ? `${size} bytes` : "no event",
      });
    },
  }),
];
