// Federation as the judge stages it: an authority, the subject as the server of a.test, the judge as the
// servers of other domains, and as their clients (spec/services/federation.md; C-70).

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type CertifiedKey, createAuthority, issue } from "../../src/crypto/certificates.ts";
import type { QuicConnection, QuicTransport } from "../../src/transport/transport.ts";
import { type RemoteServer, serveRemote } from "./remote-server.ts";

/** Domain of the subject. */
export const HOME = "a.test";

/** A remote server that answers: the ordinary one, and a second one. */
export const REMOTE = "b.test";
export const SECOND = "c.test";

/** Configured as peers of the subject, and never to be reached by it. */
export const DOWN = "down.test";
export const WRONG_NAME = "wrong-name.test";
export const FOREIGN = "foreign.test";

/** Shown is the certificate that a client of the federation listener shows. */
export type Shown = "valid" | "none" | "foreign" | "expired" | "nameless";

/** Section is `federation` of QPC_TEST_CONFIG. */
export interface Section {
  readonly domain: string;
  readonly listen: string;
  readonly cert_pem: string;
  readonly key_pem: string;
  readonly ca_pem: string;
  readonly peers: Readonly<Record<string, string>>;
}

export interface Dial {
  readonly port: number;
  /** Domain that the listener has to show. */
  readonly serverName: string;
  readonly alpn: string;
  /** Domain that we show, and how. */
  readonly domain: string;
  readonly shown: Shown;
}

/** Stage is what all subjects of a run have around them. */
export interface Stage {
  /** section configures a subject; `parts` depart from a.test on any port with the usual peers. */
  section(parts?: Partial<Pick<Section, "domain" | "listen" | "peers">>): Promise<Section>;
  /** remote answers one of the servers that the judge plays. */
  remote(domain: string): RemoteServer;
  /** dial connects to a federation listener on the loopback address as the server of a domain. */
  dial(call: Dial): Promise<QuicConnection>;
  close(): Promise<void>;
}

const LISTENING = {
  host: "127.0.0.1",
  port: 0,
  alpn: ["qpc", "qpq", "qpq/1"],
  idleTimeoutMs: 60_000,
  maxBidiStreams: 1024,
} as const;

/** openStage makes the certificates and opens the listeners of the remote servers. */
export async function openStage(transport: QuicTransport): Promise<Stage> {
  const [authority, stranger] = await Promise.all([
    createAuthority({ algorithm: "P-256", commonName: "Federation" }),
    createAuthority({ algorithm: "P-256", commonName: "Federation" }),
  ]);
  const certificate = (issuer: CertifiedKey, name: string, days = 30) =>
    issue(issuer, { algorithm: "P-256", commonName: name, names: [name], days });

  async function listen(domain: string, shown: Promise<CertifiedKey>): Promise<RemoteServer> {
    const { certPem, keyPem } = await shown;
    const clientCaPem = authority.certPem;
    return serveRemote(
      domain,
      await transport.listen({ ...LISTENING, certPem, keyPem, clientCaPem }),
    );
  }
  const remotes = await Promise.all([
    listen(REMOTE, certificate(authority, REMOTE)),
    listen(SECOND, certificate(authority, SECOND)),
    listen(WRONG_NAME, certificate(authority, "other.test")),
    listen(FOREIGN, certificate(stranger, FOREIGN)),
  ]);
  const peers = Object.fromEntries(remotes.map(({ domain, address }) => [domain, address]));
  peers[DOWN] = `127.0.0.1:${await freePort()}`;
  const made = new Map<string, Promise<CertifiedKey>>();

  function shownBy(domain: string, shown: Exclude<Shown, "none">): Promise<CertifiedKey> {
    const key = `${domain} ${shown}`;
    const issuer = shown === "foreign" ? stranger : authority;
    const name = shown === "nameless" ? "192.0.2.1" : domain;
    const known = made.get(key) ?? certificate(issuer, name, shown === "expired" ? -0.5 : 30);
    made.set(key, known);
    return known;
  }

  return {
    async section(parts = {}) {
      const domain = parts.domain ?? HOME;
      const { certPem, keyPem } = await shownBy(domain, "valid");
      return {
        domain,
        listen: "127.0.0.1:0",
        cert_pem: certPem,
        key_pem: keyPem,
        ca_pem: authority.certPem,
        peers,
        ...parts,
      };
    },
    remote(domain) {
      const found = remotes.find((one) => one.domain === domain);
      if (found === undefined) throw new Error(`nobody plays ${domain}`);
      return found;
    },
    async dial({ port, serverName, alpn, domain, shown }) {
      const identity = shown === "none" ? undefined : await shownBy(domain, shown);
      return transport.connect({
        host: "127.0.0.1",
        port,
        serverName,
        caPem: authority.certPem,
        ...(identity && { certPem: identity.certPem, keyPem: identity.keyPem }),
        alpn: [alpn],
        idleTimeoutMs: 60_000,
        timeoutMs: 5_000,
      });
    },
    async close() {
      await Promise.all(remotes.map((remote) => remote.close()));
    },
  };
}

/** Ports that no system gives to a socket by itself: one of these stays free while its server is down. */
const PORTS = { from: 20_000, to: 30_000 };

/** freePort answers a UDP port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const socket = createSocket("udp4").bind(port, "127.0.0.1");
    try {
      await once(socket, "listening");
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    } finally {
      socket.close();
    }
  }
}
