// Messages of 600 and 601. Spec: services/blob.md.

import type { MessageVector, VectorFile } from "../format.ts";
import {
  bool,
  bytes,
  type Message,
  messageFile,
  messageVectors,
  requestVectors,
  text,
  uint32,
  uint64,
} from "./message-vectors.ts";

// SHA-256 of "hello".
const BLOB = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

// 600
const uploadBlobRequest: Message = {
  name: "UploadBlobRequest",
  fields: [
    bytes(1, "blob_id", BLOB),
    uint64(2, "total_size", 5n),
    uint64(3, "offset", 3n),
    bytes(4, "chunk", "6c6f"),
    text(5, "mime_type", "text/plain"),
  ],
};
const uploadBlobResponse: Message = {
  name: "UploadBlobResponse",
  fields: [bytes(1, "blob_id", BLOB), uint64(2, "received", 5n), bool(3, "complete")],
};

// 601
const downloadBlobRequest: Message = {
  name: "DownloadBlobRequest",
  fields: [bytes(1, "blob_id", BLOB), uint64(2, "offset", 3n), uint32(3, "length", 2)],
};
const downloadBlobResponse: Message = {
  name: "DownloadBlobResponse",
  fields: [
    bytes(1, "chunk", "6c6f"),
    uint64(2, "total_size", 5n),
    text(3, "mime_type", "text/plain"),
  ],
};

/** blobMessages is messages/blob.json. */
export function blobMessages(): VectorFile<MessageVector> {
  return messageFile("blob", [
    requestVectors(uploadBlobRequest),
    messageVectors(uploadBlobResponse),
    requestVectors(downloadBlobRequest),
    messageVectors(downloadBlobResponse),
  ]);
}
