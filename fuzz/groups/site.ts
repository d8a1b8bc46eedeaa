// The reference server of a simulation: as a process over QUIC that is killed and comes back, or within
// this process over memory.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSubject } from "../../conformance/judge/subject-process.ts";
import { type ConnectedServer, connectTo, type Dialer } from "../../src/client/connect.ts";
import { createSelfSigned } from "../../src/crypto/certificates.ts";
import { createClock } from "../../src/rpc/clock.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../../src/server/limits.ts";
import { createLog } from "../../src/server/log.ts";
import { startServer } from "../../src/server/server.ts";
import { openStores } from "../../src/storage/drivers/open.ts";
import { createMemoryTransport } from "../../src/transport/memory.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";

export interface Site {
  /** connect opens a connection of a client. It rejects while the server is away. */
  connect(): Promise<ConnectedServer>;
  /** kill ends the server, without a warning where it can. */
  kill(): Promise<void>;
  /** revive starts it again, on the same data and port. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("../../src/cli/qpc-server.js", import.meta.url));
const READY_MS = 30_000;
const HANDSHAKE_MS = 5_000;

/** startProcess starts the reference server, without rate limits, with its data in a folder. */
export async function startProcess(folder: string): Promise<Site> {
  const dataDir = join(folder, "server");
  await mkdir(dataDir);
  const tls = await createSelfSigned({ algorithm: "P-256" });
  const transport = createQuicTransport();
  const start = async (port: number) => {
    const config = {
      listen: `127.0.0.1:${port}`,
      cert_pem: tls.certPem,
      key_pem: tls.keyPem,
      data_dir: dataDir,
      limits: { rate_per_s: 0 },
    };
    const env = { QPC_TEST_CONFIG: JSON.stringify(config) };
    const child = spawnSubject([process.execPath, PROGRAM, "--allow-insecure-auth"], env);
    return { child, port: (await child.ready(READY_MS)).port };
  };
  let server = await start(0);
  return {
    connect: () => dial(transport, server.port, tls.certPem),
    async kill() {
      server.child.signal("SIGKILL");
      await server.child.exited;
      await server.child.end();
    },
    async revive() {
      server = await start(server.port);
    },
    stop: () => server.child.end(),
  };
}

/** startInMemory starts the server in this process; only its database is in the folder. */
export async function startInMemory(folder: string): Promise<Site> {
  const transport = createMemoryTransport();
  const limits: ServerLimits = { ...DEFAULT_LIMITS, ratePerSecond: 0, idleMs: 0 };
  const start = async () =>
    startServer({
      ...{ transport, host: "memory", port: 0, alpn: ["qpc"], certPem: "", keyPem: "" },
      ...{ operatorToken: undefined, admins: new Set(), sealedSender: false, deliveryProof: false },
      limits,
      stores: await openStores({ backend: "sql", path: join(folder, "server.db") }),
      clock: createClock(),
      log: createLog("silent"),
    });
  let server = await start();
  return {
    connect: () => dial(transport, server.port, ""),
    kill: () => server.stop(),
    async revive() {
      server = await start();
    },
    stop: () => server.stop(),
  };
}

function dial(transport: Dialer, port: number, caPem: string): Promise<ConnectedServer> {
  return connectTo(transport, {
    ...{ host: "127.0.0.1", port, serverName: "localhost", caPem },
    ...{ alpn: ["qpc"], timeoutMs: HANDSHAKE_MS },
  });
}
