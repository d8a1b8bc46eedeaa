// One connection: carries datagrams into the engine and out of it, and the engine's news to the
// streams (RFC 9000). The engine is quiche, which acts only when it is called: whatever may give it
// something to send is followed by a flush in the same turn of the event loop.

import {
  BAD_CERTIFICATE,
  CONNECTION_REFUSED,
  checkCode,
  connectionError,
  timedOut,
} from "../close.ts";
import { rejected } from "../promises.ts";
import type { CloseInfo, QuicBidi, QuicConnection, QuicReceive, QuicSend } from "../transport.ts";
import type { Engine } from "./binding.ts";
import { closeInfo } from "./close.ts";
import type { Outbox } from "./outbox.ts";
import { hasLongHeader } from "./packet.ts";
import { StreamTable } from "./streams.ts";
import { EngineTimer } from "./timer.ts";
import type { Turn, TurnTaker } from "./turn.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionSettings {
  readonly engine: Engine;
  readonly server: boolean;
  readonly local: Address;
  readonly remote: Address;
  readonly outbox: Outbox;
  readonly turn: Turn;
  /** How long the handshake may take, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** Looks at the certificates that the engine has found good, before the peer hears so; absent = takes them. */
  readonly accepts?: (certificates: readonly Uint8Array[]) => boolean;
  /** Called when the peer is authenticated; for a client, when the server has accepted it too. */
  readonly onReady: (connection: QuicheConnection) => void;
  /** Called when the connection has ended, though it may still answer late datagrams. */
  readonly onEnded: (connection: QuicheConnection) => void;
  /** Called when nothing more will be sent or awaited. */
  readonly onReleased: (connection: QuicheConnection) => void;
}

// quiche 0.18 can make packets without end when an application close meets an unconfirmed handshake.
const CLOSING_DATAGRAMS = 4;

// A close waits for the next probe when the congestion window is full. If it cannot be sent at all,
// the peer finds out by its own idle timeout.
const CLOSING_MS = 3_000;

// The engine drains for three probe timeouts, which is next to nothing on a fast network.
const MIN_DRAINING_MS = 100;

// A server confirms the handshake at once; this is for one whose packet was lost.
const CONFIRMATION_MS = 250;

// A close must fit into one packet.
const MAX_REASON_BYTES = 512;

const INTERNAL_ERROR = 0x01;

// How a socket for both families spells an IPv4 address.
const IPV4_MAPPED = /^::ffff:(?=[0-9.]+$)/;

const NO_REASON = new Uint8Array(0);

export class QuicheConnection implements QuicConnection, TurnTaker {
  readonly remote: Address;
  readonly #settings: ConnectionSettings;
  readonly #engine: Engine;
  readonly #streams: StreamTable;
  readonly #timer: EngineTimer;
  readonly #closed = Promise.withResolvers<CloseInfo>();
  readonly #handshakeTimer: NodeJS.Timeout;
  #confirmationTimer: NodeJS.Timeout | undefined;
  #closingTimer: NodeJS.Timeout | undefined;
  #alpn = "";
  #peerCertificates: readonly Uint8Array[] = [];
  #path: { from: Address; to: Address };
  #state: "handshake" | "ready" | "ended" | "released" = "handshake";
  #info: CloseInfo | undefined;
  #arrived = false;
  #confirmed: boolean;
  /** The engine is closing: for our sake, or because the peer broke the protocol. */
  #closing = false;
  #closeDatagram: Uint8Array | undefined;
  #closeRepeats = 0;

