// Field numbers of 200 to 205: requests written byte by byte (spec/services/delivery.md, Messages).

import type { DescMessage } from "@bufbuild/protobuf";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { type Answer, type DescUnary, encodeTrailer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { hex } from "../bytes.ts";
import { deliveryCase, fetched, holdsTexts, peeked, put, putAll } from "./inbox.ts";

const { enqueue, fetch, fetchWait, peek, ack, batchEnqueue } = DeliveryService.method;

/** Field 1, 32 bytes: recipient_key, or an element of recipient_keys. */
const KEY = "0a20";

export const messageCases: readonly Case[] = [
  deliveryCase({
    id: "delivery.messages.enqueue",
    rules: ["delivery.messages"],
    // A proof would stand behind the seq (C-40).
    when: { "delivery-proof": ["off"] },
    sends: "1 recipient_key, 2 payload, 4 ttl_secs, 5 message_id in hand-written bytes, twice",
    expects: "1 seq alone, then 1 seq and 3 duplicate",
    checks: ["answer", "first", "second", "stored"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const id = spell(t.bytes(16));
      const bytes = hex(KEY, spell(bob.key), "1205", "68656c6c6f", "20", "901c", "2a10", id);
      const first = await send(t, alice, enqueue, bytes);
      t.status(first, Status.Ok);
      const seq = `08${varint((await peeked(bob))[0]?.seq ?? 0n)}`;
      isBytes(t, "first", first, seq);
      isBytes(t, "second", await send(t, alice, enqueue, bytes), `${seq}1801`);
      holdsTexts(t, "stored", await fetched(bob), ["hello"]);
    },
  }),

  deliveryCase({
    id: "delivery.messages.empty-fields",
    rules: ["delivery.messages", "delivery.default-channel", "delivery.no-id-no-dedup"],
    sends: "an Enqueue twice with 3 channel_id and 5 message_id written out as empty",
    expects: "what absent fields mean: two messages on the default channel",
    checks: ["answer", "stored"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const bytes = hex(KEY, spell(bob.key), "1205", "68656c6c6f", "1a00", "2000", "2a00");
      t.status(await send(t, alice, enqueue, bytes), Status.Ok);
      t.status(await send(t, alice, enqueue, bytes), Status.Ok);
      holdsTexts(t, "stored", await fetched(bob), ["hello", "hello"]);
    },
  }),

  ...[
    { name: "fetch", method: fetch, numbers: "1 recipient_key, 3 limit", rest: "1801" },
    {
      name: "fetch-wait",
      method: fetchWait,
      numbers: "1 recipient_key, 3 timeout_ms, 4 limit",
      rest: "18a01f2001",
    },
    { name: "peek", method: peek, numbers: "1 recipient_key, 3 limit", rest: "1801" },
  ].map(({ name, method, numbers, rest }) =>
    deliveryCase({
      id: `delivery.messages.${name}`,
      rules: ["delivery.messages"],
      sends: `${numbers} in hand-written bytes, the limit 1, on an inbox of two`,
      expects: "1 payloads with 1 seq and 2 data of the first message",
      checks: ["answer", "list"],
      async run(t) {
        const [alice, bob] = [await t.user(), await t.user()];
        const { seq } = await put(alice, bob, "hello");
        await put(alice, bob, "later");
        const answer = await send(t, bob, method, hex(KEY, spell(bob.key), rest));
        t.status(answer, Status.Ok);
        const envelope = `08${varint(seq)}1205${spell(Buffer.from("hello"))}`;
        isBytes(t, "list", answer, `0a${varint(BigInt(envelope.length / 2))}${envelope}`);
      },
    }),
  ),

  deliveryCase({
    id: "delivery.messages.ack",
    rules: ["delivery.messages"],
    sends: "1 recipient_key and 3 seq_up_to in hand-written bytes",
    expects: "Ok with an empty payload, and the messages up to this seq are gone",
    checks: ["answer", "bytes", "left"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const [first = 0n] = await putAll(alice, bob, ["one", "two"]);
      const answer = await send(t, bob, ack, hex(KEY, spell(bob.key), "18", varint(first)));
      t.status(answer, Status.Ok);
      isBytes(t, "bytes", answer, "");
      holdsTexts(t, "left", await fetched(bob), ["two"]);
    },
  }),

  deliveryCase({
    id: "delivery.messages.batch-enqueue",
    rules: ["delivery.messages"],
    sends: "1 recipient_keys twice, 2 payload, 4 ttl_secs, 5 message_id in hand-written bytes",
    expects: "1 seqs, packed or not, and the payload in both inboxes",
    checks: ["answer", "seqs", "bob", "carol"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const keys = [KEY, spell(bob.key), KEY, spell(carol.key)];
      const rest = ["1205", "68656c6c6f", "20", "901c", "2a10", spell(t.bytes(16))];
      const answer = await send(t, alice, batchEnqueue, hex(...keys, ...rest));
      t.status(answer, Status.Ok);
      const [forBob, forCarol] = [await fetched(bob), await fetched(carol)];
      const numbers = [forBob, forCarol].map((list) => varint(list[0]?.seq ?? 0n));
      const packed = numbers.join("");
      const forms = [
        `0a${varint(BigInt(packed.length / 2))}${packed}`,
        numbers.map((seq) => `08${seq}`).join(""),
      ];
      const got = spell(answer.payload);
      t.check("seqs", forms.includes(got), { expected: forms.join(" or "), got });
      holdsTexts(t, "bob", forBob, ["hello"]);
      holdsTexts(t, "carol", forCarol, ["hello"]);
    },
  }),
];

function send(
  t: Trial,
  user: User,
  method: DescUnary<DescMessage, DescMessage>,
  bytes: Uint8Array,
): Promise<Answer> {
  const trailer = t.profile.session === "body" ? encodeTrailer(user.token) : new Uint8Array(0);
  return user.peer.callBytes(method, Buffer.concat([bytes, trailer]));
}

// Every encoder writes these few fields in order of their numbers and leaves defaults out.
function isBytes(t: Trial, check: string, answer: Answer, expected: string): void {
  const got = spell(answer.payload);
  t.check(check, got === expected, { expected: expected || "(empty)", got: got || "(empty)" });
}

function spell(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function varint(value: bigint): string {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return spell(Buffer.from([...bytes, Number(rest)]));
}
