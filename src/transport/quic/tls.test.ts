// Who trusts whom: server certificates, client certificates (RFC 9001 section 4.4, RFC 8446).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  type CertifiedKey,
  createAuthority,
  createSelfSigned,
  issue,
} from "../../crypto/certificates.ts";
import {
  assertBytes,
  echo,
  exchange,
  first,
  GUARD,
  listen as listenAs,
  noise,
  withServer as withServerAs,
} from "../contract-support.ts";
import {
  ConnectionError,
  type ConnectOptions,
  type ListenOptions,
  type QuicConnection,
  type QuicServer,
} from "../transport.ts";
import { createQuicTransport } from "./quic.ts";

// TLS alerts as QUIC transport codes (RFC 9001 section 4.8).
const BAD_CERTIFICATE = 0x100 + 42;
const CERTIFICATE_EXPIRED = 0x100 + 45;
const UNKNOWN_CA = 0x100 + 48;
const CERTIFICATE_REQUIRED = 0x100 + 116;

const transport = createQuicTransport();
let ed25519: CertifiedKey;
let p256: CertifiedKey;
let authority: CertifiedKey;
let nodeA: CertifiedKey;
let nodeB: CertifiedKey;

before(async () => {
  ed25519 = await createSelfSigned({ algorithm: "Ed25519" });
  p256 = await createSelfSigned({ algorithm: "P-256" });
  authority = await createAuthority({ algorithm: "P-256", commonName: "Federation" });
  nodeA = await issue(authority, {
    algorithm: "Ed25519",
    commonName: "node-a",
    names: ["localhost"],
  });
  nodeB = await issue(authority, { algorithm: "P-256", commonName: "node-b", names: ["node-b"] });
});

function listen(identity: CertifiedKey, options: Partial<ListenOptions>): Promise<QuicServer> {
  return listenAs({ transport, ...identity }, options);
}

function connect(server: QuicServer, options: Partial<ConnectOptions>): Promise<QuicConnection> {
  const { host, port } = server;
  const rest = { alpn: ["qpc"], idleTimeoutMs: 5000, timeoutMs: 5000 };
  return transport.connect({ host, port, serverName: "localhost", ...rest, ...options });
}

function withServer(
  identity: CertifiedKey,
  options: Partial<ListenOptions>,
  run: (server: QuicServer) => Promise<void>,
): Promise<void> {
  return withServerAs({ transport, ...identity }, run, options);
}

function failsWith(code: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.info.code, code, error.message);
    assert.equal(error.info.application, false);
    return true;
  };
}

describe("a server's certificate", () => {
  for (const algorithm of ["Ed25519", "P-256"] as const) {
    it(`may be self-signed, ${algorithm}`, GUARD, async () => {
      const identity = algorithm === "Ed25519" ? ed25519 : p256;
      await withServer(identity, {}, async (server) => {
        const client = await connect(server, { caPem: identity.certPem });
        void echo(await first(server.connections()));
        assertBytes(await exchange(client, noise(10)), noise(10));
        assert.deepEqual(client.peerCertificates.map(Buffer.from), [Buffer.from(identity.certDer)]);
      });
    });
  }

  it("is found among anchors of the same name, wherever it stands", GUARD, async () => {
    const old = await createSelfSigned({ algorithm: "P-256" });
    for (const caPem of [old.certPem + p256.certPem, p256.certPem + old.certPem]) {
      await withServer(p256, {}, async (server) => {
        const client = await connect(server, { caPem });
        assert.equal(client.peerCertificates.length, 1);
      });
    }
  });

  it("may be issued by an authority", GUARD, () =>
    withServer(nodeA, {}, async (server) => {
      const client = await connect(server, { caPem: authority.certPem });
      assert.deepEqual(Buffer.from(client.peerCertificates[0] ?? []), Buffer.from(nodeA.certDer));
    }),
  );

  it("is refused when another one is trusted", GUARD, () =>
    withServer(ed25519, {}, async (server) => {
      const attempt = connect(server, { caPem: p256.certPem });
      await assert.rejects(attempt, failsWith(UNKNOWN_CA));
    }),
  );

  it("is refused without alternative names, whatever its common name is", GUARD, async () => {
    const nameless = await issue(authority, {
      ...{ algorithm: "P-256", commonName: "localhost", names: [] },
    });
    await withServer(nameless, {}, async (server) => {
      const attempt = connect(server, { caPem: authority.certPem });
      await assert.rejects(attempt, failsWith(BAD_CERTIFICATE));
    });
  });

  it("is refused under a name it does not carry", GUARD, () =>
    withServer(ed25519, {}, async (server) => {
      const attempt = connect(server, { caPem: ed25519.certPem, serverName: "example.org" });
      await assert.rejects(attempt, failsWith(BAD_CERTIFICATE));
    }),
  );

  it("is refused when it has expired", GUARD, async () => {
    const expired = await createSelfSigned({ algorithm: "P-256", days: -0.5 });
    await withServer(expired, {}, async (server) => {
      const attempt = connect(server, { caPem: expired.certPem });
      await assert.rejects(attempt, failsWith(CERTIFICATE_EXPIRED));
    });
  });

  it("is not checked without an authority, and can be looked at", GUARD, () =>
    withServer(p256, {}, async (server) => {
      const client = await connect(server, { serverName: "example.org" });
      assert.deepEqual(Buffer.from(client.peerCertificates[0] ?? []), Buffer.from(p256.certDer));
    }),
  );

  it("must fit the key, and both must be readable", GUARD, async () => {
    const { certPem } = ed25519;
    await assert.rejects(listen(p256, { certPem }), /does not belong to the certificate/);
    await assert.rejects(listen(p256, { certPem: "no certificate" }));
    await assert.rejects(listen(p256, { keyPem: "no key" }));
    await assert.rejects(listen(p256, { clientCaPem: "no authority" }));
    await withServer(p256, {}, async (server) => {
      await assert.rejects(connect(server, { certPem }), /go together/);
    });
  });
});

