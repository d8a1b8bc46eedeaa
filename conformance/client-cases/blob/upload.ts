// What a client uploads, and how (spec/services/blob.md, Clients).

import { createHash } from "node:crypto";
import { BlobService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { bytesOf } from "../../client/sdk.ts";
import { asked, lie, refuse } from "../../hostile/world/bends.ts";
import { hex, same } from "../../hostile/world/state.ts";
import { arrive, OPS } from "../room.ts";
import { BLOB, puts, TWIN } from "./stored.ts";

const { uploadBlob } = BlobService.method;

export const uploadCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-blob.upload.mime-type",
    rules: ["blob.clients-mime-type", "content.mime-type"],
    sends: "honest answers to a PNG file",
    expects: "application/octet-stream as mime_type of the upload",
    checks: ["type"],
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13);
      await puts(guest, png);
      const types = asked(guest.world, uploadBlob).map(({ mimeType }) => mimeType);
      const isPlain = types.every((type) => type === "application/octet-stream");
      trial.check("type", isPlain, { expected: "application/octet-stream", got: types.join() });
    },
  }),

  defineClientCase({
    id: "client-blob.upload.named-by-hash",
    rules: ["blob.blob-id", "blob.messages"],
    sends: "honest answers to an upload",
    expects: "SHA-256 of the blob as blob_id, and total_size the same on every chunk",
    checks: ["name", "size"],
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const { blobId } = await puts(guest, trial.bytes(200_000));
      const chunks = asked(guest.world, uploadBlob);
      const blob = guest.world.state.blobs.get(hex(blobId))?.bytes ?? new Uint8Array(0);
      const hash = createHash("sha256").update(blob).digest("hex");
      const isNamed = chunks.every((chunk) => hex(chunk.blobId) === hash);
      trial.check("name", isNamed, { expected: hash, got: hex(chunks[0]?.blobId ?? blob) });
      const sizes = new Set(chunks.map(({ totalSize }) => totalSize));
      trial.check("size", sizes.size === 1 && sizes.has(200_029n), {
        expected: "200029",
        got: [...sizes].join(),
      });
    },
  }),

  defineClientCase({
    id: "client-blob.upload.fresh-key",
    rules: ["content.attachment-key"],
    sends: "honest answers to the same file twice",
    expects: "two blobs under two keys",
    checks: ["different"],
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const file = trial.bytes(100);
      const [one, two] = [await puts(guest, file), await puts(guest, file)];
      const [first, second] = [bytesOf(one.reference, "key"), bytesOf(two.reference, "key")];
      trial.check("different", !same(first, second) && !same(one.blobId, two.blobId), {
        expected: "two keys and two blobs",
        got: `${hex(first)}, ${hex(second)}`,
      });
    },
  }),

  defineClientCase({
    id: "client-blob.upload.resumed",
    rules: ["blob.clients-resume"],
    sends: "a server that holds 150,000 bytes more of the blob than the first chunk has brought",
    expects: "the next chunk from there on",
    checks: ["offset"],
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      let isFirst = true;
      let held = 0n;
      lie(guest.world, uploadBlob, async ({ request, honest }) => {
        if (!isFirst)
          return { received: request.totalSize, complete: true, blobId: request.blobId };
        isFirst = false;
        const answer = await honest();
        if (answer.complete) return answer;
        held = answer.received + 150_000n;
        return { received: held };
      });
      await guest.alice.ask("blob.put", { bytes: { hex: hex(trial.bytes(900_000)) } }, 30_000);
      const offsets = asked(guest.world, uploadBlob).map(({ offset }) => offset);
      // An SDK whose first chunk is the whole blob has nothing to go on with.
      const isResumed = held === 0n ? offsets.length > 0 : offsets[1] === held;
      trial.check("offset", isResumed, { expected: `offset ${held}`, got: offsets.join() });
    },
  }),

  defineClientCase({
    id: "client-blob.upload.other-id",
    rules: ["blob.hash"],
    sends: "complete = true under another blob_id",
    expects: "an error, and an upload that succeeds when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    severity: "SHOULD",
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const undo = lie(guest.world, uploadBlob, async ({ honest }) => {
        const answer = await honest();
        return { ...answer, blobId: trial.bytes(32, "another") };
      });
      const bytes = { hex: hex(trial.bytes(100, "file")) };
      trial.refused(await guest.alice.ask("blob.put", { bytes }), BLOB);
      undo();
      const again = await guest.alice.ask("blob.put", { bytes });
      trial.check("honest-afterwards", "ok" in again, {
        expected: "ok",
        got: JSON.stringify(again),
      });
    },
  }),

  defineClientCase({
    id: "client-blob.upload.refused",
    rules: ["status.forbidden", "blob.quota"],
    sends: "Forbidden in answer to an upload",
    expects: "err local.invalid, and an upload that succeeds when the server takes it",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const undo = refuse(guest.world, uploadBlob, Status.Forbidden);
      const bytes = { hex: hex(trial.bytes(100)) };
      trial.refused(await guest.alice.ask("blob.put", { bytes }), "local.invalid");
      undo();
      const again = await guest.alice.ask("blob.put", { bytes });
      trial.check("honest-afterwards", "ok" in again, {
        expected: "ok",
        got: JSON.stringify(again),
      });
    },
  }),
];