  constructor(settings: ConnectionSettings) {
    const { engine, handshakeTimeoutMs } = settings;
    this.#settings = settings;
    this.#engine = engine;
    this.remote = { ...settings.remote, host: settings.remote.host.replace(IPV4_MAPPED, "") };
    this.#path = { from: settings.remote, to: settings.local };
    this.#confirmed = settings.server;
    this.#streams = new StreamTable(engine, settings.server, {
      touch: () => this.#touch(),
      transmit: () => this.#transmit(),
    });
    this.#timer = new EngineTimer(engine, () => this.#touch());
    this.#handshakeTimer = setTimeout(() => {
      this.#abort(0, timedOut(`no handshake within ${handshakeTimeoutMs} ms`));
    }, handshakeTimeoutMs);
    this.#touch();
  }

  get alpn(): string {
    return this.#alpn;
  }

  get peerCertificates(): readonly Uint8Array[] {
    return this.#peerCertificates;
  }

  get closed(): Promise<CloseInfo> {
    return this.#closed.promise;
  }

  openBidi(): Promise<QuicBidi> {
    return this.#refusal() ?? this.#streams.bidiOpener.open();
  }

  openUni(): Promise<QuicSend> {
    return this.#refusal() ?? this.#streams.uniOpener.open();
  }

  tryOpenUni(): QuicSend | undefined {
    return this.#streams.ended ? undefined : this.#streams.uniOpener.tryOpen();
  }

  acceptBidi(): AsyncIterableIterator<QuicBidi> {
    return this.#streams.incomingBidi.items();
  }

  acceptUni(): AsyncIterableIterator<QuicReceive> {
    return this.#streams.incomingUni.items();
  }

  async close(code: number, reason = ""): Promise<void> {
    checkCode(code);
    if (!this.#info) {
      // The engine forgets what it has not sent, so what it may send goes first.
      this.#transmit();
      this.#engine.close(true, code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES));
      this.#fail();
    }
    await this.closed;
  }

  /** refuse closes a connection that the server does not want. */
  refuse(): void {
    this.#abort(CONNECTION_REFUSED);
  }

  /** abandon ends a connection attempt without telling the peer, of whom nothing was heard. */
  abandon(info: CloseInfo): void {
    this.#abort(0, info);
    this.release();
  }

  /** receive takes a datagram from the socket. It is decrypted in place. */
  receive(datagram: Buffer, from: { readonly address: string; readonly port: number }): void {
    if (this.#state === "released") return;
    if (this.#closeDatagram) {
      this.#repeatClose(this.#closeDatagram);
      return;
    }
    if (from.port !== this.#path.from.port || from.address !== this.#path.from.host) {
      this.#path = { from: { host: from.address, port: from.port }, to: this.#settings.local };
    }
    // The first packet with a short header carries HANDSHAKE_DONE.
    if (!this.#confirmed && !hasLongHeader(datagram)) this.#confirmed = true;
    try {
      this.#engine.recv(datagram, this.#path);
    } catch {
      if (this.#engine.localError() !== null) this.#fail();
    }
    this.#arrived = true;
    this.#touch();
  }

  deliver(): void {
    if (!this.#arrived || this.#info) return;
    this.#arrived = false;
    if (this.#state === "handshake" && this.#engine.isEstablished()) this.#authenticate();
    if (!this.#info) this.#streams.deliver();
  }

  flush(): void {
    if (this.#state === "released") return;
    this.#transmit();
    const draining = this.#engine.isDraining();
    const over = this.#engine.isClosed();
    if ((draining || over) && this.#state !== "ended") this.#ended();
    if (!over) this.#timer.arm();
    else if (this.#closeDatagram) this.#releaseWithin(MIN_DRAINING_MS);
    else this.release();
  }

  /** release forgets the connection without waiting for late datagrams. */
  release(): void {
    if (this.#state === "released") return;
    this.#state = "released";
    clearTimeout(this.#closingTimer);
    this.#timer.clear();
    this.#closed.resolve(this.#info as CloseInfo);
    this.#settings.onReleased(this);
  }

  #authenticate(): void {
    this.#peerCertificates = this.#engine.peerCertChain() ?? [];
    const { accepts } = this.#settings;
    if (accepts === undefined || accepts(this.#peerCertificates)) this.#established();
    else this.#abort(BAD_CERTIFICATE);
  }

  #established(): void {
    if (!this.#confirmed) {
      this.#confirmationTimer ??= setTimeout(() => {
        this.#confirmed = true;
        this.#arrived = true;
        this.#touch();
      }, CONFIRMATION_MS);
      return;
    }
    this.#clearHandshakeTimers();
    this.#state = "ready";
    this.#alpn = Buffer.from(this.#engine.applicationProto()).toString();
    this.#settings.onReady(this);
  }

  #ended(): void {
    this.#state = "ended";
    this.#end(closeInfo(this.#engine));
    this.#closed.resolve(this.#info as CloseInfo);
    this.#timer.unref();
    this.#settings.onEnded(this);
  }

  #transmit(): void {
    const { outbox } = this.#settings;
    for (let budget = this.#closing ? CLOSING_DATAGRAMS : Infinity; budget > 0; budget -= 1) {
      const slot = outbox.slot();
      const sent = this.#nextDatagram(slot);
      if (sent === null) return;
      const [length, { to }] = sent;
      outbox.send(length, to);
      if (this.#closing && this.#engine.isDraining()) {
        this.#closeDatagram = new Uint8Array(slot.subarray(0, length));
      }
    }
  }

  // The engine throws when TLS fails in the middle of its own flight; it has the reason to send then.
  #nextDatagram(slot: Buffer): ReturnType<Engine["send"]> {
    try {
      return this.#engine.send(slot);
    } catch {
      if (this.#closing) return null;
      this.#engine.close(false, INTERNAL_ERROR, NO_REASON);
      this.#fail();
      return this.#nextDatagram(slot);
    }
  }

  // RFC 9000 section 10.2.1: a closing endpoint answers with its close again, ever more rarely.
  #repeatClose(datagram: Uint8Array): void {
    this.#closeRepeats += 1;
    if ((this.#closeRepeats & (this.#closeRepeats - 1)) !== 0) return;
    const { outbox } = this.#settings;
    outbox.slot().set(datagram);
    outbox.send(datagram.length, this.#path.from);
  }

  #abort(code: number, info?: CloseInfo): void {
    if (this.#info) return;
    this.#engine.close(false, code, NO_REASON);
    this.#fail(info);
  }

  /** Ends a connection that the engine is about to close, or has closed. */
  #fail(info = closeInfo(this.#engine)): void {
    this.#closing = true;
    this.#end(info);
  }

  #end(info: CloseInfo): void {
    if (this.#info) return;
    this.#info = info;
    this.#clearHandshakeTimers();
    this.#releaseWithin(CLOSING_MS);
    this.#streams.fail(connectionError(info));
    this.#touch();
  }

  #releaseWithin(ms: number): void {
    clearTimeout(this.#closingTimer);
    this.#closingTimer = setTimeout(() => this.release(), ms).unref();
  }

  #clearHandshakeTimers(): void {
    clearTimeout(this.#handshakeTimer);
    clearTimeout(this.#confirmationTimer);
  }

  #refusal(): Promise<never> | undefined {
    const { ended } = this.#streams;
    return ended && rejected(ended);
  }

  #touch(): void {
    if (this.#state !== "released") this.#settings.turn.schedule(this);
  }
}
