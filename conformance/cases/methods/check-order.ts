// Requests with two faults: either status is right (spec/methods.md, Order of the checks, I-24).

import { DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { hex } from "../bytes.ts";
import { frame, promptly } from "../frames.ts";

const { fetch, enqueue } = DeliveryService.method;
const { uploadKeyPackage } = KeyService.method;

export const checkOrderCases: readonly Case[] = [
  order({
    slug: "no-session-short-key",
    features: ["auth", "delivery"],
    twin: "methods.table.201-fetch",
    sends: "a Fetch without a session and with a key of 31 bytes",
    expects: "Unauthorized or BadRequest",
    async run(t) {
      const peer = await t.peer();
      const answer = await peer.call(fetch, { recipientKey: t.bytes(31) });
      t.status(answer, Status.Unauthorized, Status.BadRequest);
    },
  }),

  order({
    slug: "no-session-undecodable",
    features: ["auth", "delivery"],
    twin: "methods.table.201-fetch",
    sends: "a Fetch without a session whose payload ends within its key",
    expects: "Unauthorized or BadRequest",
    async run(t) {
      const peer = await t.peer();
      const got = await promptly(peer, frame(201, 1, hex("0a20aabbcc")));
      t.reaction(got, Status.Unauthorized, Status.BadRequest);
    },
  }),

  order({
    slug: "short-foreign-key",
    features: ["auth", "keys"],
    twin: "methods.table.300-upload-key-package",
    sends: "an UploadKeyPackage for 31 bytes that are not the key of the session",
    expects: "BadRequest or Forbidden (Unauthorized is as good as Forbidden)",
    errata: ["I-24", "C-42"],
    async run(t) {
      const user = await t.user();
      const request = { identityKey: t.bytes(31), package: t.bytes(200) };
      const answer = await user.call(uploadKeyPackage, request);
      t.status(answer, Status.BadRequest, Status.Forbidden, Status.Unauthorized);
    },
  }),

  order({
    slug: "foreign-inbox-unknown-channel",
    features: ["auth", "delivery"],
    twin: "methods.table.201-fetch",
    when: { channels: ["enforced"] },
    sends: "a Fetch of a foreign inbox on a channel that nobody has",
    expects: "Forbidden or NotFound (Unauthorized is as good as Forbidden)",
    errata: ["I-24", "C-42"],
    async run(t) {
      const user = await t.user();
      const answer = await user.call(fetch, { recipientKey: t.bytes(32), channelId: t.bytes(16) });
      t.status(answer, Status.Forbidden, Status.NotFound, Status.Unauthorized);
    },
  }),

  order({
    slug: "short-key-empty-payload",
    features: ["auth", "delivery"],
    twin: "methods.table.200-enqueue",
    sends: "an Enqueue with a key of 31 bytes and without a payload",
    expects: "BadRequest, which both faults ask for",
    async run(t) {
      const user = await t.user();
      t.status(await user.call(enqueue, { recipientKey: t.bytes(31) }), Status.BadRequest);
    },
  }),

  order({
    slug: "unknown-method-undecodable",
    reading: "unknown-method",
    features: ["health"],
    twin: "methods.table.802-health",
    sends: "method_id 65535 with a payload that is no Protobuf",
    expects: "UnknownMethod or BadRequest; a reset where unknown methods are reset",
    errata: ["I-24", "C-10"],
    async run(t) {
      const peer = await t.peer();
      const got = await promptly(peer, frame(0xffff, 1, hex("80")));
      if (t.reading === "reset") t.reaction(got, Status.BadRequest, "reset");
      else t.reaction(got, Status.BadRequest, Status.UnknownMethod);
    },
  }),

  order({
    slug: "unknown-method-too-large",
    features: ["health"],
    twin: "methods.table.802-health",
    sends: "a header with method_id 65535 that announces 4,194,305 bytes, then FIN",
    expects: "BadRequest, UnknownMethod or a reset",
    errata: ["I-24", "C-08", "C-10"],
    async run(t) {
      const peer = await t.peer();
      const got = await promptly(peer, frame(0xffff, 1, Buffer.alloc(0), 4_194_305));
      t.reaction(got, Status.BadRequest, Status.UnknownMethod, "reset");
    },
  }),
];

function order({ slug, ...spec }: Omit<CaseSpec, "id" | "rules"> & { slug: string }): Case {
  return defineCase({
    id: `methods.check-order.${slug}`,
    rules: ["methods.check-order"],
    errata: ["I-24"],
    ...spec,
  });
}