describe("a client's certificate", () => {
  const demand = () => ({ clientCaPem: authority.certPem });

  it("is not asked for by default", GUARD, () =>
    withServer(nodeA, {}, async (server) => {
      const { certPem, keyPem } = nodeB;
      await connect(server, { caPem: authority.certPem, certPem, keyPem });
      assert.deepEqual((await first(server.connections())).peerCertificates, []);
    }),
  );

  it("is shown to a server that demands one", GUARD, () =>
    withServer(nodeA, demand(), async (server) => {
      const { certPem, keyPem } = nodeB;
      await connect(server, { caPem: authority.certPem, certPem, keyPem });
      const [leaf] = (await first(server.connections())).peerCertificates;
      assert.deepEqual(Buffer.from(leaf ?? []), Buffer.from(nodeB.certDer));
    }),
  );

  it("is missed by a server that demands one", GUARD, () =>
    withServer(nodeA, demand(), async (server) => {
      const attempt = connect(server, { caPem: authority.certPem });
      await assert.rejects(attempt, failsWith(CERTIFICATE_REQUIRED));
      await assertNobodyCame(server);
    }),
  );

  it("is refused when a foreign authority issued it", GUARD, () =>
    withServer(nodeA, demand(), async (server) => {
      const stranger = await createAuthority({ algorithm: "P-256", commonName: "Federation" });
      const { certPem, keyPem } = await issue(stranger, {
        algorithm: "P-256",
        commonName: "node-b",
        names: ["node-b"],
      });
      await assert.rejects(
        connect(server, { caPem: authority.certPem, certPem, keyPem }),
        ConnectionError,
      );
      await assertNobodyCame(server);
    }),
  );

  it("is refused when it has expired", GUARD, () =>
    withServer(nodeA, demand(), async (server) => {
      const { certPem, keyPem } = await issue(authority, {
        algorithm: "P-256",
        commonName: "node-b",
        names: ["node-b"],
        days: -0.5,
      });
      const attempt = connect(server, { caPem: authority.certPem, certPem, keyPem });
      await assert.rejects(attempt, failsWith(CERTIFICATE_EXPIRED));
      await assertNobodyCame(server);
    }),
  );

  it("is refused when it is self-signed", GUARD, () =>
    withServer(nodeA, demand(), async (server) => {
      const { certPem, keyPem } = ed25519;
      await assert.rejects(
        connect(server, { caPem: authority.certPem, certPem, keyPem }),
        failsWith(UNKNOWN_CA),
      );
      await assertNobodyCame(server);
    }),
  );
});

/** Closes the server; nothing may have been handed out before. */
async function assertNobodyCame(server: QuicServer): Promise<void> {
  const next = server.connections().next();
  await server.close(0);
  assert.equal((await next).done, true);
}
