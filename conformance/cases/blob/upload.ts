// Uploading in one chunk and in many, again and at once (600): spec/services/blob.md; C-64, I-17.

import { BlobService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { answersWith, bytesField, numberField } from "../message-bytes.ts";
import {
  blobCase,
  contentOf,
  holdsRange,
  isHeld,
  PIECE,
  put,
  range,
  send,
  sendWhole,
  withId,
} from "./steps.ts";

const { uploadBlob, downloadBlob } = BlobService.method;

const AT_ONCE = 50;

export const uploadCases: readonly Case[] = [
  blobCase({
    id: "blob.messages.upload",
    rules: ["blob.messages", "blob.upload"],
    sends: "method 600 in fields 1 to 5: 200 bytes, offset 50 after a first chunk of 50",
    expects: "Ok: blob_id as field 1, received 200 as field 2, complete as field 3",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 200);
      await put(alice, content, 50);
      await answersWith(
        t,
        alice,
        uploadBlob,
        [
          bytesField(1, content.blobId),
          numberField(2, 200),
          numberField(3, 50),
          bytesField(4, content.bytes.subarray(50)),
          bytesField(5, Buffer.from("text/plain")),
        ],
        [bytesField(1, content.blobId), numberField(2, 200), numberField(3, 1)],
      );
    },
  }),

  blobCase({
    id: "blob.messages.download",
    rules: ["blob.messages", "blob.download", "blob.mime-kept"],
    sends: "method 601 in fields 1 to 3: 20 bytes from offset 150 of 200",
    expects: "Ok: the bytes as field 1, total_size 200 as field 2, the mime_type as field 3",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 200);
      t.status(await sendWhole(alice, content, { mimeType: "text/plain" }), Status.Ok);
      await answersWith(
        t,
        alice,
        downloadBlob,
        [bytesField(1, content.blobId), numberField(2, 150), numberField(3, 20)],
        [
          bytesField(1, content.bytes.subarray(150, 170)),
          numberField(2, 200),
          bytesField(3, Buffer.from("text/plain")),
        ],
      );
    },
  }),

  blobCase({
    id: "blob.upload.one-chunk",
    rules: ["blob.upload", "blob.download"],
    tier: "smoke",
    sends: "a blob of 300 bytes in one chunk, and its download",
    expects: "complete with 300 bytes, and these bytes",
    checks: ["answer", "held", "content"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 300);
      const answer = await sendWhole(alice, content);
      t.status(answer, Status.Ok);
      isHeld(t, "held", answer, content, 300);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.upload.1-byte",
    rules: ["blob.upload"],
    sends: "a blob of one byte, and its download",
    expects: "complete with 1 byte, and this byte",
    checks: ["held", "content"],
    async run(t) {
      const alice = await t.user();
      const content = withId(Uint8Array.of(0));
      isHeld(t, "held", await sendWhole(alice, content), content, 1);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.upload.uneven-chunks",
    rules: ["blob.upload"],
    sends: "a blob of 70,202 bytes in chunks of 1, 200, 70,000 and 1 bytes",
    expects: "received 1, 201, 70,201, and complete with 70,202; these bytes on download",
    checks: ["first", "second", "third", "last", "content"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 70_202);
      const ends = { first: 1, second: 201, third: 70_201, last: 70_202 };
      let from = 0;
      for (const [check, to] of Object.entries(ends)) {
        isHeld(t, check, await send(alice, content, from, to), content, to);
        from = to;
      }
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.upload.two-in-turns",
    rules: ["blob.upload"],
    sends: "two blobs of one user, a chunk of each in turns",
    expects: "each complete with its own last chunk, and its own bytes",
    checks: ["first-half", "second-half", "first", "second", "first-bytes", "second-bytes"],
    async run(t) {
      const alice = await t.user();
      const one = contentOf(t, alice, 1500, "first");
      const two = contentOf(t, alice, 1600, "second");
      isHeld(t, "first-half", await send(alice, one, 0, 800), one, 800);
      isHeld(t, "second-half", await send(alice, two, 0, 900), two, 900);
      isHeld(t, "first", await send(alice, one, 800, 1500), one, 1500);
      isHeld(t, "second", await send(alice, two, 900, 1600), two, 1600);
      holdsRange(t, "first-bytes", await range(alice, one), one);
      holdsRange(t, "second-bytes", await range(alice, two), two);
    },
  }),

  blobCase({
    id: "blob.upload.resumed",
    rules: ["blob.upload", "blob.per-account"],
    sends:
      "three chunks of a blob; the connection is closed; from a new session the first chunk again, " +
      "and the rest from where the answer says",
    expects: "the answer says that three chunks are held, and the blob becomes complete",
    checks: ["resumed", "last", "content"],
    errata: ["I-17"],
    async run(t) {
      const first = await t.logIn((await t.user()).account);
      const content = contentOf(t, first, 5 * PIECE);
      await put(first, content, 3 * PIECE);
      await first.peer.close();
      const again = await t.logIn(first.account);
      isHeld(t, "resumed", await send(again, content, 0, PIECE), content, 3 * PIECE);
      const rest = await send(again, content, 3 * PIECE, 5 * PIECE);
      isHeld(t, "last", rest, content, 5 * PIECE);
      holdsRange(t, "content", await range(again, content), content);
    },
  }),

  blobCase({
    id: "blob.upload.two-sessions",
    rules: ["blob.per-account", "blob.upload"],
    sends: "a blob in three chunks, the second one from another session of the same account",
    expects: "complete with the third: the upload is the account's, not the connection's",
    checks: ["second", "last"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const other = await t.logIn(alice.account);
      const content = contentOf(t, alice, 3 * PIECE);
      await put(alice, content, PIECE);
      const second = await send(other, content, PIECE, 2 * PIECE);
      isHeld(t, "second", second, content, 2 * PIECE);
      isHeld(t, "last", await send(alice, content, 2 * PIECE, 3 * PIECE), content, 3 * PIECE);
    },
  }),

  blobCase({
    id: "blob.upload.empty",
    rules: ["blob.empty"],
    sends: "total_size 0 and no chunk, under the SHA-256 of nothing; a download",
    expects: "complete at once; no bytes of 0",
    checks: ["answer", "held", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = withId(new Uint8Array(0));
      const answer = await sendWhole(alice, content);
      t.status(answer, Status.Ok);
      isHeld(t, "held", answer, content, 0);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.repeat.finished",
    rules: ["blob.repeat"],
    sends: "a blob in three chunks; then the whole blob, its first chunk and its last one again",
    expects: "complete each time",
    checks: ["whole", "first", "last", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 3 * PIECE);
      await put(alice, content);
      const again = { whole: [0, 3], first: [0, 1], last: [2, 3] } as const;
      for (const [check, [from, to]] of Object.entries(again)) {
        const answer = await send(alice, content, from * PIECE, to * PIECE);
        isHeld(t, check, answer, content, 3 * PIECE);
      }
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.repeat.50-at-once",
    rules: ["blob.repeat", "blob.upload"],
    sends: "a blob of one chunk, 50 times at once, and its download",
    expects: "complete each time, and these bytes",
    checks: ["complete", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 5000);
      const sent = Array.from({ length: AT_ONCE }, () => sendWhole(alice, content));
      const answers = await Promise.all(sent);
      const complete = answers.filter((answer) => {
        return answer.status === Status.Ok && answer.message().complete;
      });
      t.check("complete", complete.length === AT_ONCE, {
        expected: `${AT_ONCE} times`,
        got: `${complete.length} times`,
      });
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.overlap.50-at-once",
    rules: ["blob.overlap", "blob.upload"],
    sends: "the first half of a blob 50 times at once; then the second half 50 times at once",
    expects: "the half received each time, then complete each time, and the right bytes",
    checks: ["halves", "complete", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 4000);
      const received = async (from: number, to: number) => {
        const sent = Array.from({ length: AT_ONCE }, () => send(alice, content, from, to));
        const answers = await Promise.all(sent);
        return answers.filter((answer) => {
          return answer.status === Status.Ok && answer.message().received === BigInt(to);
        }).length;
      };
      const halves = await received(0, 2000);
      const words = `${AT_ONCE} times`;
      t.check("halves", halves === AT_ONCE, { expected: words, got: `${halves} times` });
      const complete = await received(2000, 4000);
      t.check("complete", complete === AT_ONCE, { expected: words, got: `${complete} times` });
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.mime.kept",
    rules: ["blob.mime-kept"],
    sends:
      "a blob in two chunks as image/png, and one without a mime_type; downloads by another user",
    expects: "image/png, and none",
    checks: ["answer", "kept", "none"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const one = contentOf(t, alice, 100, "with");
      const two = contentOf(t, alice, 100, "without");
      const mimeType = "image/png";
      t.status(await send(alice, one, 0, 60, { mimeType }), Status.Ok);
      t.status(await send(alice, one, 60, 100, { mimeType }), Status.Ok);
      t.status(await sendWhole(alice, two), Status.Ok);
      for (const [check, content, expected] of [
        ["kept", one, mimeType],
        ["none", two, ""],
      ] as const) {
        const got = (await range(bob, content)).message().mimeType;
        t.check(check, got === expected, { expected, got });
      }
    },
  }),
];
