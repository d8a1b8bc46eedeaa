// Files to the reference server and back, and from servers and senders that lie about them.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import { ATTACHMENT_OVERHEAD_BYTES, MOST_FILE_BYTES } from "../crypto/client/attachment.ts";
import { BlobService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { createClient } from "./client.ts";
import { flipped, lying, recording, startReference } from "./contract/reference.ts";
import { downloadFile, sealFile, uploadFile } from "./files.ts";

const { uploadBlob, downloadBlob } = BlobService.method;
const HELLO = Buffer.from("%PDF-1.7 hello");

test("a file comes back as it was, under its name and type [blob.clients-verify]", async (t) => {
  const { alice, bob } = await world(t);
  const sealed = sealFile(HELLO, "hello.pdf");
  const { reference } = sealed;
  assert.deepEqual(
    [reference.size, reference.name, reference.mimeType],
    [14n, "hello.pdf", "application/pdf"],
  );
  await uploadFile(alice, sealed);
  assert.deepEqual(Buffer.from(await downloadFile(bob, reference)), HELLO);
});

test("an empty file is a file", async (t) => {
  const { alice, bob } = await world(t);
  const sealed = sealFile(new Uint8Array(0), "nothing");
  await uploadFile(alice, sealed);
  assert.equal((await downloadFile(bob, sealed.reference)).length, 0);
});

test("the server sees neither name nor type nor content", async (t) => {
  const { alice } = await world(t);
  const sealed = sealFile(HELLO, "hello.pdf");
  await uploadFile(alice, sealed);
  const { blobId } = sealed.reference;
  const { chunk, mimeType } = await createClient(BlobService, alice.caller).downloadBlob({
    blobId,
  });
  assert.equal(mimeType, "application/octet-stream");
  assert.ok(!Buffer.from(chunk).includes("hello"));
});

test("a large file goes in chunks, and says how far it is", async (t) => {
  const { alice, bob } = await world(t);
  const file = randomBytes(9_000_000);
  const sealed = sealFile(file, "noise");
  const total = file.length + ATTACHMENT_OVERHEAD_BYTES;
  const done: number[] = [];
  const onProgress = (bytes: number, of: number) => {
    assert.equal(of, total);
    done.push(bytes);
  };
  await uploadFile(alice, sealed, { onProgress });
  assert.deepEqual(done, [65_536, 4_065_536, 8_065_536, total]);
  done.length = 0;
  const back = await downloadFile(bob, sealed.reference, { onProgress });
  assert.ok(file.equals(back));
  assert.equal(done.length, 3);
  assert.equal(done.at(-1), total);
});

test("an upload that broke off goes on where it was", async (t) => {
  const { alice } = await world(t);
  const sealed = sealFile(randomBytes(9_000_000), "noise");
  const breaking = breakingAfter(alice.caller, 3);
  await assert.rejects(uploadFile({ ...alice, caller: breaking }, sealed), /broke/);

  const { caller, methods } = recording(alice.caller);
  const done: number[] = [];
  await uploadFile({ ...alice, caller }, sealed, { onProgress: (bytes) => done.push(bytes) });
  assert.deepEqual(done, [8_065_536, 9_000_029]);
  assert.equal(methods.length, 2);
  // All of it is there: one small chunk says so.
  methods.length = 0;
  await uploadFile({ ...alice, caller }, sealed);
  assert.equal(methods.length, 1);
});

test("an upload is abandoned by its signal", async (t) => {
  const { alice } = await world(t);
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error("enough"));
  const uploading = uploadFile(alice, sealFile(randomBytes(200_000), "noise"), {
    signal: stop.signal,
    onProgress,
  });
  await assert.rejects(uploading, /enough/);
});

test("an upload that the server took for something else is a fault", async (t) => {
  const { alice } = await world(t);
  type Answer = Parameters<Parameters<typeof lying<typeof uploadBlob.output>>[2]>[0];
  const lies: Record<string, (answer: Answer, call: number) => Partial<Answer>> = {
    "another name": ({ blobId }) => ({ blobId: blobId.length > 0 ? flipped(blobId) : blobId }),
    "no name": () => ({ blobId: new Uint8Array(0) }),
    "fewer bytes": ({ received }) => ({ received: received - 1n }),
    "no bytes, for ever": () => ({ received: 0n }),
    "more bytes than there are": () => ({ received: 200_030n }),
    "complete too early": () => ({ complete: true }),
    "never complete": () => ({ complete: false }),
  };
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const sealed = sealFile(randomBytes(200_000), "noise");
      const caller = lying(alice.caller, uploadBlob, lie);
      await assertMismatch(uploadFile({ ...alice, caller }, sealed));
      await uploadFile(alice, sealed);
    });
  }
});

