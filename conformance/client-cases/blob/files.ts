// Files as encrypted blobs (spec/client/content.md, Files).

import { openAttachment } from "../../../src/crypto/client/attachment.ts";
import { BlobService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { bytesOf } from "../../client/sdk.ts";
import { asked, lie } from "../../hostile/world/bends.ts";
import { hex, same } from "../../hostile/world/state.ts";
import { arrive, OPS } from "../room.ts";
import { gets, isFile, OVERHEAD, puts, type Stored, TWIN } from "./stored.ts";

const { uploadBlob, downloadBlob } = BlobService.method;

const SIZES = [0, 1, 1000, 70_000] as const;

const honest = SIZES.map((size) =>
  defineClientCase({
    id: size === 1000 ? TWIN : `client-blob.file.${size}-bytes`,
    rules: ["content.attachment"],
    sends: `honest answers to a file of ${size} bytes`,
    expects: "a blob of 29 bytes more that its key opens, and the file back",
    checks: ["blob", "answer"],
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const file = trial.bytes(Math.max(size, 1)).slice(0, size);
      const stored = await puts(guest, file);
      const blob = guest.world.state.blobs.get(hex(stored.blobId))?.bytes ?? new Uint8Array(0);
      const got = opened(blob, stored);
      const isGood = blob.length === size + OVERHEAD && got !== undefined && same(got, file);
      trial.check("blob", isGood, {
        expected: `a blob of ${size + OVERHEAD} bytes that opens`,
        got: `${blob.length} bytes, ${got ? "opens" : "does not open"}`,
      });
      isFile(guest, await gets(guest, stored), file, "answer");
    },
  }),
);

function opened(blob: Uint8Array, { blobId, reference }: Stored): Uint8Array | undefined {
  try {
    return openAttachment(blob, { blobId, key: bytesOf(reference, "key") });
  } catch {
    return undefined;
  }
}

export const filesCases: readonly ClientCase[] = [
  ...honest,

  defineClientCase({
    id: "client-blob.file.several-chunks",
    rules: ["blob.upload", "blob.download"],
    sends: "honest answers to a file of 5,000,000 bytes, handed out 700,000 at a time",
    expects: "chunks without a gap, and the file back",
    checks: ["chunks", "answer"],
    ops: OPS.blob,
    ms: 60_000,
    async run(trial) {
      const guest = await arrive(trial);
      const stored = await puts(guest, { fill: 5_000_000, byte: 7 });
      let end = 0n;
      let isWhole = true;
      for (const { offset, chunk } of asked(guest.world, uploadBlob)) {
        isWhole &&= offset <= end;
        end = offset + BigInt(chunk.length);
      }
      trial.check("chunks", isWhole && end === 5_000_029n, {
        expected: "5000029 bytes without a gap",
        got: `${end} bytes`,
      });
      lie(guest.world, downloadBlob, async ({ honest }) => {
        const answer = await honest();
        return { ...answer, chunk: answer.chunk.subarray(0, 700_000) };
      });
      const file = new Uint8Array(5_000_000).fill(7);
      isFile(guest, await gets(guest, stored), file, "answer");
    },
  }),
];
