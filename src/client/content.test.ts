// Content: each kind comes back, and what breaks a rule is neither sent nor taken.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { pad } from "../crypto/client/padding.ts";
import { ContentSchema, TranscriptRecordSchema } from "../gen/qpc/client/v1/content_pb.ts";
import {
  decodeContent,
  decodePadded,
  decodeRecord,
  encodeContent,
  encodePadded,
  encodeRecord,
} from "./content.ts";
import { ClientFault } from "./faults.ts";

type ContentInit = MessageInitShape<typeof ContentSchema>;
type Body = NonNullable<ContentInit["body"]>;

const ID = new Uint8Array(16).fill(1);
const TARGET = new Uint8Array(16).fill(2);
const FILE = {
  blobId: new Uint8Array(32).fill(3),
  key: new Uint8Array(32).fill(4),
  size: 5n,
  name: "naïve picture.png",
  mimeType: "image/png",
};

const BODIES: Readonly<Record<string, Body>> = {
  text: { case: "text", value: "hello" },
  reaction: { case: "reaction", value: { targetId: TARGET, emoji: "👍🏽", remove: false } },
  edit: { case: "edit", value: { targetId: TARGET, text: "hello again" } },
  deletion: { case: "deletion", value: { targetId: TARGET } },
  file: { case: "file", value: FILE },
  timer: { case: "timer", value: { expireSecs: 0 } },
};

