import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeRequest, FrameError, REQUEST, type RequestHeader } from "./frame.ts";
import { decodeFrame, readFrame } from "./reader.ts";

const FRAME = encodeRequest(200, 7, Buffer.from("hello"));

test("a frame is the same however it was cut into chunks, empty ones included", async () => {
  const cuts = fc.array(fc.nat(FRAME.length), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const bounds = [0, ...places.sort((a, b) => a - b), FRAME.length];
      const chunks = bounds.slice(1).map((end, index) => FRAME.subarray(bounds[index], end));
      const frame = await readFrame(stream(chunks), REQUEST);
      assert.equal(frame.requestId, 7);
      assert.equal(Buffer.from(frame.payload).toString(), "hello");
    }),
  );
});

const REFUSED = [
  ["nothing", [], "framing.truncated-header"],
  ["nine of ten header bytes", [FRAME.subarray(0, 9)], "framing.truncated-header"],
  ["a header alone", [FRAME.subarray(0, 10)], "framing.truncated-payload"],
  ["all but the last byte", [FRAME.subarray(0, -1)], "framing.truncated-payload"],
  ["one byte more", [FRAME, Buffer.of(0)], "framing.trailing-bytes"],
  ["a second frame", [FRAME, FRAME], "framing.trailing-bytes"],
  ["4 MiB and a byte announced", [oversizeHeader()], "framing.payload-too-large"],
] as const;

for (const [what, chunks, rule] of REFUSED) {
  test(`${what}: ${rule}`, async () => {
    const breaks = (error: unknown) => error instanceof FrameError && error.rule === rule;
    await assert.rejects(readFrame(stream(chunks), REQUEST), breaks);
    assert.throws(() => decodeFrame(Buffer.concat(chunks), REQUEST), breaks);
  });
}

test("an oversize length is refused before the payload is waited for", async () => {
  let asked = 0;
  const endless: AsyncIterator<Uint8Array> = {
    next() {
      asked += 1;
      if (asked > 1) return new Promise(() => {});
      return Promise.resolve({ done: false, value: oversizeHeader() });
    },
  };
  const headers: RequestHeader[] = [];
  await assert.rejects(
    readFrame(endless, REQUEST, (header) => headers.push(header)),
    FrameError,
  );
  assert.equal(asked, 1);
  assert.equal(headers[0]?.requestId, 9);
});

test("the header is told before the payload is there, and once", async () => {
  const payloadAsked = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const chunks = [FRAME.subarray(0, 4), FRAME.subarray(4, 12)];
  const slow: AsyncIterator<Uint8Array> = {
    next() {
      const value = chunks.shift();
      return value ? Promise.resolve({ done: false, value }) : payloadAsked.promise;
    },
  };
  const headers: RequestHeader[] = [];
  const reading = readFrame(slow, REQUEST, (header) => headers.push(header));
  await new Promise(setImmediate);
  assert.deepEqual(headers, [{ methodId: 200, requestId: 7, payloadLength: 5 }]);
  payloadAsked.resolve({ done: true, value: undefined });
  await assert.rejects(reading, FrameError);
  assert.equal(headers.length, 1);
});

test("a whole frame is not answered before FIN", async () => {
  const fin = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const chunks = [FRAME];
  const open: AsyncIterator<Uint8Array> = {
    next() {
      const value = chunks.shift();
      return value ? Promise.resolve({ done: false, value }) : fin.promise;
    },
  };
  let read = false;
  const reading = readFrame(open, REQUEST).then(() => {
    read = true;
  });
  await new Promise(setImmediate);
  assert.equal(read, false);
  fin.resolve({ done: true, value: undefined });
  await reading;
});

test("an error of the stream passes through", async () => {
  const broken: AsyncIterator<Uint8Array> = {
    next: () => Promise.reject(new Error("stream reset, code 8")),
  };
  await assert.rejects(readFrame(broken, REQUEST), /stream reset, code 8/);
});

function oversizeHeader(): Uint8Array {
  const header = Buffer.alloc(10);
  header.writeUInt32BE(9, 2);
  header.writeUInt32BE(4_194_305, 6);
  return header;
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, undefined> {
  yield* chunks;
  return undefined;
}
