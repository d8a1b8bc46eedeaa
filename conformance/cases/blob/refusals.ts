// Chunks that are refused, each for one reason, and what is held afterwards (600): spec/services/blob.md;
// C-07, I-17.

import { Status } from "../../../src/registry/statuses.ts";
import type { Case, CaseSpec } from "../../judge/case.ts";
import {
  blobCase,
  type ChunkParts,
  contentOf,
  holdsRange,
  isAbsent,
  isHeld,
  PIECE,
  put,
  range,
  send,
  sendWhole,
} from "./steps.ts";

const MAX = 2n ** 64n - 1n;
const LARGEST = 52_428_800;

/** Second chunks of a blob of three pieces, one thing wrong with each. */
const SECOND: readonly (Pick<CaseSpec, "id" | "rules" | "sends"> & ChunkParts)[] = [
  {
    id: "blob.gap.one-byte",
    rules: ["blob.gap"],
    sends: "a chunk one byte beyond the bytes held",
    offset: BigInt(PIECE + 1),
  },
  {
    id: "blob.gap.last-byte",
    rules: ["blob.gap"],
    sends: "the last byte of the blob, before the ones in between",
    offset: BigInt(3 * PIECE - 1),
    chunk: Buffer.from("x"),
  },
  {
    id: "blob.past-end.one-byte",
    rules: ["blob.past-end"],
    sends: "a chunk that ends one byte beyond total_size",
    chunk: Buffer.alloc(2 * PIECE + 1, 7),
  },
  {
    id: "blob.past-end.offset-at-end",
    rules: ["blob.past-end", "blob.gap"],
    sends: "a chunk of one byte at total_size",
    offset: BigInt(3 * PIECE),
    chunk: Buffer.from("x"),
  },
  {
    id: "blob.past-end.offset-2-63",
    rules: ["blob.past-end", "blob.gap"],
    sends: "a chunk at offset 2^63",
    offset: 2n ** 63n,
  },
  {
    id: "blob.past-end.offset-wraps",
    rules: ["blob.past-end", "blob.gap"],
    sends: "a chunk of 1,000 bytes at offset 2^64 - 1,000, whose end is 0 in 64 bits",
    offset: MAX - BigInt(PIECE) + 1n,
  },
  {
    id: "blob.past-end.offset-wraps-32",
    rules: ["blob.past-end", "blob.gap"],
    sends: "a chunk at offset 2^32 + 1,000, which is the right one in 32 bits",
    offset: 2n ** 32n + BigInt(PIECE),
  },
  {
    id: "blob.past-end.larger-total",
    rules: ["blob.past-end"],
    sends: "the second chunk with a total_size one byte larger than the first had",
    totalSize: BigInt(3 * PIECE + 1),
  },
  {
    id: "blob.past-end.smaller-total",
    rules: ["blob.past-end"],
    sends: "the second chunk with a total_size one byte smaller than the first had",
    totalSize: BigInt(3 * PIECE - 1),
  },
  {
    id: "blob.empty.second-chunk",
    rules: ["blob.empty"],
    sends: "an empty chunk where the next one belongs",
    chunk: new Uint8Array(0),
  },
];

/** First chunks of a blob of 1,000 bytes, one thing wrong with each. */
const FIRST: readonly (Pick<CaseSpec, "id" | "rules" | "sends" | "errata"> & ChunkParts)[] = [
  {
    id: "blob.gap.nothing-held",
    rules: ["blob.gap"],
    sends: "a chunk at offset 1 as the first one",
    offset: 1n,
    chunk: Buffer.alloc(PIECE - 1, 7),
  },
  {
    id: "blob.past-end.first-chunk",
    rules: ["blob.past-end"],
    sends: "a first chunk one byte longer than total_size",
    chunk: Buffer.alloc(PIECE + 1, 7),
  },
  {
    id: "blob.empty.first-chunk",
    rules: ["blob.empty"],
    sends: "an empty first chunk of a blob of 1,000 bytes",
    chunk: new Uint8Array(0),
  },
  {
    id: "blob.empty.with-bytes",
    rules: ["blob.past-end", "blob.empty"],
    sends: "total_size 0 with a chunk of 1,000 bytes",
    totalSize: 0n,
  },
  {
    id: "blob.size.52428801",
    rules: ["blob.size"],
    sends: "a first chunk with total_size 52,428,801",
    totalSize: BigInt(LARGEST + 1),
    errata: ["C-07"],
  },
  {
    id: "blob.size.2-32",
    rules: ["blob.size"],
    sends: "a first chunk with total_size 2^32 + 1,000, which is the right one in 32 bits",
    totalSize: 2n ** 32n + BigInt(PIECE),
    errata: ["C-07"],
  },
  {
    id: "blob.size.2-64",
    rules: ["blob.size"],
    sends: "a first chunk with total_size 2^64 - 1",
    totalSize: MAX,
    errata: ["C-07"],
  },
];

