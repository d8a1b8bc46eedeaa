// Files of the SDK in a world (spec/client/content.md, Files).

import { createHash } from "node:crypto";
import type { ErrorClass, Json } from "../../adapter/protocol.ts";
import { bytesOf, type SdkReply } from "../../client/sdk.ts";
import { hex } from "../../hostile/world/state.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import type { Guest } from "../room.ts";

/** How a blob may be refused. */
export const BLOB: readonly ErrorClass[] = ["blob.hash", "local.invalid", "msg.decode"];
/** The case that must succeed beside a refusal. */
export const TWIN = "client-blob.file.honest";
/** What a blob has more than its file. */
export const OVERHEAD = 29;

/** Stored is a file that the SDK has uploaded. */
export interface Stored {
  readonly blobId: Uint8Array;
  readonly reference: Json;
}

/** puts has the SDK upload a file. Throws PrerequisiteFailed when the server has no blob of the name. */
export async function puts(
  { trial, world, alice }: Guest,
  file: Uint8Array | Json,
): Promise<Stored> {
  const bytes = file instanceof Uint8Array ? { hex: hex(file) } : file;
  const reply = trial.ok(await alice.ask("blob.put", { bytes }, 30_000), "blob.put");
  const { blob_id, key, size } = reply;
  const blobId = bytesOf(reply, "blob_id");
  if (!world.state.blobs.has(hex(blobId))) {
    throw new PrerequisiteFailed(`blob.put: the server has no blob ${hex(blobId)}`);
  }
  return { blobId, reference: { blob_id, key, size } };
}

/** gets has the SDK download it. */
export const gets = ({ alice }: Guest, { reference }: Stored): Promise<SdkReply> =>
  alice.ask("blob.get", reference, 30_000);

/** isFile checks that a reply holds the file, in full or as its hash. */
export function isFile({ trial }: Guest, reply: SdkReply, file: Uint8Array, id: string): void {
  const hash = createHash("sha256").update(file).digest("hex");
  const got = "ok" in reply ? (reply.ok.bytes as Json) : {};
  const isIt = got.sha256 === hash || (typeof got.hex === "string" && got.hex === hex(file));
  trial.check(id, isIt, {
    expected: `the file, SHA-256 ${hash}`,
    got: JSON.stringify(reply).slice(0, 200),
  });
}
