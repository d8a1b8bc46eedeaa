// What a payload may be: any bytes, up to what fits a frame (spec/services/delivery.md; I-05).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { hex } from "../bytes.ts";
import { acknowledge, deliveryCase, fetched, sameBytes, spellSeqs } from "./inbox.ts";

interface PayloadRow {
  readonly name: string;
  readonly what: string;
  readonly bytes: (t: Trial) => Uint8Array;
}

const PAYLOADS: readonly PayloadRow[] = [
  { name: "zero-byte", what: "one byte 00", bytes: () => hex("00") },
  {
    name: "all-bytes",
    what: "the 256 byte values in order",
    bytes: () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  },
  {
    name: "request-frame",
    what: "the bytes of a request frame",
    bytes: () => hex("0322", "00000001", "00000000"),
  },
  {
    name: "session-trailer",
    what: "the bytes of a session trailer",
    bytes: () => hex("7a22", "0a20", "cc".repeat(32)),
  },
  { name: "invalid-utf8", what: "bytes that are no UTF-8", bytes: () => hex("c0af", "fffe", "80") },
  { name: "64-kib", what: "65,536 random bytes", bytes: (t) => t.bytes(65_536) },
  { name: "1-mib", what: "1,048,576 random bytes", bytes: (t) => t.bytes(1_048_576) },
];

/** 4 MiB less 2 + 32 bytes of recipient_key and 1 + 4 bytes in front of the payload (I-05). */
const LARGEST = 4_194_265;

export const payloadCases: readonly Case[] = [
  ...PAYLOADS.map(({ name, what, bytes }) =>
    deliveryCase({
      id: `delivery.payload.${name}`,
      rules: ["delivery.payload-opaque"],
      sends: `a payload of ${what}`,
      expects: "Ok, and the same bytes in the Fetch",
      checks: ["answer", "fetched"],
      run: (t) => roundTrip(t, bytes(t)),
    }),
  ),

  deliveryCase({
    id: "delivery.payload.largest",
    rules: ["delivery.largest-payload", "framing.payload-limit"],
    sends: "a payload of 4,194,265 bytes, which makes a request payload of 4,194,304 bytes",
    expects: "Ok, and the same bytes in the Fetch",
    checks: ["answer", "fetched"],
    // With a token in its body the request would not fit.
    when: { session: ["both", "connection"] },
    errata: ["C-07", "I-05"],
    run: (t) => roundTrip(t, t.bytes(LARGEST)),
  }),
];

async function roundTrip(t: Trial, payload: Uint8Array): Promise<void> {
  const [alice, bob] = [await t.user(), await t.user()];
  const { enqueue } = DeliveryService.method;
  const answer = await alice.call(enqueue, { recipientKey: bob.key, payload });
  t.status(answer, Status.Ok);
  const list = await fetched(bob);
  t.check("fetched", list.length === 1 && sameBytes(list[0]?.data, payload), {
    expected: `the ${payload.length} bytes`,
    got: spellSeqs(list),
  });
  await acknowledge(bob, answer.message().seq);
}
