// Contract: streams that end early, in every direction, with their codes (RFC 9000 sections 2.4, 3).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertBytes,
  GUARD,
  noise,
  open,
  readAll,
  type Subject,
  withPair,
} from "./contract-support.ts";
import { StreamError } from "./transport.ts";

export function endingContract(subject: () => Subject): void {
  describe("RESET_STREAM", () => {
    it("ends the server's reading with the client's code", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        ours.reset(0x42);
        await assert.rejects(readAll(theirs), new StreamError("reset", 0x42));
      }),
    );

    it("ends the client's reading with the server's code", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const reading = readAll(ours);
        theirs.reset(0x43);
        await assert.rejects(reading, new StreamError("reset", 0x43));
      }),
    );

    it("leaves the other direction alone", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        ours.reset(1);
        await assert.rejects(readAll(theirs), new StreamError("reset", 1));
        await theirs.finish(noise(1000));
        assertBytes(await readAll(ours), noise(1000));
      }),
    );

    it("rejects the pending and later writes of the side that sent it", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours } = await open(pair);
        const pending = ours.write(noise(8 << 20));
        ours.reset(7);
        await assert.rejects(pending, new StreamError("closed", 7));
        await assert.rejects(ours.write(noise(1)), new StreamError("closed", 7));
      }),
    );

    it("reports codes above 32 bits", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        ours.reset(2 ** 40 + 1);
        await assert.rejects(readAll(theirs), new StreamError("reset", 2 ** 40 + 1));
      }),
    );

    it("has a code that QUIC can carry", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        for (const code of [-1, 0.5, 2 ** 60, Number.NaN]) {
          assert.throws(() => ours.reset(code), RangeError);
          assert.throws(() => theirs.stopSending(code), RangeError);
          await assert.rejects(pair.client.close(code), RangeError);
        }
        await ours.finish();
        await readAll(theirs);
      }),
    );

    it("may be the first that the peer hears of a stream", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        const stream = await client.openBidi();
        stream.reset(5);
        const { value: theirs } = await peer.acceptBidi().next();
        await assert.rejects(readAll(theirs), new StreamError("reset", 5));
      }),
    );
  });

  describe("STOP_SENDING", () => {
    it("rejects the client's writes with the server's code", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const pending = ours.write(noise(8 << 20));
        theirs.stopSending(0x44);
        await assert.rejects(pending, new StreamError("stopped", 0x44));
        await assert.rejects(ours.write(noise(1)), new StreamError("stopped", 0x44));
        assert.equal(await ours.stopped, 0x44);
      }),
    );

    it("rejects the server's writes with the client's code", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const pending = theirs.finish(noise(8 << 20));
        ours.stopSending(0x45);
        await assert.rejects(pending, new StreamError("stopped", 0x45));
      }),
    );

    it("reaches an idle client", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const stopped = ours.stopped;
        theirs.stopSending(0x46);
        assert.equal(await stopped, 0x46);
      }),
    );

    it("reaches an idle server", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await ours.finish();
        await readAll(theirs);
        ours.stopSending(0x47);
        assert.equal(await theirs.stopped, 0x47);
        await assert.rejects(theirs.finish(noise(9)), new StreamError("stopped", 0x47));
      }),
    );

    it("leaves the other direction alone", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        theirs.stopSending(1);
        await theirs.finish(Buffer.from("early"));
        assert.equal((await readAll(ours)).toString(), "early");
      }),
    );

    it("ends the reading of the side that sent it", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const chunks = theirs.chunks();
        await chunks.next();
        const reading = chunks.next();
        theirs.stopSending(6);
        await assert.rejects(reading, new StreamError("closed", 6));
        await assert.rejects(chunks.next(), new StreamError("closed", 6));
        theirs.stopSending(7);
        ours.reset(0);
      }),
    );

    it("ends a reading that has not begun", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await ours.finish(noise(10));
        theirs.stopSending(8);
        await assert.rejects(readAll(theirs), new StreamError("closed", 8));
      }),
    );
  });
}