describe("content", () => {
  for (const [kind, body] of Object.entries(BODIES)) {
    it(`may be ${kind}`, () => {
      const content = create(ContentSchema, contentOf(body));
      assert.deepEqual(decodeContent(encodeContent(content)), content);
      assert.deepEqual(decodePadded(encodePadded(content)), content);
    });
  }

  const WRONG: Readonly<Record<string, ContentInit>> = {
    "without a body": { id: ID, sentAtMs: 1n },
    "without an id": { ...contentOf(BODIES.text), id: new Uint8Array(0) },
    "with an id of 15 bytes": { ...contentOf(BODIES.text), id: ID.subarray(1) },
    "with an id of 17 bytes": { ...contentOf(BODIES.text), id: new Uint8Array(17) },
    "of the year 10000": { ...contentOf(BODIES.text), sentAtMs: 253_402_300_800_000n },
    "with empty text": contentOf({ case: "text", value: "" }),
    "with a reaction to nothing": contentOf({ case: "reaction", value: { emoji: "x" } }),
    "with a reaction without emoji": contentOf({ case: "reaction", value: { targetId: TARGET } }),
    "with a reaction of 65 bytes": contentOf({
      case: "reaction",
      value: { targetId: TARGET, emoji: `${"é".repeat(32)}x` },
    }),
    "with an edit of nothing": contentOf({ case: "edit", value: { text: "x" } }),
    "with an edit to nothing": contentOf({ case: "edit", value: { targetId: TARGET } }),
    "with a deletion of nothing": contentOf({ case: "deletion", value: {} }),
    "with a blob_id of 31 bytes": fileWith({ blobId: new Uint8Array(31) }),
    "with a key of 31 bytes": fileWith({ key: new Uint8Array(31) }),
    "with a file that is too large": fileWith({ size: 52_428_772n }),
    "with a file without a name": fileWith({ name: "" }),
    "with a file name of 256 bytes": fileWith({ name: `${"é".repeat(127)}xx` }),
    "with a file in a folder": fileWith({ name: "../.profile" }),
    "with a file in a folder of another system": fileWith({ name: "..\\autoexec.bat" }),
    "with a file that is a folder": fileWith({ name: ".." }),
    "with a file that is this folder": fileWith({ name: "." }),
    "with a control character in a file name": fileWith({ name: "a\u001b[2J" }),
    "without a MIME type": fileWith({ mimeType: "" }),
    "with half a MIME type": fileWith({ mimeType: "image/" }),
    "with parameters in a MIME type": fileWith({ mimeType: "text/plain; charset=utf-8" }),
  };
  for (const [how, content] of Object.entries(WRONG)) {
    it(`is refused ${how}`, () => {
      assert.throws(() => encodeContent(content), RangeError);
      refuses(() => decodeContent(toBinary(ContentSchema, create(ContentSchema, content))));
    });
  }

  it("is taken at the limits", () => {
    for (const content of [
      { ...contentOf(BODIES.text), sentAtMs: 253_402_300_799_999n, expireSecs: 0xffff_ffff },
      contentOf({ case: "reaction", value: { targetId: TARGET, emoji: "é".repeat(32) } }),
      fileWith({ size: 52_428_771n, name: `${"é".repeat(127)}x` }),
      fileWith({ size: 0n, name: "...", mimeType: "application/vnd.ms-excel" }),
    ]) {
      const bytes = encodeContent(content);
      assert.deepEqual(encodeContent(decodeContent(bytes)), bytes);
    }
  });

  it("is refused when it is not sent as Unicode", () => {
    assert.throws(() => encodeContent(contentOf({ case: "text", value: "\ud800" })), RangeError);
  });

  it("with a body of later days is refused, whatever else it holds", () => {
    const bytes = Buffer.concat([
      toBinary(ContentSchema, create(ContentSchema, { id: ID })),
      Buffer.from("a20600", "hex"),
    ]);
    refuses(() => decodeContent(bytes));
  });

  it("keeps fields of later days beside a body that is known", () => {
    const bytes = Buffer.concat([
      encodeContent(contentOf(BODIES.text)),
      Buffer.from("a20600", "hex"),
    ]);
    assert.deepEqual(encodeContent(decodeContent(bytes)), new Uint8Array(bytes));
  });

  it("too large for a message is not sent", () => {
    const content = contentOf({ case: "text", value: "x".repeat(4_128_764) });
    assert.throws(() => encodePadded(content), RangeError);
  });

  it("is refused in a wrong padding, with the same fault", () => {
    const padded = encodePadded(contentOf(BODIES.text));
    refuses(() => decodePadded(padded.subarray(1)));
    refuses(() => decodePadded(padded.map((byte, index) => (index === 255 ? 1 : byte))));
    refuses(() => decodePadded(pad(new Uint8Array(0))));
  });

  it("of any bytes is taken or refused as malformed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const read of [() => decodeContent(bytes), () => decodePadded(pad(bytes))]) {
          try {
            read();
          } catch (error) {
            assert.ok(error instanceof ClientFault && error.fault === "malformed");
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a record of a transcript", () => {
  const record = {
    senderKey: new Uint8Array(32).fill(9),
    senderName: "bob@b.test",
    receivedAtMs: 1_700_000_000_000n,
    content: contentOf(BODIES.text),
  };

  it("comes back", () => {
    const made = create(TranscriptRecordSchema, record);
    assert.deepEqual(decodeRecord(encodeRecord(record)), made);
  });

  for (const [how, wrong] of Object.entries({
    "with a key of 31 bytes": { senderKey: new Uint8Array(31) },
    "without a name": { senderName: "" },
    "with a name of 513 bytes": { senderName: "x".repeat(513) },
    "of the year 10000": { receivedAtMs: 253_402_300_800_000n },
    "with wrong content": { content: { id: ID } },
  })) {
    it(`is refused ${how}`, () => {
      const made = { ...record, ...wrong };
      assert.throws(() => encodeRecord(made), RangeError);
      const type = TranscriptRecordSchema;
      refuses(() => decodeRecord(toBinary(type, create(type, made))));
    });
  }

  it("is refused without content", () => {
    const { content: _content, ...rest } = record;
    assert.throws(() => encodeRecord(rest), RangeError);
  });
});

function contentOf(body: Body | undefined): ContentInit {
  assert.ok(body);
  return { id: ID, sentAtMs: 1_700_000_000_000n, expireSecs: 3600, body };
}

function fileWith(part: Partial<typeof FILE>): ContentInit {
  return contentOf({ case: "file", value: { ...FILE, ...part } });
}

function refuses(work: () => unknown): void {
  assert.throws(work, (error) => error instanceof ClientFault && error.fault === "malformed");
}
