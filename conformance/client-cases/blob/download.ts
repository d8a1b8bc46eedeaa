// Blobs that a server hands out instead of the right one (spec/services/blob.md, Clients).

import { BlobService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { flipped, lie, refuse } from "../../hostile/world/bends.ts";
import { hex } from "../../hostile/world/state.ts";
import { arrive, OPS } from "../room.ts";
import { BLOB, gets, isFile, puts, TWIN } from "./stored.ts";

const { downloadBlob } = BlobService.method;

interface Download {
  readonly chunk: Uint8Array;
  readonly totalSize: bigint;
  readonly mimeType: string;
}

const HASH = "content.attachment-hash";

interface Lie {
  readonly id: string;
  readonly rule: RuleSlug;
  readonly sends: string;
  tell(honest: Download, offset: number): Partial<Download>;
}

const LIES: readonly Lie[] = [
  {
    id: "first-bit",
    rule: HASH,
    sends: "the version byte changed",
    tell: (honest) => ({ ...honest, chunk: flipped(honest.chunk, 0) }),
  },
  {
    id: "nonce",
    rule: HASH,
    sends: "one bit of the nonce changed",
    tell: (honest) => ({ ...honest, chunk: flipped(honest.chunk, 1) }),
  },
  {
    id: "middle",
    rule: HASH,
    sends: "one bit in the middle changed",
    tell: (honest) => ({ ...honest, chunk: flipped(honest.chunk, 500) }),
  },
  {
    id: "last-bit",
    rule: HASH,
    sends: "the last bit changed",
    tell: (honest) => ({ ...honest, chunk: flipped(honest.chunk, -1) }),
  },
  {
    id: "size-one-less",
    rule: "blob.clients-bound",
    sends: "a total_size one less",
    tell: (honest) => ({ ...honest, totalSize: honest.totalSize - 1n }),
  },
  {
    id: "size-one-more",
    rule: "content.attachment-size",
    sends: "a total_size one more",
    tell: (honest) => ({ ...honest, totalSize: honest.totalSize + 1n }),
  },
  {
    id: "size-huge",
    rule: "blob.clients-bound",
    sends: "a total_size of 2^63",
    tell: (honest) => ({ ...honest, totalSize: 2n ** 63n }),
  },
  {
    id: "size-zero",
    rule: "blob.clients-bound",
    sends: "a total_size of 0",
    tell: (honest) => ({ ...honest, totalSize: 0n }),
  },
  {
    id: "empty-chunk",
    rule: "blob.clients-bound",
    sends: "an empty chunk before the end",
    tell: (honest) => ({ ...honest, chunk: new Uint8Array(0) }),
  },
  {
    id: "chunk-beyond-end",
    rule: "blob.clients-bound",
    sends: "a chunk that goes one byte beyond the end",
    tell: (honest) => ({ ...honest, chunk: new Uint8Array([...honest.chunk, 0]) }),
  },
  {
    id: "zeros",
    rule: HASH,
    sends: "as many zero bytes",
    tell: (honest) => ({ ...honest, chunk: new Uint8Array(honest.chunk.length) }),
  },
  {
    id: "second-half-other",
    rule: HASH,
    sends: "its first half, and then as many equal bytes as are missing",
    tell(honest, offset) {
      const half = Number(honest.totalSize) >> 1;
      if (offset === 0) return { ...honest, chunk: honest.chunk.slice(0, half) };
      return { ...honest, chunk: new Uint8Array(honest.chunk.length).fill(honest.chunk[0] ?? 0) };
    },
  },
];

const lies = LIES.map(({ id, rule, sends, tell }) =>
  defineClientCase({
    id: `client-blob.download.${id}`,
    rules: rule === HASH ? [HASH, "blob.clients-verify"] : [rule],
    sends: `a blob with ${sends}`,
    expects: "err blob.hash, and the file when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const file = trial.bytes(1000);
      const stored = await puts(guest, file);
      const undo = lie(guest.world, downloadBlob, async ({ request, honest }) =>
        tell(await honest(), Number(request.offset)),
      );
      trial.refused(await gets(guest, stored), BLOB);
      undo();
      isFile(guest, await gets(guest, stored), file, "honest-afterwards");
    },
  }),
);

export const downloadCases: readonly ClientCase[] = [
  ...lies,

  defineClientCase({
    id: "client-blob.download.not-found",
    rules: ["blob.unknown"],
    sends: "NotFound for a blob",
    expects: "err local.invalid, and the file when it is back",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const file = trial.bytes(1000);
      const stored = await puts(guest, file);
      const undo = refuse(guest.world, downloadBlob, Status.NotFound);
      trial.refused(await gets(guest, stored), ["local.invalid", "blob.hash"]);
      undo();
      isFile(guest, await gets(guest, stored), file, "honest-afterwards");
    },
  }),

  defineClientCase({
    id: "client-blob.download.of-another-file",
    rules: ["content.attachment-hash"],
    sends: "a whole other blob of the same size, which its own key would open",
    expects: "err blob.hash, and the file when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const file = trial.bytes(1000);
      const stored = await puts(guest, file);
      const other = await puts(guest, trial.bytes(1000));
      const blob = guest.world.state.blobs.get(hex(other.blobId));
      const undo = lie(guest.world, downloadBlob, () => ({
        chunk: blob?.bytes ?? new Uint8Array(0),
        totalSize: 1029n,
        mimeType: "application/octet-stream",
      }));
      trial.refused(await gets(guest, stored), BLOB);
      undo();
      isFile(guest, await gets(guest, stored), file, "honest-afterwards");
    },
  }),

  defineClientCase({
    id: "client-blob.download.wrong-key",
    rules: ["content.attachment"],
    sends: "the honest blob to a user who has another key for it",
    expects: "an error",
    checks: ["answer"],
    twin: TWIN,
    ops: OPS.blob,
    async run(trial) {
      const guest = await arrive(trial);
      const stored = await puts(guest, trial.bytes(1000));
      const key = { hex: hex(trial.bytes(32, "another key")) };
      const reply = await guest.alice.ask("blob.get", { ...stored.reference, key });
      trial.refused(reply, ["blob.hash", "local.invalid", "hybrid.auth"]);
    },
  }),
];
