// Mutants of blobs: src/services/blob.ts, the store behind it, and its rows.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVICE = "src/services/blob.ts";
const STORE = "src/storage/blob-store.ts";
const ROWS = "src/storage/sql/blobs.ts";
const LIMITS = "src/registry/limits.ts";

const ANSWERS: readonly Mutant[] = [
  {
    id: "blob.answer.no-blob-id",
    file: SERVICE,
    find: "blobId: complete ? blobId : NONE",
    replace: "blobId: NONE",
    kills: [
      "blob.messages.upload",
      ...ids(
        "blob.upload",
        "one-chunk 1-byte uneven-chunks two-in-turns resumed two-sessions empty",
      ),
      ...ids("blob.repeat", "finished"),
      ...ids("blob.overlap", "same-bytes after-complete"),
    ],
  },
  {
    id: "blob.answer.early-blob-id",
    file: SERVICE,
    find: "blobId: complete ? blobId : NONE",
    replace: "blobId",
    kills: ids("blob.upload", "uneven-chunks two-in-turns resumed two-sessions"),
  },
  {
    id: "blob.answer.without-type",
    file: SERVICE,
    find: "return { chunk: bytes, totalSize: BigInt(totalSize), mimeType };",
    replace: "return { chunk: bytes, totalSize: BigInt(totalSize) };",
    kills: ["blob.messages.download", "blob.mime.kept", "blob.mime.255-bytes"],
  },
  {
    id: "blob.mime.254-bytes",
    file: SERVICE,
    find: "Buffer.byteLength(mimeType) <= LIMITS.blobMimeType.value",
    replace: "Buffer.byteLength(mimeType) < LIMITS.blobMimeType.value",
    kills: ["blob.mime.255-bytes"],
  },
  {
    id: "blob.mime.any-length",
    file: SERVICE,
    find: 'demand(typeFits, Status.BadRequest, "blob.mime-size");',
    replace: "",
    kills: ["blob.mime.256-bytes"],
  },
];

const BOUNDS: readonly Mutant[] = [
  {
    id: "blob.size.unbounded",
    file: SERVICE,
    find: 'demand(totalSize <= LARGEST, Status.BadRequest, "blob.size");',
    replace: "",
    kills: ids("blob.size", "52428801 2-32 2-64"),
  },
  {
    id: "blob.size.in-32-bits",
    file: SERVICE,
    find: "demand(totalSize <= LARGEST,",
    replace: "totalSize = BigInt.asUintN(32, totalSize);\n      demand(totalSize <= LARGEST,",
    kills: ["blob.size.2-32"],
  },
  {
    id: "blob.size.largest-refused",
    file: SERVICE,
    find: "demand(totalSize <= LARGEST,",
    replace: "demand(totalSize < LARGEST,",
    kills: ["blob.size.52428800", "blob.size.50-mib"],
  },
  {
    id: "blob.past-end.unchecked",
    file: SERVICE,
    find: "const fits = offset + BigInt(chunk.length) <= totalSize;",
    replace: "const fits = true;",
    kills: [...ids("blob.past-end", "one-byte first-chunk"), "blob.empty.with-bytes"],
  },
  {
    id: "blob.past-end.offset-signed",
    file: SERVICE,
    find: "const fits = offset + BigInt(chunk.length) <= totalSize;",
    replace:
      "offset = BigInt.asIntN(64, offset);\n      const fits = offset + BigInt(chunk.length) <= totalSize;",
    kills: ids("blob.past-end", "offset-2-63 offset-wraps"),
  },
  {
    id: "blob.past-end.offset-in-32-bits",
    file: SERVICE,
    find: "const fits = offset + BigInt(chunk.length) <= totalSize;",
    replace:
      "offset = BigInt.asUintN(32, offset);\n      const fits = offset + BigInt(chunk.length) <= totalSize;",
    kills: ids("blob.past-end", "offset-wraps-32"),
  },
  {
    id: "blob.past-end.one-byte-more",
    file: SERVICE,
    find: "const fits = offset + BigInt(chunk.length) <= totalSize;",
    replace: `const fits = offset + BigInt(chunk.length) <= totalSize || offset === totalSize;
      if (offset === totalSize && totalSize > 0n) return { received: totalSize };`,
    kills: ["blob.past-end.offset-at-end"],
  },
  {
    id: "blob.past-end.changing-total",
    file: STORE,
    find: "if (begun !== undefined && begun.totalSize !== chunk.totalSize) {",
    replace: "if (begun === undefined && !chunk) {",
    kills: ids("blob.past-end", "larger-total smaller-total"),
  },
  {
    id: "blob.empty.refused",
    file: SERVICE,
    find: "demand(chunk.length > 0 || totalSize === 0n,",
    replace: "demand(chunk.length > 0,",
    kills: ["blob.upload.empty", "blob.restart.hook", "blob.restart.kill"],
  },
  {
    id: "blob.empty.any",
    file: SERVICE,
    find: "demand(chunk.length > 0 || totalSize === 0n,",
    replace: "demand(true,",
    kills: ids("blob.empty", "first-chunk second-chunk"),
  },
  {
    id: "blob.gap.filled",
    file: STORE,
    find: 'if (chunk.offset > (begun?.received ?? 0)) return { refused: "gap" };',
    replace: "",
    kills: [
      ...ids("blob.gap", "one-byte last-byte nothing-held"),
      ...ids("blob.hash", "first-of-three last-of-three"),
      "blob.account.begins-at-0",
    ],
  },
];

