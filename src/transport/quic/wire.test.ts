// What a listener does with datagrams of all kinds and origins.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { before, describe, it } from "node:test";
import { type CertifiedKey, createSelfSigned } from "../../crypto/certificates.ts";
import {
  assertBytes,
  connect,
  echo,
  exchange,
  first,
  GUARD,
  noise,
  type Subject,
  withPair,
  withServer,
} from "../contract-support.ts";
import { ConnectionError } from "../transport.ts";
import { createQuicTransport } from "./quic.ts";

const transport = createQuicTransport();
let identity: CertifiedKey;
const subject = (): Subject => ({ transport, ...identity });

before(async () => {
  identity = await createSelfSigned({ algorithm: "Ed25519" });
});

describe("a client", () => {
  it("fails for a name without an address, and an address without a way", GUARD, async () => {
    for (const host of ["x".repeat(300), "2001:db8::1"]) {
      const attempt = connect(subject(), { host, port: 9 }, { timeoutMs: 200 });
      await assert.rejects(attempt, ConnectionError);
    }
  });
});

describe("a listener", () => {
  it("serves IPv6", GUARD, () =>
    withPair(
      subject(),
      async ({ client, peer }) => {
        void echo(peer);
        assertBytes(await exchange(client, noise(100)), noise(100));
        assert.equal(peer.remote.host, "::1");
      },
      { listen: { host: "::1" } },
    ),
  );

  it("serves IPv4 and IPv6 on ::", GUARD, () =>
    withServer(
      subject(),
      async (server) => {
        const incoming = server.connections();
        for (const host of ["127.0.0.1", "::1"]) {
          const client = await connect(subject(), server, { host });
          const peer = await first(incoming);
          assert.equal(peer.remote.host, host);
          void echo(peer);
          assertBytes(await exchange(client, noise(100)), noise(100));
          await client.close(0);
        }
      },
      { host: "::" },
    ),
  );

  it("is found by name", GUARD, () =>
    withServer(subject(), async (server) => {
      const client = await connect(subject(), server, { host: "localhost" });
      await client.close(0);
    }),
  );

  it("ignores garbage", GUARD, () =>
    withPair(subject(), async ({ server, client, peer }) => {
      void echo(peer);
      using socket = await openSocket();
      for (let index = 0; index < 300; index += 1) {
        await socket.send(garbage(index), server.port);
      }
      assertBytes(await exchange(client, noise(100)), noise(100));
      const other = await connect(subject(), server);
      await other.close(0);
    }),
  );

  it("answers an unknown version with the ones it has", GUARD, () =>
    withServer(subject(), async ({ port }) => {
      using socket = await openSocket();
      const offer = longHeader(0x1a2a3a4a, 1200);
      await socket.send(offer.subarray(0, 1199), port);
      await socket.send(offer, port);
      const answer = await socket.receive();
      assert.equal(answer.readUInt32BE(1), 0);
      // The ids come back the other way round.
      assert.deepEqual(answer.subarray(5, 14), offer.subarray(14, 23));
      assert.deepEqual(answer.subarray(14, 23), offer.subarray(5, 14));
      assert.ok(answer.subarray(23).includes(Buffer.from([0, 0, 0, 1])));
      assert.equal(socket.received, 1);
    }),
  );

  it("refuses attempts, and nothing that is too short to be one", GUARD, () =>
    withServer(subject(), async (server) => {
      server.stopAccepting();
      using socket = await openSocket();
      await socket.send(longHeader(1, 1199), server.port);
      await assert.rejects(connect(subject(), server), { message: /connection refused/ });
      assert.equal(socket.received, 0);
      await socket.send(longHeader(1, 1200), server.port);
      await socket.receive();
    }),
  );

  it("survives clients that come, open streams, and go", GUARD, () =>
    withServer(subject(), async (server) => {
      void (async () => {
        for await (const peer of server.connections()) void echo(peer);
      })();
      for (let round = 0; round < 60; round += 1) {
        const client = await connect(subject(), server);
        const calls = [1, 2, 3, 4].map((call) => exchange(client, noise(call * 1000)));
        const settled = Promise.allSettled(calls);
        if (round % 2 === 0) await settled;
        await client.close(1, "gone");
        await settled;
      }
      const client = await connect(subject(), server);
      assertBytes(await exchange(client, noise(10)), noise(10));
      await client.close(0);
    }),
  );
});

function garbage(index: number): Buffer {
  const datagram = randomBytes(1 + ((index * 37) % 1400));
  if (index % 3 === 0) datagram[0] = 0xc0 | (index & 0x0f);
  // A long header of version 1 with plausible ids, and nothing that could be decrypted after it.
  if (index % 5 === 0) longHeader(1, 23).copy(datagram);
  return datagram;
}

/** longHeader makes a datagram that begins as RFC 8999 has it, with two ids of eight bytes. */
function longHeader(version: number, length: number): Buffer {
  const datagram = Buffer.alloc(length);
  datagram[0] = 0xc0;
  datagram.writeUInt32BE(version, 1);
  datagram[5] = 8;
  datagram.fill("server..", 6, 14);
  datagram[14] = 8;
  datagram.fill("client..", 15, 23);
  return datagram;
}

interface PlainSocket extends Disposable {
  /** Datagrams that came in. */
  readonly received: number;
  send(datagram: Buffer, port: number): Promise<void>;
  receive(): Promise<Buffer>;
}

async function openSocket(): Promise<PlainSocket> {
  const socket = createSocket("udp4");
  let received = 0;
  socket.on("message", () => {
    received += 1;
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    get received() {
      return received;
    },
    send: (datagram, port) =>
      new Promise((resolve, reject) => {
        socket.send(datagram, port, "127.0.0.1", (error) => (error ? reject(error) : resolve()));
      }),
    receive: async () => (await once(socket, "message"))[0],
    [Symbol.dispose]: () => socket.close(),
  };
}
