// Contract: bytes arrive whole, in order, and as they come.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  assertBytes,
  echo,
  exchange,
  first,
  GUARD,
  noise,
  open,
  readAll,
  type Subject,
  withPair,
} from "./contract-support.ts";

const MESSAGE_LIMIT = 4 << 20;

export function streamContract(subject: () => Subject): void {
  describe("streams", () => {
    it("carry a message both ways", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        void echo(peer);
        assertBytes(await exchange(client, noise(100)), noise(100));
      }),
    );

    it("may be empty", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        void echo(peer);
        const stream = await client.openBidi();
        await stream.finish();
        assert.equal((await readAll(stream)).length, 0);
      }),
    );

    it("carry 4 MiB both ways", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        void echo(peer);
        const message = noise(MESSAGE_LIMIT);
        assertBytes(await exchange(client, message), message);
      }),
    );

    it("run side by side, 300 of them", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          void echo(peer);
          const messages = Array.from({ length: 300 }, (_, index) => noise(1000 + index));
          const answers = await Promise.all(messages.map((message) => exchange(client, message)));
          assertBytes(Buffer.concat(answers), Buffer.concat(messages));
        },
        { listen: { maxBidiStreams: 300 } },
      ),
    );

    it("hand over a chunk before the next one is sent", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const chunks = theirs.chunks();
        assert.deepEqual([...(await first(chunks))], [1]);
        for (let value = 2; value < 10; value += 1) {
          await ours.write(new Uint8Array([value, value]));
          assert.deepEqual([...(await first(chunks))], [value, value]);
        }
        await ours.finish();
        assert.equal((await chunks.next()).done, true);
        assert.equal((await chunks.next()).done, true);
      }),
    );

    it("keep writes in order when nobody waits between them", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const message = noise(2 << 20);
        const writes = [0, 1, 2, 3].map((part) =>
          ours.write(
            message.subarray(part * (message.length / 4), (part + 1) * (message.length / 4)),
          ),
        );
        const [arrived] = await Promise.all([readAll(theirs), ...writes, ours.finish()]);
        assertBytes(arrived.subarray(1), message);
      }),
    );

    it("close one half without the other, the client's first", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await ours.finish();
        await readAll(theirs);
        await theirs.write(noise(10));
        await theirs.finish(noise(20));
        assertBytes(await readAll(ours), Buffer.concat([noise(10), noise(20)]));
      }),
    );

    it("close one half without the other, the server's first", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await theirs.finish(noise(10));
        assertBytes(await readAll(ours), noise(10));
        await ours.finish(noise(20));
        assertBytes((await readAll(theirs)).subarray(1), noise(20));
      }),
    );

    it("refuse to write after finish", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours } = await open(pair);
        await ours.finish();
        await assert.rejects(ours.write(noise(1)), { name: "StreamError", kind: "closed" });
        await assert.rejects(ours.finish(), { name: "StreamError", kind: "closed" });
        ours.reset(1);
      }),
    );

    it("are unidirectional from the server, 200 of them", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        const pushes = Array.from({ length: 200 }, (_, index) => noise(500 + index));
        for (const push of pushes) {
          const stream = await peer.openUni();
          await stream.finish(push);
        }
        const incoming = client.acceptUni();
        const arrived: Buffer[] = [];
        while (arrived.length < pushes.length) arrived.push(await readAll(await first(incoming)));
        arrived.sort((one, other) => one.length - other.length);
        assertBytes(Buffer.concat(arrived), Buffer.concat(pushes));
      }),
    );

    it("are unidirectional from the client", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        const stream = await client.openUni();
        await stream.finish(noise(300));
        assertBytes(await readAll(await first(peer.acceptUni())), noise(300));
      }),
    );

    it("end with a FIN alone, given as the last byte is acknowledged", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        const streams = peer.acceptUni();
        for (let round = 0; round < 20; round++) {
          const stream = await client.openUni();
          await stream.write(new Uint8Array([1]));
          const chunks = (await first(streams)).chunks();
          await first(chunks);
          // The acknowledgement leaves in this turn of the event loop and comes in the next, after timers.
          setTimeout(() => void stream.finish(), 0);
          spin(3);
          assert.equal((await chunks.next()).done, true);
        }
      }),
    );

    it("live on when an iteration is left, and give their chunks once", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        for await (const chunk of theirs.chunks()) {
          assert.deepEqual([...chunk], [1]);
          break;
        }
        await ours.finish(noise(100));
        assert.throws(() => theirs.chunks(), TypeError);
        await theirs.finish(noise(5));
        assertBytes(await readAll(ours), noise(5));
        theirs.stopSending(0);
      }),
    );

    it("carry random bytes in random chunks", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        void echo(peer);
        const chunk = fc.uint8Array({ minLength: 0, maxLength: 5000 });
        const chunks = fc.array(chunk, { maxLength: 20 });
        await fc.assert(
          fc.asyncProperty(chunks, fc.boolean(), async (parts, wait) => {
            const stream = await client.openBidi();
            const arrived = readAll(stream);
            for (const part of parts) {
              const written = stream.write(part);
              if (wait) await written;
            }
            await stream.finish();
            assertBytes(await arrived, Buffer.concat(parts));
          }),
          { numRuns: 40 },
        );
      }),
    );
  });
}

/** spin keeps the event loop busy for some milliseconds, so that its timers are due. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
