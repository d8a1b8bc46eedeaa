// Contract: a side takes and opens no more than the other allows (RFC 9000 section 4).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertBytes,
  echo,
  exchange,
  first,
  GUARD,
  noise,
  open,
  pause,
  readAll,
  type Subject,
  withPair,
} from "./contract-support.ts";
import type { QuicBidi, QuicSend } from "./transport.ts";

const MIB = 1 << 20;

export function flowContract(subject: () => Subject): void {
  describe("flow control", () => {
    it("stops a client whose server does not read", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await assertStopsWriting(ours);
        theirs.stopSending(0);
      }),
    );

    it("stops a server whose client does not read", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await assertStopsWriting(theirs);
        ours.stopSending(0);
      }),
    );

    it("lets a stopped writer go on when the reader comes back", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        const message = noise(6 * MIB);
        const written = ours.finish(message);
        await pause(100);
        assertBytes((await readAll(theirs)).subarray(1), message);
        await written;
      }),
    );

    it("holds up one stream and no other", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        void ours.finish(noise(8 * MIB));
        void echo(pair.peer);
        assertBytes(await exchange(pair.client, noise(100_000)), noise(100_000));
        theirs.stopSending(0);
      }),
    );
  });

  describe("stream credit", () => {
    it("makes openers wait", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          void echo(peer);
          const messages = Array.from({ length: 64 }, (_, index) => noise(index));
          const answers = await Promise.all(messages.map((message) => exchange(client, message)));
          assertBytes(Buffer.concat(answers), Buffer.concat(messages));
        },
        { listen: { maxBidiStreams: 4 } },
      ),
    );

    it("bounds what is open, read or not", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          let opened = 0;
          const openOne = async () => {
            const stream = await client.openBidi();
            opened += 1;
            await stream.finish(noise(10));
            await readAll(stream);
          };
          const all = Promise.all(Array.from({ length: 10 }, openOne));
          await pause(100);
          assert.equal(opened, 4);
          void echo(peer);
          await all;
        },
        { listen: { maxBidiStreams: 4 } },
      ),
    );

    it("refuses tryOpenUni when there is none, and allows it when some comes back", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          const pushes = [peer.tryOpenUni(), peer.tryOpenUni()];
          assert.equal(peer.tryOpenUni(), undefined);
          for (const push of pushes) await push?.finish(noise(10));
          assert.equal(peer.tryOpenUni(), undefined);
          const waiting = peer.openUni();
          const incoming = client.acceptUni();
          await readAll(await first(incoming));
          await readAll(await first(incoming));
          await (await waiting).finish();
          await readAll(await first(incoming));
          const reopened = peer.tryOpenUni() ?? (await peer.openUni());
          await reopened.finish();
        },
        { connect: { maxUniStreams: 2 } },
      ),
    );

    // The four ways in which a stream ends early, and each of them many times over the credit.
    it("comes back from streams that end early", GUARD, () =>
      withPair(
        subject(),
        async (pair) => {
          for (let round = 0; round < 24; round += 1) {
            const { ours, theirs } = await open(pair);
            await endEarly[round % endEarly.length]?.(ours, theirs);
          }
          void echo(pair.peer);
          assertBytes(await exchange(pair.client, noise(1000)), noise(1000));
        },
        { listen: { maxBidiStreams: 3 } },
      ),
    );

    it("is not used up by bytes of reset streams that nobody read", GUARD, () =>
      withPair(subject(), async (pair) => {
        for (let round = 0; round < 50; round += 1) {
          const { ours, theirs } = await open(pair);
          // Long enough for the bytes to arrive, and for the reset to be there before anybody reads.
          await ours.write(noise(MIB / 8));
          await pause(3);
          ours.reset(1);
          await pause(3);
          await assert.rejects(readAll(theirs));
          await theirs.finish();
        }
        void echo(pair.peer);
        const message = noise(4 * MIB);
        assertBytes(await exchange(pair.client, message), message);
      }),
    );
  });
}

type EndEarly = (ours: QuicBidi, theirs: QuicBidi) => Promise<void>;

const endEarly: EndEarly[] = [
  // The client gives up its request; the server answers all the same.
  async (ours, theirs) => {
    ours.reset(1);
    await assert.rejects(readAll(theirs));
    await theirs.finish(noise(10));
    await readAll(ours);
  },
  // The server has heard enough and answers; the client learns of it while writing.
  async (ours, theirs) => {
    theirs.stopSending(1);
    await theirs.finish(noise(10));
    await readAll(ours);
    await ours.stopped;
  },
  // The server gives up its answer.
  async (ours, theirs) => {
    await ours.finish();
    await readAll(theirs);
    theirs.reset(1);
    await assert.rejects(readAll(ours));
  },
  // The client no longer wants the answer.
  async (ours, theirs) => {
    await ours.finish();
    await readAll(theirs);
    ours.stopSending(1);
    await theirs.stopped;
  },
  // Both give up everything at once.
  async (ours, theirs) => {
    for (const end of [ours, theirs]) {
      end.reset(1);
      end.stopSending(1);
    }
    await pause(1);
  },
];

/** Writes in parts of 64 KiB until a write stays pending, which must be well before 16 MiB. */
async function assertStopsWriting(stream: QuicSend): Promise<void> {
  const part = noise(64 << 10);
  let written = 0;
  let stuck = false;
  while (!stuck && written < 16 * MIB) {
    const took = stream.write(part).then(() => {
      written += part.length;
      return true;
    });
    took.catch(() => {});
    stuck = (await Promise.race([took, pause(300)])) !== true;
  }
  assert.ok(stuck, `${written} bytes were taken that nobody reads`);
}
