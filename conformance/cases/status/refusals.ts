// Streams that a server refuses, one for each kind of refusal, for cases that look at all of them.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { hex } from "../bytes.ts";
import { announcing, frame } from "../frames.ts";

const { enqueue, fetch } = DeliveryService.method;

export interface Refusal {
  /** As it stands in case ids. */
  readonly name: string;
  readonly what: string;
  readonly allowed: readonly (Status | "reset")[];
  /** bytes is a whole stream; sent on the connection of the user it changes nothing. */
  readonly bytes: (t: Trial, user: User) => Uint8Array;
}

const NOTHING = new Uint8Array(0);

export const REFUSALS: readonly Refusal[] = [
  {
    name: "unknown-method",
    what: "method_id 65535",
    allowed: [Status.UnknownMethod, "reset"],
    bytes: () => frame(0xffff, 1, NOTHING),
  },
  {
    name: "too-large",
    what: "a header that announces 4,194,305 bytes",
    allowed: [Status.BadRequest, "reset"],
    bytes: () => frame(802, 1, NOTHING, 4_194_305),
  },
  {
    name: "truncated-header",
    what: "five bytes of a header",
    allowed: ["reset", Status.BadRequest],
    bytes: () => hex("0322000000"),
  },
  {
    name: "truncated-payload",
    what: "a Fetch whose payload is one byte short",
    allowed: [Status.BadRequest, "reset"],
    bytes: (_, user) => announcing(user.frame(fetch, { recipientKey: user.key }), 1),
  },
  {
    name: "undecodable",
    what: "a Health request that does not decode",
    allowed: [Status.BadRequest],
    bytes: () => frame(802, 1, hex("80")),
  },
  {
    name: "field-rule",
    what: "an Enqueue without a recipient",
    allowed: [Status.BadRequest],
    bytes: (t, user) => user.frame(enqueue, { payload: t.bytes(40) }),
  },
  {
    name: "foreign-inbox",
    what: "a Fetch of a foreign inbox",
    allowed: [Status.Forbidden, Status.Unauthorized],
    bytes: (t, user) => user.frame(fetch, { recipientKey: t.bytes(32) }),
  },
];
