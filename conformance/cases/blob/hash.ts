// Contents that are not what their hash says (600): spec/services/blob.md; I-17.

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import {
  blobCase,
  type Content,
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

export const hashCases: readonly Case[] = [
  blobCase({
    id: "blob.hash.one-chunk",
    rules: ["blob.hash"],
    twin: "blob.upload.one-chunk",
    sends: "a blob of one chunk with one bit turned over; then as it should be",
    expects: "BadRequest, and no blob; then complete, with the right bytes",
    checks: ["answer", "nothing", "fresh", "content"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, PIECE);
      const chunk = spoilt(content, PIECE - 1);
      t.refused(await sendWhole(alice, content, { chunk }), Status.BadRequest);
      await isAbsent(t, "nothing", alice, content);
      isHeld(t, "fresh", await sendWhole(alice, content), content, PIECE);
      holdsRange(t, "content", await range(alice, content), content);
    },
  }),

  ...[
    { id: "first", wrong: 0 },
    { id: "last", wrong: 3 * PIECE - 1 },
  ].map(({ id, wrong }) =>
    blobCase({
      id: `blob.hash.${id}-of-three`,
      rules: ["blob.hash", "blob.gap"],
      twin: "blob.upload.uneven-chunks",
      sends: `a blob in three chunks, one bit of the ${id} turned over; the last chunk alone; all again`,
      expects:
        "BadRequest at the last chunk, and no blob; BadRequest, for the upload was discarded; then " +
        "complete, with the right bytes",
      checks: ["before", "answer", "nothing", "discarded", "fresh", "content"],
      errata: ["I-17"],
      async run(t) {
        const alice = await t.user();
        const content = contentOf(t, alice, 3 * PIECE);
        const bad = { ...content, bytes: spoilt(content, wrong) };
        await put(alice, bad, PIECE);
        isHeld(t, "before", await send(alice, bad, PIECE, 2 * PIECE), bad, 2 * PIECE);
        t.refused(await send(alice, bad, 2 * PIECE, 3 * PIECE), Status.BadRequest);
        await isAbsent(t, "nothing", alice, content);
        const last = await send(alice, content, 2 * PIECE, 3 * PIECE);
        t.refused(last, Status.BadRequest, "discarded");
        await put(alice, content, 2 * PIECE);
        const fresh = await send(alice, content, 2 * PIECE, 3 * PIECE);
        isHeld(t, "fresh", fresh, content, 3 * PIECE);
        holdsRange(t, "content", await range(alice, content), content);
      },
    }),
  ),

  blobCase({
    id: "blob.hash.empty",
    rules: ["blob.hash", "blob.empty"],
    twin: "blob.upload.empty",
    sends: "total_size 0 and no chunk under the hash of other bytes",
    expects: "BadRequest, and no blob",
    checks: ["answer", "nothing"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const { blobId } = contentOf(t, alice, PIECE);
      const nothing = { bytes: new Uint8Array(0), blobId };
      t.refused(await sendWhole(alice, nothing), Status.BadRequest);
      await isAbsent(t, "nothing", alice, nothing);
    },
  }),
];

/** spoilt is a content with one bit turned over. */
function spoilt({ bytes }: Content, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
