// Contract of blobs: chunks in, ranges out, and what each account sees. Spec: services/blob.md; I-17.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { BlobBounds, BlobChunk } from "../stores/blobs.ts";
import type { Stores } from "../stores.ts";
import { type Backend, key, NOW, withStores } from "./harness.ts";

const LIFETIME = 1_000;
const BOUNDS: BlobBounds = { quota: 10_000, leastCost: 10, lifetime: LIFETIME };

const hello = Buffer.from("hello, blobs");

/** idOf is the blob_id of a content. */
export const idOf = (content: Uint8Array) =>
  new Uint8Array(createHash("sha256").update(content).digest());

/** chunkOf cuts a chunk out of a content; parts of it can be put wrong. */
export function chunkOf(
  content: Uint8Array,
  from: number,
  to: number,
  parts: Partial<BlobChunk> = {},
): BlobChunk {
  return {
    identityKey: key(1),
    blobId: idOf(content),
    totalSize: content.length,
    offset: from,
    bytes: content.subarray(from, to),
    mimeType: "text/plain",
    ...parts,
  };
}

/** read answers a range as text, or undefined. */
export async function read(
  { blobs }: Stores,
  content: Uint8Array,
  offset = 0,
  length = 1_000_000,
): Promise<string | undefined> {
  const range = await blobs.read(idOf(content), offset, () => length);
  if (range !== undefined) assert.equal(range.totalSize, content.length);
  return range && Buffer.from(range.bytes).toString();
}

