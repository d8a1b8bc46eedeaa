// Blobs, 600 and 601 (spec/services/blob.md).

import { createHash } from "node:crypto";
import { BlobService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { answering, demand, type Handler } from "./handler.ts";
import { hex, same } from "./state.ts";

const { uploadBlob, downloadBlob } = BlobService.method;

const MOST_BLOB_BYTES = 52_428_800n;
const CHUNK = 4_000_000;
const NONE = new Uint8Array(0);

export const BLOBS: readonly Handler[] = [
  answering(uploadBlob, ({ blobId, totalSize, offset, chunk, mimeType }, { state, account }) => {
    demand(blobId.length === 32 && totalSize <= MOST_BLOB_BYTES);
    const name = `${account.username}/${hex(blobId)}`;
    const known = state.partialBlobs.get(name) ?? { totalSize, mimeType, bytes: NONE };
    const held = BigInt(known.bytes.length);
    demand(totalSize === known.totalSize && offset <= held);
    demand(offset + BigInt(chunk.length) <= totalSize && (chunk.length > 0 || totalSize === 0n));
    const fresh = chunk.subarray(Number(held - offset));
    const bytes = new Uint8Array(Buffer.concat([known.bytes, fresh]));
    state.partialBlobs.set(name, { ...known, bytes });
    const received = BigInt(bytes.length);
    if (received < totalSize) return { received };
    if (!same(createHash("sha256").update(bytes).digest(), blobId)) {
      state.partialBlobs.delete(name);
      demand(false);
    }
    const blob = { bytes, mimeType: known.mimeType };
    if (!state.blobs.has(hex(blobId))) state.blobs.set(hex(blobId), blob);
    return { blobId, received, complete: true };
  }),

  answering(downloadBlob, ({ blobId, offset, length }, { state, account: _ }) => {
    demand(blobId.length === 32);
    const blob = state.blobs.get(hex(blobId));
    demand(blob !== undefined, Status.NotFound);
    const totalSize = BigInt(blob.bytes.length);
    demand(offset <= totalSize);
    const end = Number(offset) + Math.min(length || CHUNK, CHUNK);
    const chunk = blob.bytes.subarray(Number(offset), end);
    return { chunk, totalSize, mimeType: blob.mimeType };
  }),
];
