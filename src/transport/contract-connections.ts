// Contract: how connections begin and end (RFC 9000 section 10, RFC 9001 section 8.1).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  application,
  assertBytes,
  connect,
  echo,
  exchange,
  first,
  GUARD,
  listen,
  noise,
  open,
  pause,
  readAll,
  type Subject,
  withPair,
  withServer,
} from "./contract-support.ts";
import { ConnectionError } from "./transport.ts";

export function connectionContract(subject: () => Subject): void {
  describe("a handshake", () => {
    it("agrees on the client's first protocol that the server has", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          assert.equal(client.alpn, "qpq");
          assert.equal(peer.alpn, "qpq");
        },
        { listen: { alpn: ["qpc", "qpq"] }, connect: { alpn: ["zzz", "qpq", "qpc"] } },
      ),
    );

    for (const alpn of [["h3"], ["QPC", "qpc/1"]]) {
      it(`fails without a common protocol, offered [${alpn}]`, GUARD, () =>
        withServer(subject(), async (server) => {
          await assert.rejects(connect(subject(), server, { alpn }), (error) => {
            assert.ok(error instanceof ConnectionError);
            assert.equal(error.info.code, 0x100 + 120);
            assert.equal(error.info.application, false);
            return true;
          });
        }),
      );
    }

    it("fails when no protocol is offered", GUARD, () =>
      withServer(subject(), async (server) => {
        await assert.rejects(connect(subject(), server, { alpn: [] }), ConnectionError);
      }),
    );

    it("shows a certificate to a listener that demands one", GUARD, () => {
      const { certPem, keyPem } = subject();
      return withPair(
        subject(),
        async ({ peer }) => {
          const shown = peer.peerCertificates.map((der) => Buffer.from(der).toString("base64"));
          assert.deepEqual(shown, [certPem.replace(/-----[^-]+-----|\s/g, "")]);
        },
        { listen: { clientCaPem: certPem }, connect: { certPem, keyPem } },
      );
    });

    it("fails without a certificate where one is demanded", GUARD, () =>
      withServer(
        subject(),
        async (server) => {
          await assert.rejects(connect(subject(), server), (error) => {
            assert.ok(error instanceof ConnectionError);
            assert.equal(error.info.code, 0x100 + 116);
            return true;
          });
        },
        { clientCaPem: subject().certPem },
      ),
    );

    it("shows no certificate to a listener that demands none", GUARD, () => {
      const { certPem, keyPem } = subject();
      return withPair(subject(), async ({ peer }) => assert.deepEqual(peer.peerCertificates, []), {
        connect: { certPem, keyPem },
      });
    });

    it("shows each side the other's address", GUARD, () =>
      withPair(subject(), async ({ server, client, peer }) => {
        assert.deepEqual(client.remote, { host: server.host, port: server.port });
        assert.equal(peer.remote.host, "127.0.0.1");
        assert.ok(peer.remote.port > 0);
      }),
    );

    it("fails where nobody listens", GUARD, async () => {
      const server = await listen(subject());
      await server.close(0);
      await assert.rejects(connect(subject(), server, { timeoutMs: 1000 }), ConnectionError);
    });

    it("is refused after stopAccepting, and living connections go on", GUARD, () =>
      withPair(subject(), async ({ server, client, peer }) => {
        void echo(peer);
        server.stopAccepting();
        const refused = connect(subject(), server, { timeoutMs: 15_000 });
        await assert.rejects(refused, (error) => {
          assert.ok(error instanceof ConnectionError);
          assert.deepEqual(error.info, { by: "peer", application: false, code: 2, reason: "" });
          return true;
        });
        assertBytes(await exchange(client, noise(10)), noise(10));
      }),
    );
  });

  describe("a listener", () => {
    it("keeps its clients apart", GUARD, () =>
      withServer(subject(), async (server) => {
        const clients = await Promise.all(
          Array.from({ length: 10 }, () => connect(subject(), server)),
        );
        const incoming = server.connections();
        for (const _ of clients) void echo(await first(incoming));
        const answers = await Promise.all(
          clients.map((client, index) => exchange(client, noise(index))),
        );
        const expected = clients.map((_, index) => noise(index));
        assertBytes(Buffer.concat(answers), Buffer.concat(expected));
      }),
    );

    it("cannot take a port that is taken, and frees it", GUARD, () =>
      withServer(subject(), async (server) => {
        const { port } = server;
        await assert.rejects(listen(subject(), { port }));
        await server.close(0);
        const again = await listen(subject(), { port });
        assert.equal(again.port, port);
        await again.close(0);
      }),
    );

    it("closes its connections when it closes, and ends its iteration", GUARD, () =>
      withServer(subject(), async (server) => {
        const client = await connect(subject(), server);
        const incoming = server.connections();
        const peer = await first(incoming);
        const next = incoming.next();
        await Promise.all([server.close(9, "drain"), server.close(9, "drain")]);
        assert.deepEqual(await client.closed, application("peer", 9, "drain"));
        assert.deepEqual(await peer.closed, application("local", 9, "drain"));
        assert.equal((await next).done, true);
      }),
    );
  });

  describe("CONNECTION_CLOSE", () => {
    it("brings the client's code and reason", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        await client.close(0x52, "bye");
        assert.deepEqual(await peer.closed, application("peer", 0x52, "bye"));
        assert.deepEqual(await client.closed, application("local", 0x52, "bye"));
      }),
    );

    it("brings the server's code and reason", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        await peer.close(0x51, "drain, until später");
        assert.deepEqual(await client.closed, application("peer", 0x51, "drain, until später"));
        assert.deepEqual(await peer.closed, application("local", 0x51, "drain, until später"));
      }),
    );

    it("may be sent twice, and only the first counts", GUARD, () =>
      withPair(subject(), async ({ client, peer }) => {
        await Promise.all([client.close(1, "one"), client.close(2, "two")]);
        await client.close(3);
        assert.deepEqual(await peer.closed, application("peer", 1, "one"));
      }),
    );

    for (const closer of ["client", "peer"] as const) {
      it(`rejects what is pending on both sides, sent by the ${closer}`, GUARD, () =>
        withPair(
          subject(),
          async (pair) => {
            const silent = await open(pair);
            const { ours, theirs } = await open(pair);
            const pending = {
              "client reads": readAll(silent.ours),
              "client writes": ours.write(noise(8 << 20)),
              "client opens": pair.client.openBidi(),
              "server writes": theirs.write(noise(8 << 20)),
              "server opens": pair.peer.openBidi(),
            };
            const settled = Promise.allSettled(Object.values(pending));
            const streams = [pair.client.acceptUni().next(), pair.peer.acceptBidi().next()];
            await pair[closer].close(5, "over");
            await pair.client.closed;
            await pair.peer.closed;
            await settled;
            for (const [what, promise] of Object.entries(pending)) {
              const by = what.startsWith(closer === "peer" ? "server" : "client")
                ? "local"
                : "peer";
              await assert.rejects(promise, (error) => {
                assert.ok(error instanceof ConnectionError, what);
                assert.deepEqual(error.info, application(by, 5, "over"), what);
                return true;
              });
            }
            for (const stream of streams) assert.equal((await stream).done, true);
          },
          { listen: { maxBidiStreams: 2 } },
        ),
      );
    }

    it("rejects whatever is tried later", GUARD, () =>
      withPair(subject(), async (pair) => {
        const { ours, theirs } = await open(pair);
        await pair.client.close(4);
        await pair.peer.closed;
        for (const connection of [pair.client, pair.peer]) {
          await assert.rejects(connection.openBidi(), ConnectionError);
          await assert.rejects(connection.openUni(), ConnectionError);
          assert.equal(connection.tryOpenUni(), undefined);
          assert.equal((await connection.acceptBidi().next()).done, true);
        }
        for (const stream of [ours, theirs]) {
          await assert.rejects(stream.write(noise(1)), ConnectionError);
          await assert.rejects(readAll(stream), ConnectionError);
          stream.reset(0);
          stream.stopSending(0);
        }
      }),
    );
  });

  describe("an idle timeout", () => {
    it("ends a connection on both sides", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          const reading = assert.rejects(readAll(await client.openBidi()), ConnectionError);
          const info = { by: "timeout", application: false, code: 0, reason: "idle timeout" };
          assert.deepEqual(await client.closed, info);
          assert.deepEqual(await peer.closed, info);
          await reading;
        },
        { listen: { idleTimeoutMs: 300 }, connect: { idleTimeoutMs: 0 } },
      ),
    );

    it("is put off by traffic", GUARD, () =>
      withPair(
        subject(),
        async ({ client, peer }) => {
          void echo(peer);
          const until = performance.now() + 600;
          while (performance.now() < until) {
            await exchange(client, noise(1));
            await pause(10);
          }
        },
        { listen: { idleTimeoutMs: 300 } },
      ),
    );
  });
}
