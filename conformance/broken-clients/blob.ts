// Mutants of how the client passes files on (spec/services/blob.md, spec/client/content.md).

import type { Mutant } from "../broken/mutant.ts";

const FILES = "src/client/files.ts";

export const BLOB_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-blob.size.any",
    file: FILES,
    find: "demand(answer.totalSize === BigInt(total),",
    replace: "demand(answer.totalSize >= 0n,",
    kills: [
      "client-blob.download.size-one-less",
      "client-blob.download.size-one-more",
      "client-blob.download.size-huge",
      "client-blob.download.size-zero",
    ],
  },
  {
    id: "client-blob.type.told",
    file: FILES,
    find: "mimeType: UNKNOWN_MIME_TYPE,",
    replace: 'mimeType: "image/png",',
    kills: ["client-blob.upload.mime-type"],
  },
  {
    id: "client-blob.upload.never-resumed",
    file: FILES,
    find: "received = Number(answer.received);",
    replace: "received = end;",
    kills: ["client-blob.upload.resumed"],
  },
  {
    id: "client-blob.upload.any-id",
    file: FILES,
    find: "if (complete) return demandBlobId(answer.blobId, blobId);",
    replace: "if (complete) return demandBlobId(blobId, blobId);",
    kills: ["client-blob.upload.other-id"],
  },
  {
    id: "client-blob.download.from-the-start",
    file: FILES,
    find: "await blobs.downloadBlob({ blobId, offset: BigInt(held) }, options);",
    replace: "await blobs.downloadBlob({ blobId, offset: 0n }, options);",
    kills: ["client-blob.file.several-chunks"],
  },
  {
    id: "client-blob.key.one-for-all",
    file: "src/crypto/client/attachment.ts",
    find: "key = backend.randomBytes(AEAD_KEY_BYTES),",
    replace: "key = new Uint8Array(AEAD_KEY_BYTES).fill(7),",
    kills: ["client-blob.upload.fresh-key"],
  },
  {
    id: "client-blob.file.in-the-open",
    file: "src/crypto/client/attachment.ts",
    find: "const file = backend.chacha20Poly1305.open({ key, nonce, aad: VERSION_BYTES }, box);",
    replace: "const file = box.subarray(0, box.length - 16);",
    kills: [
      "client-blob.file.honest",
      "client-blob.file.70000-bytes",
      "client-blob.download.wrong-key",
    ],
  },
  {
    id: "client-blob.file.any-blob",
    file: "src/crypto/client/attachment.ts",
    find: "if (!file) throw",
    replace: "if (!file) return box.subarray(16);\nif (!file) throw",
    kills: ["client-blob.download.wrong-key"],
  },
  {
    id: "client-blob.faults.swallowed",
    file: FILES,
    find: "if (!(cause instanceof AttachmentError)) throw cause;",
    replace: "if (cause instanceof AttachmentError) return blob;",
    kills: [
      "client-blob.download.first-bit",
      "client-blob.download.nonce",
      "client-blob.download.middle",
      "client-blob.download.last-bit",
      "client-blob.download.zeros",
      "client-blob.download.second-half-other",
      "client-blob.download.of-another-file",
      "client-blob.download.wrong-key",
    ],
  },
];