export const refusalCases: readonly Case[] = [
  ...SECOND.map(({ id, rules, sends, ...parts }) =>
    blobCase({
      id,
      rules,
      twin: "blob.upload.uneven-chunks",
      sends: `the first third of a blob; ${sends}; the rest as it should be`,
      expects: "BadRequest; then complete, with the right bytes",
      checks: ["answer", "rest", "content"],
      errata: ["I-17"],
      async run(t) {
        const alice = await t.user();
        const content = contentOf(t, alice, 3 * PIECE);
        await put(alice, content, PIECE);
        t.refused(await send(alice, content, PIECE, 2 * PIECE, parts), Status.BadRequest);
        const rest = await send(alice, content, PIECE, 3 * PIECE);
        isHeld(t, "rest", rest, content, 3 * PIECE);
        holdsRange(t, "content", await range(alice, content), content);
      },
    }),
  ),

  ...FIRST.map(({ id, rules, sends, errata = ["I-17"], ...parts }) =>
    blobCase({
      id,
      rules,
      twin: "blob.upload.one-chunk",
      sends: `${sends}; then the blob in one chunk as it should be`,
      expects: "BadRequest, and no blob; then complete",
      checks: ["answer", "nothing", "fresh"],
      errata,
      async run(t) {
        const alice = await t.user();
        const content = contentOf(t, alice, PIECE);
        t.refused(await sendWhole(alice, content, parts), Status.BadRequest);
        await isAbsent(t, "nothing", alice, content);
        isHeld(t, "fresh", await sendWhole(alice, content), content, PIECE);
      },
    }),
  ),

  blobCase({
    id: "blob.size.52428800",
    rules: ["blob.size"],
    sends: "a first chunk of 1,000 bytes with total_size 52,428,800",
    expects: "Ok with 1,000 bytes received",
    checks: ["answer", "received"],
    errata: ["C-07"],
    async run(t) {
      const alice = await t.newUser();
      const content = contentOf(t, alice, PIECE + 1);
      const totalSize = BigInt(LARGEST);
      const answer = await send(alice, content, 0, PIECE, { totalSize });
      t.status(answer, Status.Ok);
      const { received, complete } = answer.message();
      t.check("received", received === BigInt(PIECE) && !complete, {
        expected: "1000, not complete",
        got: `${received}, complete ${complete}`,
      });
    },
  }),

  blobCase({
    id: "blob.mime.255-bytes",
    rules: ["blob.mime-size", "blob.mime-kept"],
    sends: "a blob with a mime_type of 255 bytes",
    expects: "Ok, and the type on download",
    checks: ["answer", "kept"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, PIECE);
      const mimeType = "x/".padEnd(255, "y");
      t.status(await sendWhole(alice, content, { mimeType }), Status.Ok);
      const { mimeType: got } = (await range(alice, content)).message();
      t.check("kept", got === mimeType, { expected: mimeType, got });
    },
  }),

  blobCase({
    id: "blob.mime.256-bytes",
    rules: ["blob.mime-size"],
    twin: "blob.mime.255-bytes",
    sends: "a blob with a mime_type of 256 bytes",
    expects: "BadRequest, and no blob",
    checks: ["answer", "nothing"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, PIECE);
      const mimeType = "x/".padEnd(256, "y");
      t.refused(await sendWhole(alice, content, { mimeType }), Status.BadRequest);
      await isAbsent(t, "nothing", alice, content);
    },
  }),
];