export function blobsContract(backend: Backend): void {
  const put = ({ blobs }: Stores, chunk: BlobChunk, now = NOW, bounds = BOUNDS) =>
    blobs.upload(chunk, bounds, now);
  const held = (received: number) => ({ received, complete: false });
  const done = (content: Uint8Array) => ({ received: content.length, complete: true });

  describe("blobs", () => {
    test("chunk after chunk, then any range by anybody", () =>
      withStores(backend, async (stores) => {
        assert.deepEqual(await put(stores, chunkOf(hello, 0, 5)), held(5));
        assert.equal(await read(stores, hello), undefined);
        assert.deepEqual(await put(stores, chunkOf(hello, 5, 11)), held(11));
        assert.deepEqual(await put(stores, chunkOf(hello, 11, 12)), done(hello));
        assert.equal(await read(stores, hello), "hello, blobs");
        assert.equal(await read(stores, hello, 7, 3), "blo");
        assert.equal(await read(stores, hello, 10, 100), "bs");
        for (const end of [12, 13]) assert.equal(await read(stores, hello, end), "");
        const { mimeType } = (await stores.blobs.read(idOf(hello), 0, () => 1)) ?? {};
        assert.equal(mimeType, "text/plain");
      }));

    test("bytes that are held never change; gaps and another size are refused", () =>
      withStores(backend, async (stores) => {
        await put(stores, chunkOf(hello, 0, 5));
        const other = Buffer.from("HELLO, B");
        const overlap = chunkOf(hello, 0, 0, { bytes: other.subarray(0, 4) });
        assert.deepEqual(await put(stores, overlap), held(5));
        assert.deepEqual(await put(stores, chunkOf(hello, 6, 9)), { refused: "gap" });
        const shorter = chunkOf(hello, 5, 9, { totalSize: 11 });
        assert.deepEqual(await put(stores, shorter), { refused: "other-size" });
        const halfNew = { ...chunkOf(hello, 0, 12), bytes: Buffer.from("HELLO, blobs") };
        assert.deepEqual(await put(stores, halfNew), done(hello));
        assert.equal(await read(stores, hello), "hello, blobs");
        assert.deepEqual(await put(stores, chunkOf(hello, 3, 4)), done(hello));
        assert.deepEqual(await put(stores, shorter), { refused: "other-size" });
      }));

    test("a wrong hash ends the upload, and a new one may begin", () =>
      withStores(backend, async (stores) => {
        await put(stores, chunkOf(hello, 0, 5));
        const wrong = chunkOf(hello, 5, 12, { bytes: Buffer.from(", BLOBS") });
        assert.deepEqual(await put(stores, wrong), { refused: "wrong-hash" });
        assert.deepEqual(await put(stores, chunkOf(hello, 5, 12)), { refused: "gap" });
        assert.equal(await read(stores, hello), undefined);
        assert.deepEqual(await put(stores, chunkOf(hello, 0, 12)), done(hello));
      }));

    test("empty content is complete at once, if its hash is right", () =>
      withStores(backend, async (stores) => {
        const empty = new Uint8Array(0);
        const wrong = chunkOf(empty, 0, 0, { blobId: key(9) });
        assert.deepEqual(await put(stores, wrong), { refused: "wrong-hash" });
        assert.deepEqual(await put(stores, chunkOf(empty, 0, 0)), done(empty));
        assert.equal(await read(stores, empty), "");
      }));

    test("each account uploads for itself, and the first type stays", () =>
      withStores(backend, async (stores) => {
        const second = { identityKey: key(2), mimeType: "image/png" };
        await put(stores, chunkOf(hello, 0, 5));
        assert.deepEqual(await put(stores, chunkOf(hello, 5, 12, second)), { refused: "gap" });
        assert.deepEqual(await put(stores, chunkOf(hello, 0, 3, second)), held(3));
        assert.deepEqual(await put(stores, chunkOf(hello, 5, 12)), done(hello));
        assert.deepEqual(await put(stores, chunkOf(hello, 0, 4, second)), held(4));
        assert.deepEqual(await put(stores, chunkOf(hello, 4, 12, second)), done(hello));
        const { mimeType } = (await stores.blobs.read(idOf(hello), 0, () => 1)) ?? {};
        assert.equal(mimeType, "text/plain");
      }));

    test("the same chunks 50 times at once", () =>
      withStores(backend, async (stores) => {
        const first = Array.from({ length: 50 }, () => put(stores, chunkOf(hello, 0, 5)));
        for (const progress of await Promise.all(first)) assert.deepEqual(progress, held(5));
        const last = Array.from({ length: 50 }, () => put(stores, chunkOf(hello, 5, 12)));
        for (const progress of await Promise.all(last)) assert.deepEqual(progress, done(hello));
        assert.equal(await read(stores, hello), "hello, blobs");
      }));

    test("an upload that is too old begins anew, swept or not", () =>
      withStores(backend, async (stores) => {
        await put(stores, chunkOf(hello, 0, 5));
        const early = NOW + LIFETIME - 1;
        assert.deepEqual(await put(stores, chunkOf(hello, 5, 6), early), held(6));
        const late = NOW + LIFETIME;
        assert.deepEqual(await put(stores, chunkOf(hello, 6, 7), late), { refused: "gap" });
        assert.deepEqual(await put(stores, chunkOf(hello, 0, 3), late), held(3));
        assert.ok((await stores.sweep(late, 100)) > 0);
        assert.deepEqual(await put(stores, chunkOf(hello, 3, 4), late), held(4));
        assert.ok((await stores.sweep(late + LIFETIME, 100)) > 0);
        assert.equal(await stores.sweep(late + LIFETIME, 100), 0);
        assert.deepEqual(await put(stores, chunkOf(hello, 4, 12), late), { refused: "gap" });
      }));

    test("the quota counts whole sizes, begun and complete, also when all come at once", () =>
      withStores(backend, async (stores) => {
        const bounds = { ...BOUNDS, quota: 32 };
        const contents = ["one", "two", "three", "four", "five"].map((text) => Buffer.from(text));
        const outcomes = await Promise.all(
          contents.map((content) => put(stores, chunkOf(content, 0, 1), NOW, bounds)),
        );
        assert.equal(outcomes.filter((progress) => "refused" in progress).length, 2);
        const begun = contents.filter((_, n) => !("refused" in (outcomes[n] ?? {})));
        for (const content of begun) {
          assert.deepEqual(await put(stores, chunkOf(content, 1, 9), NOW, bounds), done(content));
        }
        const refused = await put(stores, chunkOf(hello, 0, 1), NOW, bounds);
        assert.deepEqual(refused, { refused: "quota" });
        const other = chunkOf(hello, 0, 1, { identityKey: key(2) });
        assert.deepEqual(await put(stores, other, NOW, bounds), held(1));
        const twice = chunkOf(hello, 0, 1, { identityKey: key(2), blobId: key(9), totalSize: 21 });
        assert.deepEqual(await put(stores, twice, NOW, bounds), { refused: "quota" });
      }));
  });
}
