// What a network does and the loopback device does not: loss, delay, reordering, silence.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type CertifiedKey, createSelfSigned } from "../../crypto/certificates.ts";
import {
  assertBytes,
  connect,
  echo,
  exchange,
  first,
  GUARD,
  listen,
  noise,
  pause,
  type Subject,
} from "../contract-support.ts";
import type { QuicConnection, QuicServer } from "../transport.ts";
import { hasLongHeader } from "./packet.ts";
import { type Direction, type Fate, startProxy, type UdpProxy } from "./proxy-support.ts";
import { createQuicTransport } from "./quic.ts";

const transport = createQuicTransport();
let identity: CertifiedKey;

before(async () => {
  identity = await createSelfSigned({ algorithm: "Ed25519" });
});

interface Network {
  readonly server: QuicServer;
  readonly proxy: UdpProxy;
  readonly connect: () => Promise<QuicConnection>;
}

async function withNetwork(
  decide: (direction: Direction, datagram: Buffer) => Fate,
  run: (network: Network) => Promise<void>,
  idleTimeoutMs = 10_000,
): Promise<void> {
  const subject: Subject = { transport, ...identity };
  const server = await listen(subject, { idleTimeoutMs });
  const proxy = await startProxy(server.port, decide);
  const through = { port: proxy.port, idleTimeoutMs };
  try {
    await run({ server, proxy, connect: () => connect(subject, server, through) });
  } finally {
    await server.close(0);
    proxy.close();
  }
}

/** chance answers true in one of `n` cases, the same ones in every run. */
function chance(seed: number): (n: number) => boolean {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % n === 0;
  };
}

describe("a network", () => {
  it("that loses and delays datagrams delivers everything in the end", GUARD, async () => {
    const oneIn = chance(7);
    const decide = (): Fate => (oneIn(20) ? "drop" : oneIn(10) ? 5 : "pass");
    await withNetwork(decide, async ({ server, connect }) => {
      const client = await connect();
      void echo(await first(server.connections()));
      const messages = Array.from({ length: 40 }, (_, index) => noise(index * 500));
      const answers = await Promise.all(messages.map((message) => exchange(client, message)));
      assertBytes(Buffer.concat(answers), Buffer.concat(messages));
      const message = noise(300_000);
      assertBytes(await exchange(client, message), message);
      await client.close(0);
    });
  });

  it("that has bytes sent again, with the FIN behind them, ends the stream", GUARD, async () => {
    let lossy = false;
    const decide = (): Fate => (lossy ? "drop" : "pass");
    await withNetwork(decide, async ({ server, connect }) => {
      const client = await connect();
      const peer = await first(server.connections());
      for (let round = 0; round < 5; round++) {
        const stream = await client.openUni();
        await stream.write(new Uint8Array([1]));
        const chunks = (await first(peer.acceptUni())).chunks();
        await first(chunks);
        // Neither the acknowledgement of the byte nor the first FIN gets through.
        lossy = true;
        await stream.finish();
        await pause(3);
        lossy = false;
        assert.equal((await chunks.next()).done, true);
      }
    });
  });

  it("that loses the close has it repeated", GUARD, async () => {
    let lossy = false;
    const decide = (direction: Direction): Fate =>
      lossy && direction === "to-server" ? "drop" : "pass";
    await withNetwork(decide, async ({ server, connect }) => {
      const client = await connect();
      const peer = await first(server.connections());
      const push = await peer.openUni();
      lossy = true;
      await client.close(7, "lost");
      await pause(20);
      lossy = false;
      await push.write(noise(10));
      assert.deepEqual(await peer.closed, {
        by: "peer",
        application: true,
        code: 7,
        reason: "lost",
      });
    });
  });

  it("that goes silent ends the handshake at its timeout", GUARD, async () => {
    await withNetwork(
      () => "drop",
      async ({ server, proxy }) => {
        const attempt = transport.connect({
          host: "127.0.0.1",
          port: proxy.port,
          serverName: "localhost",
          caPem: identity.certPem,
          alpn: ["qpc"],
          idleTimeoutMs: 0,
          timeoutMs: 200,
        });
        await assert.rejects(attempt, {
          name: "ConnectionError",
          message: /no handshake within 200 ms/,
        });
        assert.ok(server.port > 0);
      },
    );
  });

  it("that goes silent ends a connection at its idle timeout", GUARD, async () => {
    let silent = false;
    await withNetwork(
      () => (silent ? "drop" : "pass"),
      async ({ server, connect }) => {
        const client = await connect();
        const peer = await first(server.connections());
        silent = true;
        const stream = await client.openBidi();
        void stream.finish(noise(10));
        assert.equal((await client.closed).by, "timeout");
        assert.equal((await peer.closed).by, "timeout");
      },
      300,
    );
  });

  it("that loses the confirmation does not lose the close", GUARD, async () => {
    const decide = (direction: Direction, datagram: Buffer): Fate =>
      direction === "to-client" && !hasLongHeader(datagram) ? "drop" : "pass";
    await withNetwork(decide, async ({ server, connect }) => {
      const client = await connect();
      const peer = await first(server.connections());
      await client.close(1, "too early");
      assert.equal((await peer.closed).reason, "too early");
    });
  });

  it("that fills its window with a bulk transfer still carries the close", GUARD, async () => {
    await withNetwork(
      () => 20,
      async ({ server, connect }) => {
        const client = await connect();
        const peer = await first(server.connections());
        const stream = await client.openBidi();
        stream.write(noise(8 << 20)).catch(() => {});
        await pause(30);
        await client.close(3, "enough");
        assert.equal((await peer.closed).reason, "enough");
      },
    );
  });
});
