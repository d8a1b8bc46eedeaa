// Mutants of DownloadBlob: which bytes come back, and to whom.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/blob.ts";

export const BLOB_DOWNLOAD_MUTANTS: readonly Mutant[] = [
  {
    id: "blob.range.length-ignored",
    file: SERVICE,
    find: "Math.min(length || FRAME, FRAME - overhead(mimeType))",
    replace: "FRAME - overhead(mimeType)",
    kills: [
      "blob.messages.download",
      ...ids("blob.range", "first-byte middle"),
      "blob.download.50-at-once",
    ],
  },
  {
    id: "blob.range.no-length-no-bytes",
    file: SERVICE,
    find: "Math.min(length || FRAME, FRAME - overhead(mimeType))",
    replace: "Math.min(length, FRAME - overhead(mimeType))",
    kills: [...ids("blob.range", "whole rest"), "blob.upload.one-chunk", "blob.anyone.other-user"],
  },
  {
    id: "blob.range.longest-signed",
    file: SERVICE,
    find: "Math.min(length || FRAME,",
    replace: "Math.min((length || FRAME) | 0,",
    kills: ["blob.range.longest"],
  },
  {
    id: "blob.range.half-a-frame",
    file: SERVICE,
    find: "Math.min(length || FRAME, FRAME - overhead(mimeType))",
    replace: "Math.min(length || FRAME, FRAME / 2 - overhead(mimeType))",
    kills: ["blob.length.fits-frame"],
  },
  {
    id: "blob.range.beyond-a-frame",
    file: SERVICE,
    find: "Math.min(length || FRAME, FRAME - overhead(mimeType))",
    replace: "length || FRAME",
    kills: ["blob.length.fits-frame"],
  },
  {
    id: "blob.range.offset-ignored",
    file: SERVICE,
    find: "blobs.read(blobId, position, fitting)",
    replace: "blobs.read(blobId, 0, fitting)",
    kills: [
      "blob.messages.download",
      ...ids("blob.range", "middle rest last-byte cut-at-end at-end one-at-end"),
    ],
  },
  {
    id: "blob.range.cut-is-refused",
    file: SERVICE,
    find: "demand(offset <= BigInt(totalSize),",
    replace: "demand(offset + BigInt(length) <= BigInt(totalSize),",
    kills: ids("blob.range", "cut-at-end longest one-at-end"),
  },
  {
    id: "blob.range.end-is-refused",
    file: SERVICE,
    find: "demand(offset <= BigInt(totalSize),",
    replace: "demand(offset < BigInt(totalSize),",
    kills: [...ids("blob.range", "at-end one-at-end"), "blob.upload.empty"],
  },
  {
    id: "blob.range.nothing-beyond",
    file: SERVICE,
    find: "demand(offset <= BigInt(totalSize),",
    replace: "demand(true,",
    kills: ids("blob.range", "beyond-end 2-32 2-63 2-64"),
  },
  {
    id: "blob.unknown.is-empty",
    file: SERVICE,
    find: 'demand(range !== undefined, Status.NotFound, "blob.unknown");',
    replace: "if (range === undefined) return {};",
    kills: [
      ...ids("blob.unknown", "never-uploaded partial"),
      ...ids("blob.size", "52428801"),
      ...ids("blob.gap", "nothing-held"),
      ...ids("blob.hash", "one-chunk empty"),
      "blob.mime.256-bytes",
    ],
  },
  {
    id: "blob.download.once",
    file: SERVICE,
    find: "const range = await blobs.read(blobId, position, fitting);",
    replace: `const read = ((globalThis as { read?: Set<string> }).read ??= new Set<string>());
      const seen = read.has(blobId.join());
      read.add(blobId.join());
      const range = seen ? undefined : await blobs.read(blobId, position, fitting);`,
    kills: ["blob.anyone.other-user", "blob.download.50-at-once"],
  },
];
