// What the cases of blobs share: contents that no other run has, chunks of them, ranges.

import { createHash } from "node:crypto";
import type { MessageShape } from "@bufbuild/protobuf";
import { BlobService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { sha256 } from "../bytes.ts";

const { uploadBlob, downloadBlob } = BlobService.method;

/** Length of the chunks that a case cuts when it does not care. */
export const PIECE = 1000;

/** Every field is reconstructed, so all cases of blobs sit under the flag (C-64). */
const WHEN = { blobs: ["on"], reconstructed: ["draft"] } as const;

/** blobCase is a case that needs accounts and blobs. */
export function blobCase(spec: Omit<CaseSpec, "features" | "when">): Case {
  return defineCase({ errata: ["C-64"], ...spec, features: ["auth", "blob"], when: WHEN });
}

export interface Content {
  readonly bytes: Uint8Array;
  readonly blobId: Uint8Array;
}

/** contentOf makes a content that only this user uploads, and only in this case. */
export function contentOf(t: Trial, { key }: User, length: number, label = "blob"): Content {
  const hash = createHash("shake256", { outputLength: length });
  return withId(hash.update(key).update(t.bytes(32, label)).digest());
}

/** withId names bytes by their hash. */
export function withId(bytes: Uint8Array): Content {
  return { bytes, blobId: sha256(bytes) };
}

/** ChunkParts are what a case puts wrong, or adds. */
export interface ChunkParts {
  readonly totalSize?: bigint;
  readonly offset?: bigint;
  readonly chunk?: Uint8Array;
  readonly mimeType?: string;
}

/** send uploads the chunk from one position to another, and answers what came back. */
export function send(
  user: User,
  { bytes, blobId }: Content,
  from: number,
  to: number,
  parts: ChunkParts = {},
): Promise<Answer<typeof uploadBlob.output>> {
  const totalSize = BigInt(bytes.length);
  const chunk = bytes.subarray(from, to);
  return user.call(uploadBlob, { blobId, totalSize, offset: BigInt(from), chunk, ...parts });
}

/** sendWhole uploads a content in one chunk. */
export function sendWhole(user: User, content: Content, parts: ChunkParts = {}) {
  return send(user, content, 0, content.bytes.length, parts);
}

/** put uploads all of a content, or up to a position, where a case needs it on its way. */
export async function put(user: User, content: Content, to = content.bytes.length): Promise<void> {
  for (let from = 0; from < to; from += PIECE) {
    demandOk(await send(user, content, from, Math.min(from + PIECE, to)), "UploadBlob");
  }
}

/** isHeld checks that so many bytes are held, and that the blob is complete with the last of them. */
export function isHeld(
  t: Trial,
  id: string,
  answer: Answer<typeof uploadBlob.output>,
  { bytes, blobId }: Content,
  received: number,
): void {
  const complete = received === bytes.length;
  const expected = { received, complete, blobId: complete ? blobId : new Uint8Array(0) };
  const got = answer.status === Status.Ok ? progressOf(answer.message()) : undefined;
  t.check(id, got === spellProgress(expected), {
    expected: spellProgress(expected),
    got: got ?? statusName(answer.status),
  });
}

function progressOf(answer: MessageShape<typeof uploadBlob.output>): string {
  return spellProgress({ ...answer, received: Number(answer.received) });
}

function spellProgress(progress: {
  readonly received: number;
  readonly complete: boolean;
  readonly blobId: Uint8Array;
}): string {
  const { received, complete, blobId } = progress;
  return `received ${received}, complete ${complete}, blob_id ${spell(blobId)}`;
}

/** range downloads from a position; length 0 asks for as much as fits. */
export function range(
  user: User,
  { blobId }: Content,
  offset: number | bigint = 0,
  length = 0,
): Promise<Answer<typeof downloadBlob.output>> {
  return user.call(downloadBlob, { blobId, offset: BigInt(offset), length });
}

/** holdsRange checks that an answer has these bytes of a content, and its total size. */
export function holdsRange(
  t: Trial,
  id: string,
  answer: Answer<typeof downloadBlob.output>,
  { bytes }: Content,
  from = 0,
  to = bytes.length,
): void {
  const spellRange = (chunk: Uint8Array, total: number | bigint) =>
    `${chunk.length} bytes ${spell(chunk)} of ${total}`;
  const wanted = bytes.subarray(from, to);
  const { chunk, totalSize } =
    answer.status === Status.Ok ? answer.message() : { chunk: undefined, totalSize: 0n };
  const holds =
    chunk !== undefined &&
    Buffer.compare(chunk, wanted) === 0 &&
    totalSize === BigInt(bytes.length);
  t.check(id, holds, {
    expected: spellRange(wanted, bytes.length),
    got: chunk === undefined ? statusName(answer.status) : spellRange(chunk, totalSize),
  });
}

/** isAbsent checks that a blob cannot be downloaded. */
export async function isAbsent(t: Trial, id: string, user: User, content: Content): Promise<void> {
  const { status } = await range(user, content);
  t.check(id, status === Status.NotFound, { expected: "NotFound", got: statusName(status) });
}
