// Blobs: bounds of every field, ranges, and answers that fit a frame. Spec: services/blob.md; C-64, I-17.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { BlobService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type HostUser, openHost, refused } from "./contract/host.ts";

const { uploadBlob, downloadBlob } = BlobService.method;
const MAX = 2n ** 64n - 1n;
const SIZE = BigInt(LIMITS.blobSize.value);

const hello = Buffer.from("hello");
const idOf = (content: Uint8Array) => createHash("sha256").update(content).digest();

async function open(t: TestContext) {
  const host = await openHost(t);
  return { host, alice: await host.user(1), bob: await host.user(2) };
}

/** upload sends all of a content in one chunk. */
const upload = (user: HostUser, content: Uint8Array, mimeType = "") =>
  user.call(uploadBlob, {
    blobId: idOf(content),
    totalSize: BigInt(content.length),
    chunk: content,
    mimeType,
  });

test("one chunk is a blob, which anybody may download", async (t) => {
  const { alice, bob } = await open(t);
  const { blobId, received, complete } = await upload(alice, hello, "text/plain");
  assert.deepEqual([Buffer.from(blobId), received, complete], [idOf(hello), 5n, true]);
  const { chunk, totalSize, mimeType } = await bob.call(downloadBlob, { blobId });
  assert.deepEqual([Buffer.from(chunk), totalSize, mimeType], [hello, 5n, "text/plain"]);
});

test("blob_id is empty until the blob is complete", async (t) => {
  const { alice, bob } = await open(t);
  const part = { blobId: idOf(hello), totalSize: 5n };
  const first = await alice.call(uploadBlob, { ...part, chunk: hello.subarray(0, 2) });
  assert.deepEqual([first.blobId.length, first.received, first.complete], [0, 2n, false]);
  await refused(bob.call(downloadBlob, part), Status.NotFound, "blob.unknown");
  const last = await alice.call(uploadBlob, { ...part, offset: 2n, chunk: hello.subarray(2) });
  assert.deepEqual([last.received, last.complete], [5n, true]);
});

test("sizes and offsets are unsigned 64-bit numbers, and none of them overflows", async (t) => {
  const { alice } = await open(t);
  const blobId = idOf(hello);
  const send = (totalSize: bigint, offset: bigint, chunk: Uint8Array = hello) =>
    alice.call(uploadBlob, { blobId, totalSize, offset, chunk });
  for (const tooLarge of [SIZE + 1n, 2n ** 53n, MAX]) {
    await refused(send(tooLarge, 0n), Status.BadRequest, "blob.size");
  }
  for (const offset of [1n, 5n, SIZE, MAX - 4n, MAX]) {
    await refused(send(5n, offset), Status.BadRequest, "blob.past-end");
  }
  await refused(send(4n, 0n), Status.BadRequest, "blob.past-end");
  await refused(send(0n, 0n), Status.BadRequest, "blob.past-end");
  await refused(send(0n, MAX, new Uint8Array(0)), Status.BadRequest, "blob.past-end");
  await refused(send(5n, 0n, new Uint8Array(0)), Status.BadRequest, "blob.empty");
  await refused(send(6n, 1n), Status.BadRequest, "blob.gap");
  assert.equal((await send(SIZE, 0n)).received, 5n);
  await refused(send(SIZE - 1n, 0n), Status.BadRequest, "blob.past-end");
});

test("a type has at most 255 bytes of UTF-8", async (t) => {
  const { alice } = await open(t);
  const long = "é".repeat(127);
  await refused(upload(alice, hello, `${long}xx`), Status.BadRequest, "blob.mime-size");
  await upload(alice, hello, `${long}x`);
  const { mimeType } = await alice.call(downloadBlob, { blobId: idOf(hello) });
  assert.equal(mimeType, `${long}x`);
});

test("ranges end with the blob, and begin no later", async (t) => {
  const { alice } = await open(t);
  await upload(alice, hello);
  const range = async (offset: bigint, length = 0) => {
    const { chunk } = await alice.call(downloadBlob, { blobId: idOf(hello), offset, length });
    return Buffer.from(chunk).toString();
  };
  assert.deepEqual(
    [await range(0n), await range(1n, 3), await range(3n, 2 ** 32 - 1), await range(5n)],
    ["hello", "ell", "lo", ""],
  );
  for (const beyond of [6n, SIZE + 1n, 2n ** 53n + 1n, MAX]) {
    await refused(range(beyond), Status.BadRequest, "blob.range");
  }
});

test("an answer is as large as a frame, and no larger, whatever the type is", async (t) => {
  const { alice } = await open(t);
  for (const mimeType of ["", "x".repeat(255)]) {
    const content = Buffer.alloc(LIMITS.framePayload.value + 100, `type ${mimeType}`);
    const part = { blobId: idOf(content), totalSize: BigInt(content.length), mimeType };
    await alice.call(uploadBlob, { ...part, chunk: content.subarray(0, 200) });
    const rest = { offset: 200n, chunk: content.subarray(200) };
    await alice.call(uploadBlob, { ...part, ...rest });
    for (const length of [0, content.length]) {
      const { chunk } = await alice.call(downloadBlob, { blobId: part.blobId, length });
      assert.ok(chunk.length > LIMITS.framePayload.value - 300, `${chunk.length}`);
      assert.deepEqual(Buffer.from(chunk), content.subarray(0, chunk.length));
    }
  }
});

test("an account has room for 20 uploads of 50 MiB, however little has arrived of them", async (t) => {
  const host = await openHost(t, { sessionMs: 2 * LIMITS.blobUpload.value });
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const begin = (user: HostUser, n: number) =>
    user.call(uploadBlob, { blobId: Buffer.alloc(32, n), totalSize: SIZE, chunk: hello });
  await Promise.all(Array.from({ length: 20 }, (_, n) => begin(alice, n)));
  await refused(begin(alice, 20), Status.Forbidden, "blob.quota");
  await begin(bob, 20);
  host.clock.advance(LIMITS.blobUpload.value);
  await begin(alice, 20);
});