const UPLOADS: readonly Mutant[] = [
  {
    id: "blob.overlap.overwritten",
    file: STORE,
    find: "await files.write(file, received, fresh);",
    replace: "await files.write(file, chunk.offset, chunk.bytes);",
    kills: ["blob.overlap.other-bytes"],
  },
  {
    id: "blob.overlap.appended",
    file: STORE,
    find: "const fresh = chunk.bytes.subarray(received - chunk.offset);",
    replace: "const fresh = chunk.bytes;",
    kills: [...ids("blob.overlap", "same-bytes other-bytes 50-at-once"), "blob.upload.resumed"],
  },
  {
    id: "blob.hash.unchecked",
    file: STORE,
    find: "if (Buffer.compare(await files.digest(file), chunk.blobId) !== 0) {",
    replace: "if (chunk.blobId.length === 0) {",
    kills: [
      ...ids("blob.hash", "one-chunk first-of-three last-of-three empty"),
      "blob.account.cannot-spoil",
      "blob.no-oracle.wrong-bytes",
    ],
  },
  {
    id: "blob.hash.upload-kept",
    file: STORE,
    find: "await write(endUpload(file));",
    replace: "",
    kills: ids("blob.hash", "first-of-three last-of-three"),
  },
  {
    id: "blob.repeat.forgotten",
    file: STORE,
    find: "if (done !== undefined) {",
    replace: "if (done !== undefined && chunk.totalSize === 0) {",
    kills: [
      "blob.repeat.finished",
      "blob.overlap.after-complete",
      "blob.restart.hook",
      "blob.restart.kill",
    ],
  },
  {
    id: "blob.turns.none",
    file: STORE,
    find: "return perUpload(key, () => upload(chunk, bounds, now));",
    replace: "return upload(chunk, bounds, now);",
    kills: ["blob.repeat.50-at-once", "blob.overlap.50-at-once"],
  },
  {
    id: "blob.upload.one-at-a-time",
    file: ROWS,
    find: "WHERE identity_key = ? AND blob_id = ? AND expires_at > ?`",
    replace: "WHERE identity_key = ? AND (blob_id = ? OR TRUE) AND expires_at > ?`",
    kills: ["blob.upload.two-in-turns"],
  },
  {
    id: "blob.upload.of-a-session",
    file: SERVICE,
    find: "const { identityKey } = callerSession(call);",
    replace: "const { tokenHash: identityKey } = callerSession(call);",
    kills: [...ids("blob.upload", "resumed two-sessions"), ...ids("blob.restart", "hook kill")],
  },
  {
    id: "blob.account.one-upload-for-all",
    file: ROWS,
    find: "WHERE identity_key = ? AND blob_id = ? AND expires_at > ?`",
    replace: "WHERE (identity_key = ? OR TRUE) AND blob_id = ? AND expires_at > ?`",
    kills: ids("blob.account", "begins-at-0 cannot-spoil two-at-once"),
  },
  {
    id: "blob.no-oracle.known-is-complete",
    file: ROWS,
    find: "WHERE blobs.blob_id = ? AND identity_key = ?`",
    replace: "WHERE blobs.blob_id = ? AND (identity_key = ? OR TRUE)`",
    kills: ids("blob.no-oracle", "two-chunks wrong-bytes"),
  },
  {
    id: "blob.partial.lives-a-month",
    file: LIMITS,
    find: "blobUpload: { value: DAY,",
    replace: "blobUpload: { value: 30 * DAY,",
    kills: ["blob.partial.24-hours"],
  },
  {
    id: "blob.quota.none",
    file: ROWS,
    find: "if (used + Math.max(totalSize, bounds.leastCost) > bounds.quota) return undefined;",
    replace: "",
    kills: ["blob.quota.begun-uploads"],
  },
  {
    id: "blob.restart.contents-of-a-process",
    file: "src/storage/drivers/open.ts",
    find: "folderFiles(folder)",
    replace: "folderFiles(folder + performance.timeOrigin + performance.now())",
    kills: ids("blob.restart", "hook kill"),
  },
];

const TABLE: readonly Mutant[] = [
  {
    id: "blob.fields.unchecked",
    file: "src/rpc/fields.ts",
    find: "const held = values.every((value) => holds(field, value));",
    replace:
      'const held = field.rule.startsWith("blob.") || values.every((value) => holds(field, value));',
    kills: [
      ...ids("blob.upload-blob", "blob-id-missing blob-id-31-bytes blob-id-33-bytes"),
      ...ids("blob.download-blob", "blob-id-missing blob-id-31-bytes blob-id-33-bytes"),
    ],
  },
  {
    id: "blob.service.absent",
    file: "src/services/all.ts",
    find: "...createBlobService({ clock, blobs: stores.blobs }),",
    replace: "",
    kills: ids("methods.table", "600-upload-blob 601-download-blob"),
  },
];

export const BLOB_MUTANTS: readonly Mutant[] = [...ANSWERS, ...BOUNDS, ...UPLOADS, ...TABLE];
