// The ALPN token of a client, and servers that speak another protocol (spec/transport.md, Handshake).

import { type ClientCase, defineClientCase } from "../../client/case.ts";

const TWIN = "client-transport.alpn.qpc";

/** Tokens that are not ours; some look much like it. */
const OTHERS = [
  ["h3", "h3"],
  ["capnp", "capnp"],
  ["qpq", "qpq"],
  ["qpq-1", "qpq/1"],
  ["upper-case", "QPC"],
  ["prefix", "qp"],
  ["longer", "qpc2"],
] as const;

export const alpnCases: readonly ClientCase[] = [
  defineClientCase({
    id: TWIN,
    rules: ["transport.alpn"],
    sends: "a handshake of a server that speaks qpc",
    expects: "a connection with the protocol qpc",
    checks: ["answer", "alpn"],
    errata: ["C-02"],
    tier: "smoke",
    async run(t) {
      const server = await t.server();
      const reply = await t.tryOpen(server);
      t.check("answer", "ok" in reply, { expected: "ok", got: JSON.stringify(reply) });
      const { quic } = await server.connection();
      t.check("alpn", quic.alpn === "qpc", { expected: "qpc", got: quic.alpn });
    },
  }),

  defineClientCase({
    id: "client-transport.alpn.offers-no-other",
    rules: ["transport.alpn", "transport.no-v1"],
    sends:
      "a handshake of a server that would rather speak h3, capnp, qpq or qpq/1, and qpc at last",
    expects: "a connection with the protocol qpc: the client offers none of the others",
    checks: ["answer", "alpn"],
    errata: ["C-02"],
    async run(t) {
      const server = await t.server({ alpn: ["h3", "capnp", "qpq", "qpq/1", "qpc"] });
      const reply = await t.tryOpen(server, { alpn: "qpc" });
      t.check("answer", "ok" in reply, { expected: "ok", got: JSON.stringify(reply) });
      const { quic } = await server.connection();
      t.check("alpn", quic.alpn === "qpc", { expected: "qpc", got: quic.alpn });
    },
  }),

  ...OTHERS.map(([slug, token]) =>
    defineClientCase({
      id: `client-transport.alpn.server-speaks-${slug}`,
      rules: ["transport.alpn-mismatch", "transport.alpn"],
      sends: `a handshake of a server that speaks ${token} alone`,
      expects: "conn.alpn, and no connection",
      twin: TWIN,
      checks: ["answer", "no-connection"],
      errata: ["C-02"],
      async run(t) {
        const server = await t.server({ alpn: [token] });
        t.refused(await t.tryOpen(server, { alpn: "qpc" }), "conn.alpn");
        const made = server.connections();
        t.check("no-connection", made === 0, { expected: "0 connections", got: `${made}` });
      },
    }),
  ),
];
