// Ranges of a blob, for whoever knows its ID (601): spec/services/blob.md; C-64, I-17.

import { LIMITS } from "../../../src/registry/limits.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import {
  blobCase,
  type Content,
  contentOf,
  holdsRange,
  isHeld,
  put,
  range,
  send,
} from "./steps.ts";

const SIZE = 1000;
const MAX = 2n ** 64n - 1n;
const MIB = 1_048_576;
/** Room for the other fields of an answer that is as large as a frame. */
const OTHER_FIELDS = 1024;

/** Ranges of a blob of 1,000 bytes: what is asked for, and the end of what comes back. */
const RANGES: readonly {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
  readonly end: number;
}[] = [
  { id: "blob.range.whole", offset: 0, length: 0, end: 1000 },
  { id: "blob.range.first-byte", offset: 0, length: 1, end: 1 },
  { id: "blob.range.middle", offset: 300, length: 400, end: 700 },
  { id: "blob.range.rest", offset: 300, length: 0, end: 1000 },
  { id: "blob.range.last-byte", offset: 999, length: 1, end: 1000 },
  { id: "blob.range.cut-at-end", offset: 900, length: 200, end: 1000 },
  { id: "blob.range.longest", offset: 0, length: 0xffff_ffff, end: 1000 },
  { id: "blob.range.at-end", offset: 1000, length: 0, end: 1000 },
  { id: "blob.range.one-at-end", offset: 1000, length: 1, end: 1000 },
];

/** Offsets beyond a blob of 1,000 bytes. */
const BEYOND: readonly { readonly id: string; readonly offset: bigint }[] = [
  { id: "blob.range.beyond-end", offset: 1001n },
  { id: "blob.range.2-32", offset: 2n ** 32n + 500n },
  { id: "blob.range.2-63", offset: 2n ** 63n },
  { id: "blob.range.2-64", offset: MAX },
];

export const downloadCases: readonly Case[] = [
  ...RANGES.map(({ id, offset, length, end }) =>
    blobCase({
      id,
      rules: end - offset === length ? ["blob.download"] : ["blob.length", "blob.download"],
      sends: `a blob of 1,000 bytes; offset ${offset}, length ${length}`,
      expects: `${end - offset} bytes from ${offset}, and total_size 1,000`,
      checks: ["answer", "bytes"],
      async run(t) {
        const alice = await t.user();
        const content = contentOf(t, alice, SIZE);
        await put(alice, content);
        const answer = await range(alice, content, offset, length);
        t.status(answer, Status.Ok);
        holdsRange(t, "bytes", answer, content, offset, end);
      },
    }),
  ),

  ...BEYOND.map(({ id, offset }) =>
    blobCase({
      id,
      rules: ["blob.range"],
      twin: "blob.range.at-end",
      sends: `a blob of 1,000 bytes; offset ${offset}`,
      expects: "BadRequest",
      async run(t) {
        const alice = await t.user();
        const content = contentOf(t, alice, SIZE);
        await put(alice, content);
        t.refused(await range(alice, content, offset), Status.BadRequest);
      },
    }),
  ),

  blobCase({
    id: "blob.unknown.never-uploaded",
    rules: ["blob.unknown"],
    twin: "blob.upload.one-chunk",
    sends: "a download of a hash that nobody uploaded",
    expects: "NotFound",
    async run(t) {
      const alice = await t.user();
      t.refused(await range(alice, contentOf(t, alice, SIZE)), Status.NotFound);
    },
  }),

  blobCase({
    id: "blob.anyone.other-user",
    rules: ["blob.anyone", "blob.download"],
    sends: "a blob of Alice; downloads by Bob, before and after Carol uploaded it too",
    expects: "the bytes each time",
    checks: ["before", "after"],
    errata: ["I-17"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const content = contentOf(t, alice, SIZE);
      await put(alice, content);
      holdsRange(t, "before", await range(bob, content), content);
      await put(carol, content);
      holdsRange(t, "after", await range(bob, content), content);
    },
  }),

  blobCase({
    id: "blob.download.50-at-once",
    rules: ["blob.download", "blob.anyone"],
    sends: "50 downloads at once of 20 bytes each, one after the other in the blob",
    expects: "20 bytes each, together the blob",
    checks: ["content"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, SIZE);
      await put(alice, content);
      const offsets = Array.from({ length: 50 }, (_, n) => 20 * n);
      const answers = await Promise.all(offsets.map((offset) => range(bob, content, offset, 20)));
      for (const answer of answers) demandOk(answer, "DownloadBlob");
      const chunks = answers.map((answer) => answer.message().chunk);
      const same = Buffer.compare(Buffer.concat(chunks), content.bytes) === 0;
      t.check("content", same, { expected: "the blob", got: "other bytes" });
    },
  }),

  blobCase({
    id: "blob.length.fits-frame",
    rules: ["blob.length", "blob.upload"],
    sends:
      "a blob of 5 MiB in chunks of 4,000,000 bytes and the rest; downloads with length 0, with " +
      "length 5 MiB, and from where the first one ended",
    expects: "as many bytes as one frame takes, twice, and then the others",
    checks: ["first", "complete", "frame", "whole", "begins", "rest"],
    errata: ["C-64", "C-07"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, 5 * MIB);
      await uploadLarge(t, alice, content);
      const answer = await range(bob, content);
      demandOk(answer, "DownloadBlob");
      const { length } = answer.message().chunk;
      const least = LIMITS.framePayload.value - OTHER_FIELDS;
      t.check("frame", length >= least, { expected: `${least} at least`, got: `${length} bytes` });
      const whole = await range(bob, content, 0, 5 * MIB);
      const asked = whole.status === Status.Ok ? whole.message().chunk.length : 0;
      t.check("whole", asked >= least, { expected: `${least} at least`, got: `${asked} bytes` });
      holdsRange(t, "begins", answer, content, 0, length);
      holdsRange(t, "rest", await range(bob, content, length), content, length);
    },
  }),

  blobCase({
    id: "blob.size.50-mib",
    rules: ["blob.size", "blob.upload", "blob.download"],
    tier: "full",
    needs: "quiet",
    ms: 120_000,
    sends: "52,428,800 bytes in chunks of 4,000,000 bytes and the rest, and their download",
    expects: "complete with the last chunk, and these bytes",
    checks: ["first", "complete", "content"],
    errata: ["C-07", "C-64"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const content = contentOf(t, alice, 50 * MIB);
      await uploadLarge(t, alice, content);
      const chunks: Uint8Array[] = [];
      for (let held = 0; held < content.bytes.length; ) {
        const answer = await range(bob, content, held);
        demandOk(answer, "DownloadBlob");
        const { chunk } = answer.message();
        if (chunk.length === 0) break;
        chunks.push(chunk);
        held += chunk.length;
      }
      const same = Buffer.compare(Buffer.concat(chunks), content.bytes) === 0;
      t.check("content", same, { expected: "the blob", got: "other bytes" });
    },
  }),
];

const CHUNK = 4_000_000;

async function uploadLarge(t: Trial, user: User, content: Content): Promise<void> {
  const { length } = content.bytes;
  for (let from = 0; from < length; from += CHUNK) {
    const to = Math.min(from + CHUNK, length);
    const answer = await send(user, content, from, to);
    if (from === 0) isHeld(t, "first", answer, content, to);
    else if (to === length) isHeld(t, "complete", answer, content, to);
    else demandOk(answer, "UploadBlob");
  }
}
