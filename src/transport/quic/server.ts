// The server: one socket, and connections found by the id that each datagram is addressed to
// (RFC 9000 section 5.2).

import { randomBytes } from "node:crypto";
import type { RemoteInfo, Socket } from "node:dgram";
import { CONNECTION_REFUSED } from "../close.ts";
import { AsyncQueue } from "../queue.ts";
import type { ListenOptions, QuicConnection, QuicServer } from "../transport.ts";
import type { Config, Quiche } from "./binding.ts";
import { serverConfig } from "./config.ts";
import { type Address, QuicheConnection } from "./connection.ts";
import { Outbox } from "./outbox.ts";
import {
  hasLongHeader,
  isInitial,
  type LongHeader,
  MIN_INITIAL_BYTES,
  MIN_INITIAL_ID_BYTES,
  readLongHeader,
} from "./packet.ts";
import { refusal } from "./refusal.ts";
import { openSocket, resolveHost, settled } from "./socket.ts";
import type { Turn } from "./turn.ts";

/** Length of the connection ids we choose; short headers do not say it. */
const ID_BYTES = 20;

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Handshakes under way at once, and connections that nobody has taken from connections() yet. */
const MAX_HANDSHAKES = 1024;
const MAX_UNCLAIMED = 1024;

/** listen binds a socket and serves it. It rejects as QuicTransport.listen does. */
export async function listen(
  quiche: Quiche,
  turn: Turn,
  options: ListenOptions,
): Promise<QuicServer> {
  const config = serverConfig(quiche, options);
  const [address] = await resolveHost(options.host);
  if (address === undefined) throw new Error(`${options.host} has no address`);
  const socket = openSocket(address);
  // The look-up answers at once, so the event can come before bind returns.
  const listening = settled(socket, "listening");
  socket.bind(options.port, address);
  try {
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  return new QuicheServer(quiche, turn, config, socket);
}

class QuicheServer implements QuicServer {
  readonly host: string;
  readonly port: number;
  readonly #quiche: Quiche;
  readonly #turn: Turn;
  readonly #config: Config;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #local: Address;
  readonly #byId = new Map<string, QuicheConnection>();
  readonly #ids = new Map<QuicheConnection, readonly string[]>();
  readonly #handshaking = new Set<QuicheConnection>();
  readonly #unclaimed = new AsyncQueue<QuicConnection>();
  #accepting = true;
  #closed: Promise<void> | undefined;

  constructor(quiche: Quiche, turn: Turn, config: Config, socket: Socket) {
    const { address, port } = socket.address();
    this.host = address;
    this.port = port;
    this.#quiche = quiche;
    this.#turn = turn;
    this.#config = config;
    this.#socket = socket;
    this.#outbox = new Outbox(socket, false);
    this.#local = { host: address, port };
    socket.on("message", (datagram, from) => this.#route(datagram, from));
    // A peer that vanished makes later sends fail; its connection times out by itself.
    socket.on("error", () => {});
  }

  connections(): AsyncIterableIterator<QuicConnection> {
    return this.#unclaimed.items();
  }

  stopAccepting(): void {
    this.#accepting = false;
    for (const connection of this.#handshaking) connection.refuse();
  }

  close(code: number, reason?: string): Promise<void> {
    this.#closed ??= this.#close(code, reason);
    return this.#closed;
  }

  async #close(code: number, reason?: string): Promise<void> {
    this.stopAccepting();
    const living = [...this.#ids.keys()];
    await Promise.all(living.map((connection) => connection.close(code, reason)));
    for (const connection of living) connection.release();
    this.#unclaimed.end();
    await this.#outbox.sent();
    const closed = settled(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #route(datagram: Buffer, from: RemoteInfo): void {
    if (!hasLongHeader(datagram)) {
      this.#byId.get(datagram.toString("latin1", 1, 1 + ID_BYTES))?.receive(datagram, from);
      return;
    }
    const header = readLongHeader(datagram);
    if (!header) return;
    const known = this.#byId.get(header.destinationId.toString("latin1"));
    if (known) known.receive(datagram, from);
    else if (datagram.length >= MIN_INITIAL_BYTES) this.#greet(datagram, header, from);
  }

  // Nobody's datagram that is long enough to open a connection. All else is dropped without answer.
  #greet(datagram: Buffer, header: LongHeader, from: RemoteInfo): void {
    if (!this.#quiche.versionIsSupported(header.version)) {
      if (header.version !== 0) this.#negotiateVersion(header, from);
    } else if (isInitial(datagram) && header.destinationId.length >= MIN_INITIAL_ID_BYTES) {
      if (this.#accepting && this.#handshaking.size < MAX_HANDSHAKES) {
        this.#accept(header, from).receive(datagram, from);
      } else {
        this.#refuse(header, from);
      }
    }
  }

  #negotiateVersion({ sourceId, destinationId }: LongHeader, from: RemoteInfo): void {
    const length = this.#quiche.negotiateVersion(sourceId, destinationId, this.#outbox.slot());
    this.#outbox.send(length, { host: from.address, port: from.port });
  }

  #refuse(header: LongHeader, from: RemoteInfo): void {
    const packet = refusal(header, CONNECTION_REFUSED);
    if (!packet) return;
    this.#outbox.slot().set(packet);
    this.#outbox.send(packet.length, { host: from.address, port: from.port });
  }

  // The client uses the id it made up until it has seen the one we chose.
  #accept({ destinationId }: LongHeader, from: RemoteInfo): QuicheConnection {
    const id = randomBytes(ID_BYTES);
    const remote = { host: from.address, port: from.port };
    const { Connection } = this.#quiche;
    const connection = new QuicheConnection({
      engine: Connection.accept(id, null, this.#local, remote, this.#config),
      server: true,
      local: this.#local,
      remote,
      outbox: this.#outbox,
      turn: this.#turn,
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      onReady: (ready) => this.#claim(ready),
      onEnded: (ended) => this.#handshaking.delete(ended),
      onReleased: (released) => this.#forget(released),
    });
    const ids = [id.toString("latin1"), destinationId.toString("latin1")];
    for (const key of ids) this.#byId.set(key, connection);
    this.#ids.set(connection, ids);
    this.#handshaking.add(connection);
    return connection;
  }

  #claim(connection: QuicheConnection): void {
    this.#handshaking.delete(connection);
    if (this.#unclaimed.length < MAX_UNCLAIMED) this.#unclaimed.push(connection);
    else connection.refuse();
  }

  #forget(connection: QuicheConnection): void {
    this.#handshaking.delete(connection);
    for (const key of this.#ids.get(connection) ?? []) this.#byId.delete(key);
    this.#ids.delete(connection);
  }
}
