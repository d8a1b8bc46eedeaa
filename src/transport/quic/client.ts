// The client: a socket for each connection, which ends with it.

import { randomBytes, X509Certificate } from "node:crypto";
import { CONNECTION_REFUSED, connectionError, unreachable } from "../close.ts";
import {
  type CloseInfo,
  ConnectionError,
  type ConnectOptions,
  type QuicConnection,
} from "../transport.ts";
import type { Config, Quiche } from "./binding.ts";
import { clientConfig } from "./config.ts";
import { QuicheConnection } from "./connection.ts";
import { Outbox } from "./outbox.ts";
import { openSocket, resolveHost, settled } from "./socket.ts";
import type { Turn } from "./turn.ts";

/** connect tries the host's addresses in turn. It rejects as QuicTransport.connect does. */
export async function connect(
  quiche: Quiche,
  turn: Turn,
  options: ConnectOptions,
): Promise<QuicConnection> {
  const config = clientConfig(quiche, options);
  const addresses = await resolve(options.host);
  let failure = unreachable();
  for (const address of addresses) {
    const attempt = await dial(quiche, turn, config, address, options);
    if (attempt instanceof QuicheConnection) return attempt;
    failure = attempt;
    // Whoever answered, or let the time pass, was the right one to ask.
    if (failure.by === "timeout" || failure.code !== CONNECTION_REFUSED) break;
  }
  throw connectionError(failure);
}

async function resolve(host: string): Promise<string[]> {
  try {
    return await resolveHost(host);
  } catch {
    const info = { by: "local", application: false, code: 0, reason: "unknown host" } as const;
    throw new ConnectionError(`${host} has no address`, info);
  }
}

/** Answers the connection once it is ready, or how the attempt ended. */
async function dial(
  quiche: Quiche,
  turn: Turn,
  config: Config,
  address: string,
  options: ConnectOptions,
): Promise<QuicheConnection | CloseInfo> {
  const socket = openSocket(address);
  const connected = settled(socket, "connect");
  socket.connect(options.port, address);
  try {
    await connected;
  } catch {
    // There is no way to that network.
    socket.close();
    return unreachable();
  }
  const local = { host: socket.address().address, port: socket.address().port };
  const remote = { host: address, port: options.port };
  const ready = Promise.withResolvers<QuicheConnection>();
  let established = false;
  const { Connection } = quiche;
  const connection = new QuicheConnection({
    engine: Connection.connect(options.serverName, randomBytes(20), local, remote, config),
    server: false,
    local,
    remote,
    outbox: new Outbox(socket, true),
    turn,
    handshakeTimeoutMs: options.timeoutMs,
    accepts: ([leaf]) => options.caPem === undefined || isNamed(leaf, options.serverName),
    onReady: (connection) => {
      established = true;
      ready.resolve(connection);
    },
    onEnded: () => socket.unref(),
    onReleased: () => socket.close(),
  });
  socket.on("message", (datagram, from) => connection.receive(datagram, from));
  // The system says that nothing listens there. Later on it may lie, or the path may come back.
  socket.on("error", () => {
    if (!established) connection.abandon(unreachable());
  });
  return Promise.race([ready.promise, connection.closed]);
}

/** The engine takes the common name of a certificate without alternative names; that is no name of it. */
function isNamed(leaf: Uint8Array | undefined, serverName: string): boolean {
  if (leaf === undefined) return false;
  return new X509Certificate(leaf).checkHost(serverName, { subject: "never" }) !== undefined;
}
