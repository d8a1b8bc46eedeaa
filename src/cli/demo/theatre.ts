// The stage of `qpc demo`: a reference server of its own on a free port of this machine, behind a relay
// that can lie, in a folder that goes when the play is over.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectedServer, connectTo } from "../../client/connect.ts";
import { createSelfSigned } from "../../crypto/certificates.ts";
import { LIMITS } from "../../registry/limits.ts";
import { createClock } from "../../rpc/clock.ts";
import { DEFAULT_LIMITS } from "../../server/limits.ts";
import { createLog } from "../../server/log.ts";
import { startServer } from "../../server/server.ts";
import { openStores } from "../../storage/drivers/open.ts";
import { createQuicTransport } from "../../transport/quic/quic.ts";
import { type Lie, startRelay } from "./relay.ts";

export interface Theatre {
  /** Folder for the files of the people. */
  readonly folder: string;
  /** Port of the relay, on 127.0.0.1. */
  readonly port: number;
  /** connect opens a connection through the relay. */
  connect(): Promise<ConnectedServer>;
  /** tell lets the relay lie from now on; undefined = it passes everything on. */
  tell(lie: Lie | undefined): void;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const ALPN = ["qpc"];
const SERVER_NAME = "localhost";
const CONNECT_MS = 5_000;

/** openTheatre starts server and relay. Calls are not limited in rate: three people act at full speed. */
export async function openTheatre(): Promise<Theatre> {
  const folder = await mkdtemp(join(tmpdir(), "qpc-demo-"));
  const transport = createQuicTransport();
  const { certPem, keyPem } = await createSelfSigned({ algorithm: "Ed25519" });
  const server = await startServer({
    ...{ transport, host: HOST, port: 0, alpn: ALPN, certPem, keyPem },
    operatorToken: undefined,
    admins: new Set(),
    sealedSender: true,
    deliveryProof: true,
    limits: { ...DEFAULT_LIMITS, ratePerSecond: 0 },
    stores: await openStores({ backend: "sql", path: join(folder, "server", "qpc.db") }),
    clock: createClock(),
    log: createLog("silent"),
  });

  const trust = { serverName: SERVER_NAME, caPem: certPem, alpn: ALPN, timeoutMs: CONNECT_MS };
  const idleTimeoutMs = LIMITS.idleTimeout.value;
  const relay = await startRelay({
    transport,
    listen: {
      ...{ host: HOST, port: 0, alpn: ALPN, certPem, keyPem, idleTimeoutMs },
      maxBidiStreams: LIMITS.concurrentStreams.value,
    },
    upstream: { ...trust, host: HOST, port: server.port, idleTimeoutMs },
  });
  return {
    folder,
    port: relay.port,
    connect: () => connectTo(transport, { ...trust, host: HOST, port: relay.port }),
    tell: relay.tell,
    async close() {
      await relay.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
