// Application messages of a good member whose content breaks the rules (spec/client/{content,padding}.md).

import { create, toBinary } from "@bufbuild/protobuf";
import { pad } from "../../../src/crypto/client/padding.ts";
import { type Content, ContentSchema } from "../../../src/gen/qpc/client/v1/content_pb.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { contentOf } from "../../hostile/world/content.ts";
import { groupRoom, OPS, refusedInInbox, talks } from "../room.ts";

const MALFORMED: readonly ErrorClass[] = ["msg.decode", "local.invalid", "mls.reject"];

interface Fault {
  readonly id: string;
  readonly rule: RuleSlug;
  readonly sends: string;
  plaintext(content: Content): Uint8Array;
}

const encoded = (content: Content) => toBinary(ContentSchema, content);
const altered = (change: Partial<Content>) => (content: Content) =>
  pad(encoded(create(ContentSchema, { ...content, ...change })));

/** padded writes length, content and zeros as told, right or not. */
function padded(length: number, content: Uint8Array, size: number, last = 0): Uint8Array {
  const whole = Buffer.alloc(size);
  whole.writeUInt32BE(length);
  whole.set(content, 4);
  whole[size - 1] = last;
  return new Uint8Array(whole);
}

const FAULTS: readonly Fault[] = [
  {
    id: "not-padded",
    rule: "padding.buckets",
    sends: "a content without padding",
    plaintext: encoded,
  },
  {
    id: "padded-to-255",
    rule: "padding.buckets",
    sends: "a content padded to 255 bytes",
    plaintext: (content) => padded(encoded(content).length, encoded(content), 255),
  },
  {
    id: "bucket-too-large",
    rule: "padding.smallest",
    sends: "a short content in a bucket of 512 bytes",
    plaintext: (content) => padded(encoded(content).length, encoded(content), 512),
  },
  {
    id: "length-beyond",
    rule: "padding.length",
    sends: "a padding whose length points past its end",
    plaintext: (content) => padded(4000, encoded(content), 256),
  },
  {
    id: "padding-not-zero",
    rule: "padding.zeros",
    sends: "a padding whose last byte is 1",
    plaintext: (content) => padded(encoded(content).length, encoded(content), 256, 1),
  },
  {
    id: "empty-plaintext",
    rule: "padding.buckets",
    sends: "an empty plaintext",
    plaintext: () => new Uint8Array(0),
  },
  {
    id: "empty-content",
    rule: "content.one-body",
    sends: "a padded content of no bytes",
    plaintext: () => pad(new Uint8Array(0)),
  },
  {
    id: "no-body",
    rule: "content.one-body",
    sends: "a content without a body",
    plaintext: altered({ body: { case: undefined } }),
  },
  {
    id: "id-15-bytes",
    rule: "content.id",
    sends: "a content whose id has 15 bytes",
    plaintext: altered({ id: new Uint8Array(15).fill(1) }),
  },
  {
    id: "id-empty",
    rule: "content.id",
    sends: "a content without id",
    plaintext: altered({ id: new Uint8Array(0) }),
  },
  {
    id: "text-empty",
    rule: "content.text",
    sends: "a content with an empty text",
    plaintext: altered({ body: { case: "text", value: "" } }),
  },
  {
    id: "text-not-utf-8",
    rule: "content.text",
    sends: "a content whose text is no UTF-8",
    plaintext: (content) => pad(withText(content)),
  },
  {
    id: "time-beyond-9999",
    rule: "content.time",
    sends: "a content of the year 10000",
    plaintext: altered({ sentAtMs: 253_402_300_800_000n }),
  },
  {
    id: "not-protobuf",
    rule: "content.fields",
    sends: "a padded content whose bytes are no Protobuf",
    plaintext: () => pad(new Uint8Array(40).fill(0xff)),
  },
  {
    id: "cut",
    rule: "content.fields",
    sends: "a padded content without its last byte",
    plaintext: (content) => pad(encoded(content).slice(0, -1)),
  },
];

/** id and time of a content, and a text of bytes that are no UTF-8. */
function withText({ id, sentAtMs }: Content): Uint8Array {
  const head = encoded(create(ContentSchema, { id, sentAtMs }));
  return new Uint8Array([...head, 0x22, 3, 0xff, 0xfe, 0xfd]);
}

export const contentCases: readonly ClientCase[] = FAULTS.map(({ id, rule, sends, plaintext }) =>
  defineClientCase({
    id: `client-mls.content.${id}`,
    rules: [rule, "client.faults"],
    sends: `${sends} in a message of a member, then a good one`,
    expects: "the second message alone, a fault, and an answer that Bob reads",
    checks: ["shown", "fault", "honest-afterwards"],
    twin: "client-mls.group.honest",
    ops: OPS.talk,
    async run(trial) {
      const room = await groupRoom(trial);
      const { world, aliceKey, channel, bob } = room;
      const place = bob.place(channel);
      const { next, message } = await place.member.send(plaintext(contentOf("broken")));
      place.member = next;
      world.enqueue(aliceKey, channel, message);
      await refusedInInbox(room, MALFORMED);
      await talks(room);
    },
  }),
);
