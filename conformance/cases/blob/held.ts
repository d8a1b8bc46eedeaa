// What is held already, by this account and by others (600): spec/services/blob.md; I-17.

import { Status, statusName } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import {
  blobCase,
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

/** What an account beyond its quota is asked to keep, at most: 64 times the largest blob. */
const MOST_UPLOADS = 64;
const LARGEST = 52_428_800n;

export const heldCases: readonly Case[] = [
  blobCase({
    id: "blob.overlap.same-bytes",
    rules: ["blob.overlap"],
    sends: "bytes 0 to 1,000 of a blob, the same again, then 500 to 1,500, 100 to 200 and the rest",
    expects: "received 1,000 twice, 1,500 twice, then complete with the right bytes",
    checks: ["again", "half-new", "inside", "rest", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 2 * PIECE);
      await put(alice, content, PIECE);
      isHeld(t, "again", await send(alice, content, 0, PIECE), content, PIECE);
      isHeld(t, "half-new", await send(alice, content, 500, 1500), content, 1500);
      isHeld(t, "inside", await send(alice, content, 100, 200), content, 1500);
      isHeld(t, "rest", await send(alice, content, 1500, 2000), content, 2000);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.overlap.other-bytes",
    rules: ["blob.overlap"],
    sends:
      "bytes 0 to 1,000 of a blob; other bytes for all of these; then 500 to 2,000 with other bytes " +
      "for the first 500",
    expects: "received 1,000, then complete: what was held did not change",
    checks: ["held", "last", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 2 * PIECE);
      await put(alice, content, PIECE);
      const other = await send(alice, content, 0, PIECE, { chunk: new Uint8Array(PIECE) });
      isHeld(t, "held", other, content, PIECE);
      const chunk = Buffer.concat([new Uint8Array(500), content.bytes.subarray(PIECE)]);
      const last = await send(alice, content, 500, 2 * PIECE, { chunk });
      isHeld(t, "last", last, content, 2 * PIECE);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.overlap.after-complete",
    rules: ["blob.overlap", "blob.repeat"],
    sends: "a blob; its first chunk again with other bytes",
    expects: "complete, and the bytes as they were",
    checks: ["again", "content"],
    errata: ["I-17", "C-65"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 2 * PIECE);
      await put(alice, content);
      const other = await send(alice, content, 0, PIECE, { chunk: new Uint8Array(PIECE) });
      isHeld(t, "again", other, content, 2 * PIECE);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.account.begins-at-0",
    rules: ["blob.per-account", "blob.gap"],
    twin: "blob.upload.resumed",
    sends:
      "two thirds of a blob from Alice; its last third from Bob; its first third from Bob; the last " +
      "third from Alice",
    expects: "BadRequest for Bob's gap; one third received from Bob; complete for Alice",
    checks: ["answer", "own", "complete"],
    errata: ["I-17"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, 3 * PIECE);
      await put(alice, content, 2 * PIECE);
      t.refused(await send(bob, content, 2 * PIECE, 3 * PIECE), Status.BadRequest);
      isHeld(t, "own", await send(bob, content, 0, PIECE), content, PIECE);
      const last = await send(alice, content, 2 * PIECE, 3 * PIECE);
      isHeld(t, "complete", last, content, 3 * PIECE);
    },
  }),

  blobCase({
    id: "blob.account.cannot-spoil",
    rules: ["blob.per-account", "blob.hash"],
    twin: "blob.upload.resumed",
    sends:
      "half of a blob from Alice; from Mallory all of it with other bytes, and a first chunk of " +
      "another total_size; the other half from Alice",
    expects: "BadRequest for Mallory's bytes; complete for Alice, with the right bytes",
    checks: ["answer", "other-total", "complete", "content"],
    errata: ["I-17"],
    async run(t) {
      const [alice, mallory] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, 2 * PIECE);
      await put(alice, content, PIECE);
      const chunk = new Uint8Array(2 * PIECE);
      t.refused(await sendWhole(mallory, content, { chunk }), Status.BadRequest);
      const other = await send(mallory, content, 0, 10, { totalSize: 20n });
      t.check("other-total", other.status === Status.Ok, {
        expected: "Ok, for it is another upload",
        got: statusName(other.status),
      });
      const last = await send(alice, content, PIECE, 2 * PIECE);
      isHeld(t, "complete", last, content, 2 * PIECE);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.no-oracle.two-chunks",
    rules: ["blob.no-oracle", "blob.per-account"],
    sends: "a complete blob of Alice; from Bob its first half, then its second",
    expects: "half received and not complete; then complete",
    checks: ["half", "whole"],
    errata: ["I-17"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, 2 * PIECE);
      await put(alice, content);
      isHeld(t, "half", await send(bob, content, 0, PIECE), content, PIECE);
      isHeld(t, "whole", await send(bob, content, PIECE, 2 * PIECE), content, 2 * PIECE);
    },
  }),

  blobCase({
    id: "blob.no-oracle.wrong-bytes",
    rules: ["blob.no-oracle", "blob.hash"],
    twin: "blob.no-oracle.two-chunks",
    sends: "a complete blob of Alice; from Mallory its hash and size with other bytes",
    expects: "BadRequest, and the blob as it was",
    checks: ["answer", "content"],
    errata: ["I-17", "C-65"],
    async run(t) {
      const [alice, mallory] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, PIECE);
      await put(alice, content);
      const chunk = new Uint8Array(PIECE);
      t.refused(await sendWhole(mallory, content, { chunk }), Status.BadRequest);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.account.two-at-once",
    rules: ["blob.per-account", "blob.upload"],
    sends: "the same blob in two chunks from two users, each chunk 10 times at once from each",
    expects: "complete for both, and the right bytes for both",
    checks: ["first", "second", "first-bytes", "second-bytes"],
    errata: ["I-17"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, 2 * PIECE);
      const tenTimes = (from: number, to: number) =>
        Promise.all(
          Array.from({ length: 20 }, (_, n) => send(n % 2 ? bob : alice, content, from, to)),
        );
      await tenTimes(0, PIECE);
      const [one, two] = await tenTimes(PIECE, 2 * PIECE);
      for (const [check, answer] of [
        ["first", one],
        ["second", two],
      ] as const) {
        if (answer !== undefined) isHeld(t, check, answer, content, 2 * PIECE);
      }
      holdsRange(t, "first-bytes", await range(alice, content), content);
      holdsRange(t, "second-bytes", await range(bob, content), content);
    },
  }),

  blobCase({
    id: "blob.unknown.partial",
    rules: ["blob.unknown"],
    twin: "blob.upload.one-chunk",
    sends:
      "all but the last chunk of a blob; downloads by its owner and another user; the last chunk",
    expects: "NotFound for both; then the blob",
    checks: ["answer", "other", "content"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const content = contentOf(t, alice, 2 * PIECE);
      await put(alice, content, PIECE);
      t.refused(await range(alice, content), Status.NotFound);
      await isAbsent(t, "other", bob, content);
      t.status(await send(alice, content, PIECE, 2 * PIECE), Status.Ok);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  blobCase({
    id: "blob.quota.begun-uploads",
    rules: ["blob.quota"],
    twin: "blob.size.52428800",
    sends: "first chunks of one byte with total_size 52,428,800, until one is refused, at most 64",
    expects: "Forbidden at some point; no bound is for information",
    checks: ["answer"],
    async run(t) {
      const alice = await t.newUser();
      for (let n = 0; ; n++) {
        const content = contentOf(t, alice, 2, `${n}`);
        const answer = await send(alice, content, 0, 1, { totalSize: LARGEST });
        if (answer.status === Status.Ok && n < MOST_UPLOADS) continue;
        t.refused(answer, Status.Forbidden);
        return;
      }
    },
  }),
];
