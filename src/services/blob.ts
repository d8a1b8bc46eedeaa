// Blobs (600, 601): spec/services/blob.md. Chunks in, ranges out; C-64, I-17.

import { BlobService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import type { RuleSlug } from "../registry/rules.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand, RpcError } from "../rpc/error.ts";
import { type ComposedMethod, callerSession, compose } from "../rpc/service.ts";
import type { BlobStore, UploadProgress } from "../storage/stores/blobs.ts";

export interface BlobDependencies {
  readonly blobs: BlobStore;
  readonly clock: Clock;
}

const BOUNDS = {
  quota: LIMITS.blobQuota.value,
  leastCost: LIMITS.blobLeastCost.value,
  lifetime: LIMITS.blobUpload.value,
};

/** createBlobService answers 600 and 601. */
export function createBlobService({ blobs, clock }: BlobDependencies): ComposedMethod[] {
  return compose(BlobService, {
    async uploadBlob({ blobId, totalSize, offset, chunk, mimeType }, call) {
      demand(totalSize <= LARGEST, Status.BadRequest, "blob.size");
      const fits = offset + BigInt(chunk.length) <= totalSize;
      demand(fits, Status.BadRequest, "blob.past-end");
      demand(chunk.length > 0 || totalSize === 0n, Status.BadRequest, "blob.empty");
      const typeFits = Buffer.byteLength(mimeType) <= LIMITS.blobMimeType.value;
      demand(typeFits, Status.BadRequest, "blob.mime-size");
      const { identityKey } = callerSession(call);
      const progress = await blobs.upload(
        {
          identityKey,
          blobId,
          totalSize: Number(totalSize),
          offset: Number(offset),
          bytes: chunk,
          mimeType,
        },
        BOUNDS,
        clock.now(),
      );
      const { received, complete } = accepted(progress);
      return { blobId: complete ? blobId : NONE, received: BigInt(received), complete };
    },

    async downloadBlob({ blobId, offset, length }) {
      const fitting = (mimeType: string) => Math.min(length || FRAME, FRAME - overhead(mimeType));
      // No blob is longer, so that what a number cannot hold is beyond the end all the same.
      const position = offset < LARGEST ? Number(offset) : LIMITS.blobSize.value;
      const range = await blobs.read(blobId, position, fitting);
      demand(range !== undefined, Status.NotFound, "blob.unknown");
      const { bytes, totalSize, mimeType } = range;
      demand(offset <= BigInt(totalSize), Status.BadRequest, "blob.range");
      return { chunk: bytes, totalSize: BigInt(totalSize), mimeType };
    },
  });
}

const LARGEST = BigInt(LIMITS.blobSize.value);
const NONE = new Uint8Array(0);
const FRAME = LIMITS.framePayload.value;

/**
 * overhead is what a DownloadBlobResponse needs beside the bytes: a tag and up to four bytes of length or
 * value for chunk and total_size, a tag and up to two bytes of length for the type.
 */
function overhead(mimeType: string): number {
  return 5 + 5 + 3 + Buffer.byteLength(mimeType);
}

const REFUSALS = {
  gap: [Status.BadRequest, "blob.gap"],
  "other-size": [Status.BadRequest, "blob.past-end"],
  "wrong-hash": [Status.BadRequest, "blob.hash"],
  quota: [Status.Forbidden, "blob.quota"],
} as const satisfies Record<string, readonly [Status, RuleSlug]>;

function accepted(progress: UploadProgress): { received: number; complete: boolean } {
  if (!("refused" in progress)) return progress;
  const [status, rule] = REFUSALS[progress.refused];
  throw new RpcError(status, rule);
}