test("a blob that is another, or of another size, is refused", async (t) => {
  const { alice, bob } = await world(t);
  const sealed = sealFile(HELLO, "hello.pdf");
  const other = sealFile(Buffer.from("%PDF-1.7 olleh"), "other.pdf");
  for (const each of [sealed, other]) await uploadFile(alice, each);
  const { reference } = sealed;
  type Answer = Parameters<Parameters<typeof lying<typeof downloadBlob.output>>[2]>[0];
  const lies: Record<string, (answer: Answer) => Partial<Answer>> = {
    "a flipped byte": ({ chunk }) => ({ chunk: flipped(chunk, 20) }),
    "another blob": () => ({ chunk: other.blob }),
    "a byte less": ({ chunk }) => ({ chunk: chunk.subarray(1), totalSize: 42n }),
    "a byte more": ({ chunk }) => ({ chunk: Buffer.concat([chunk, Uint8Array.of(0)]) }),
    "a larger size": ({ totalSize }) => ({ totalSize: totalSize + 1n }),
    "a size of 2^63": () => ({ totalSize: 2n ** 63n }),
    "nothing, for ever": () => ({ chunk: new Uint8Array(0) }),
  };
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const caller = lying(bob.caller, downloadBlob, lie);
      await assertMismatch(downloadFile({ ...bob, caller }, reference));
    });
  }
  await t.test("another key", async () => {
    await assertMismatch(downloadFile(bob, { ...reference, key: other.reference.key }));
  });
  await t.test("the name of another blob", async () => {
    await assertMismatch(downloadFile(bob, { ...reference, blobId: other.reference.blobId }));
  });
  await downloadFile(bob, reference);
});

test("a blob byte by byte is refused after so many chunks", async (t) => {
  const { alice, bob } = await world(t);
  const [small, large] = [971, 972].map((size) => sealFile(randomBytes(size), "noise"));
  for (const sealed of [small, large]) await uploadFile(alice, sealed ?? assert.fail());
  const crumbs = lying(bob.caller, downloadBlob, ({ chunk }) => ({ chunk: chunk.subarray(0, 1) }));
  const { caller, methods } = recording(crumbs);
  const download = (sealed = small) =>
    downloadFile({ ...bob, caller }, sealed?.reference ?? assert.fail());
  assert.equal((await download()).length, 971);
  assert.equal(methods.length, 1000);
  await assertMismatch(download(large));
  assert.equal(methods.length, 2000);
});

test("a download is abandoned by its signal between two chunks", async (t) => {
  const { alice, bob } = await world(t);
  const sealed = sealFile(HELLO, "hello.pdf");
  await uploadFile(alice, sealed);
  const crumbs = lying(bob.caller, downloadBlob, ({ chunk }) => ({ chunk: chunk.subarray(0, 1) }));
  const { caller, methods } = recording(crumbs);
  const deaf: Caller = { ...caller, call: (methodId, payload) => caller.call(methodId, payload) };
  const stop = new AbortController();
  const downloading = downloadFile({ ...bob, caller: deaf }, sealed.reference, {
    signal: stop.signal,
    onProgress: (done) => done === 3 && stop.abort(new Error("enough")),
  });
  await assert.rejects(downloading, /enough/);
  assert.equal(methods.length, 3);
});

test("a size that was made up allocates nothing", async (t) => {
  const { alice, bob } = await world(t);
  const sealed = sealFile(HELLO, "hello.pdf");
  await uploadFile(alice, sealed);
  const { caller, methods } = recording(bob.caller);
  const claim = (size: bigint) => downloadFile({ ...bob, caller }, { ...sealed.reference, size });
  await assertMismatch(claim(BigInt(MOST_FILE_BYTES) + 1n));
  await assertMismatch(claim(2n ** 64n - 1n));
  assert.deepEqual(methods, []);
  await assertMismatch(claim(BigInt(MOST_FILE_BYTES)));
  assert.deepEqual(methods, [601]);
});

test("a blob that is not there is the server's own refusal", async (t) => {
  const { bob } = await world(t);
  const { reference } = sealFile(HELLO, "hello.pdf");
  await assert.rejects(downloadFile(bob, reference), {
    name: "CallError",
    status: Status.NotFound,
  });
});

test("a file larger than a blob is refused before it is encrypted", () => {
  const large = new Uint8Array(LIMITS.blobSize.value - ATTACHMENT_OVERHEAD_BYTES + 1);
  assert.throws(() => sealFile(large, "large"), { name: "AttachmentError", fault: "size" });
});

async function world(t: TestContext) {
  const reference = await startReference(t);
  return { alice: await reference.signUp("alice"), bob: await reference.signUp("bob") };
}

async function assertMismatch(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, { name: "ClientFault", fault: "blob-mismatch" });
}

/** breakingAfter loses the answer to the call with this number, from 1. */
function breakingAfter(caller: Caller, number: number): Caller {
  let calls = 0;
  return {
    ...caller,
    async call(methodId, payload, signal) {
      const reply = await caller.call(methodId, payload, signal);
      calls += 1;
      if (calls === number) throw new Error("the connection broke");
      return reply;
    },
  };
}
