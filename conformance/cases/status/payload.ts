// What every refusal has in common: an assigned status, and nothing beside it but an ErrorDetail
// (spec/status.md, C-09, C-11).

import { fromBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../../src/gen/qpc/v1/common_pb.ts";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { isStatus, Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { describe, type Reaction } from "../../judge/stream.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import { frame, promptly } from "../frames.ts";
import { REFUSALS } from "./refusals.ts";

const { fetch } = DeliveryService.method;

const DETAIL = {
  rules: ["status.error-detail"],
  features: ["auth", "delivery", "health"],
  twin: "methods.table.201-fetch",
  expects: "a payload that is empty or an ErrorDetail",
  checks: ["answer", "payload"],
  errata: ["C-11"],
} as const;

/** A stream that ends within its header has no request_id, so it is reset and says nothing. */
const ANSWERED = REFUSALS.filter(({ name }) => name !== "truncated-header");

const DRAFT = { reconstructed: ["draft"] } as const;

export const payloadCases: readonly Case[] = [
  ...ANSWERED.map(({ name, what, allowed, bytes }) =>
    defineCase({
      ...DETAIL,
      id: `status.error-detail.${name}`,
      when: DRAFT,
      sends: what,
      async run(t) {
        const user = await t.user();
        const got = await promptly(user.peer, bytes(t, user));
        t.reaction(got, ...allowed);
        holdsDetail(t, got);
      },
    }),
  ),

  defineCase({
    ...DETAIL,
    id: "status.error-detail.no-session",
    when: DRAFT,
    sends: "a Fetch without a session",
    async run(t) {
      const peer = await t.peer();
      const got = await peer.send(peer.frame(fetch, { recipientKey: t.bytes(32) }));
      t.reaction(got, Status.Unauthorized);
      holdsDetail(t, got);
    },
  }),

  defineCase({
    ...DETAIL,
    id: "status.error-detail.unknown-channel",
    when: { ...DRAFT, channels: ["enforced"] },
    sends: "a Fetch of the own inbox on a channel that nobody has",
    async run(t) {
      const user = await t.user();
      const request = { recipientKey: user.key, channelId: t.bytes(16) };
      const got = await user.peer.send(user.frame(fetch, request));
      t.reaction(got, Status.NotFound);
      holdsDetail(t, got);
    },
  }),

  defineCase({
    id: "status.unassigned.never-sent",
    rules: ["status.unassigned"],
    features: ["auth", "delivery", "health"],
    sends: "a stream for each kind of refusal, and a call of every 997th method_id",
    expects: "no status but 0 to 5 and 8 to 11",
    errata: ["C-09"],
    async run(t) {
      const user = await t.user();
      const ids = Array.from({ length: 66 }, (_, i) => i * 997);
      const streams = [
        ...REFUSALS.map(({ bytes }) => bytes(t, user)),
        ...ids.map((id) => frame(id, id, new Uint8Array(0))),
      ];
      const reactions = await Promise.all(streams.map((bytes) => promptly(user.peer, bytes)));
      const strange = reactions.filter((got) => got.kind === "response" && !isStatus(got.status));
      const others = reactions.filter(({ kind }) => kind !== "response" && kind !== "reset");
      t.check("answer", strange.length + others.length === 0, {
        expected: "responses with an assigned status, and resets",
        got: [...strange, ...others].slice(0, 4).map(describe).join("; "),
      });
    },
  }),
];

function holdsDetail(t: Trial, got: Reaction): void {
  const payload = got.kind === "response" ? got.payload : new Uint8Array(0);
  t.check("payload", payload.length === 0 || decodes(payload), {
    expected: "nothing, or an ErrorDetail",
    got: spell(payload),
  });
}

function decodes(payload: Uint8Array): boolean {
  try {
    fromBinary(ErrorDetailSchema, payload);
    return true;
  } catch {
    return false;
  }
}
