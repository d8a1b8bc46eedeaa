// Both ends of a connection in memory: stream credit, idle timeout, one close for the two of them.

import { checkCode, connectionError, timedOut } from "./close.ts";
import { Pipe } from "./memory-pipe.ts";
import { StreamOpener } from "./opener.ts";
import { rejected } from "./promises.ts";
import { AsyncQueue } from "./queue.ts";
import type {
  CloseInfo,
  ConnectionError,
  QuicBidi,
  QuicConnection,
  QuicReceive,
  QuicSend,
} from "./transport.ts";

export interface LinkSettings {
  readonly alpn: string;
  readonly client: EndSettings;
  readonly server: EndSettings;
}

interface EndSettings {
  /** Address of the other end. */
  readonly remote: { readonly host: string; readonly port: number };
  readonly idleTimeoutMs: number;
  /** Streams that the other end may have open at once. */
  readonly maxBidiStreams: number;
  readonly maxUniStreams: number;
  /** Certificates of the other end; default none. */
  readonly peerCertificates?: readonly Uint8Array[];
}

/** link makes the two ends of a connection whose handshake is done. */
export function link(settings: LinkSettings): {
  client: MemoryConnection;
  server: MemoryConnection;
} {
  const client = new MemoryConnection(settings.alpn, settings.client, 0);
  const server = new MemoryConnection(settings.alpn, settings.server, 1);
  const idle = idleTimer(settings, () => {
    client.end(timedOut("idle timeout"));
    server.end(timedOut("idle timeout"));
  });
  client.join(server, idle);
  server.join(client, idle);
  return { client, server };
}

// The shorter timeout counts, 0 is none (RFC 9000 section 10.1).
function idleTimer({ client, server }: LinkSettings, onIdle: () => void) {
  const timeouts = [client.idleTimeoutMs, server.idleTimeoutMs].filter((ms) => ms > 0);
  return timeouts.length === 0 ? undefined : setTimeout(onIdle, Math.min(...timeouts));
}

export class MemoryConnection implements QuicConnection {
  readonly alpn: string;
  readonly peerCertificates: readonly Uint8Array[];
  readonly remote: { readonly host: string; readonly port: number };
  readonly #settings: EndSettings;
  readonly #incomingBidi = new AsyncQueue<QuicBidi>();
  readonly #incomingUni = new AsyncQueue<QuicReceive>();
  readonly #bidiOpener: StreamOpener<QuicBidi>;
  readonly #uniOpener: StreamOpener<QuicSend>;
  /** What fails the ends of pipes that are on this side. */
  readonly #livingEnds = new Set<(error: ConnectionError) => void>();
  readonly #closed = Promise.withResolvers<CloseInfo>();
  #openBidiStreams = 0;
  #openUniStreams = 0;
  #ended: ConnectionError | undefined;
  #peer!: MemoryConnection;
  #idle: NodeJS.Timeout | undefined;

  /** `bit` is 0 for the client and 1 for the server, as in stream ids. */
  constructor(alpn: string, settings: EndSettings, bit: number) {
    this.alpn = alpn;
    this.peerCertificates = settings.peerCertificates ?? [];
    this.remote = settings.remote;
    this.#settings = settings;
    this.#bidiOpener = new StreamOpener(
      bit,
      () => this.#peer.#settings.maxBidiStreams - this.#openBidiStreams,
      (id) => this.#openBidi(id),
    );
    this.#uniOpener = new StreamOpener(
      bit | 2,
      () => this.#peer.#settings.maxUniStreams - this.#openUniStreams,
      (id) => this.#openUni(id),
    );
  }

  get closed(): Promise<CloseInfo> {
    return this.#closed.promise;
  }

  openBidi(): Promise<QuicBidi> {
    return this.#ended ? rejected(this.#ended) : this.#bidiOpener.open();
  }

  openUni(): Promise<QuicSend> {
    return this.#ended ? rejected(this.#ended) : this.#uniOpener.open();
  }

  tryOpenUni(): QuicSend | undefined {
    return this.#ended ? undefined : this.#uniOpener.tryOpen();
  }

  acceptBidi(): AsyncIterableIterator<QuicBidi> {
    return this.#incomingBidi.items();
  }

  acceptUni(): AsyncIterableIterator<QuicReceive> {
    return this.#incomingUni.items();
  }

  async close(code: number, reason = ""): Promise<void> {
    checkCode(code);
    const info = { application: true, code, reason };
    this.end({ by: "local", ...info });
    this.#peer.end({ by: "peer", ...info });
  }

  /** join makes the two ends known to each other. */
  join(peer: MemoryConnection, idle: NodeJS.Timeout | undefined): void {
    this.#peer = peer;
    this.#idle = idle;
  }

  /** end ends this end; the other one is told by whoever calls. */
  end(info: CloseInfo): void {
    if (this.#ended) return;
    const error = connectionError(info);
    this.#ended = error;
    clearTimeout(this.#idle);
    // Openers first: a stream that ends gives its credit to the next one who waits.
    this.#bidiOpener.fail(error);
    this.#uniOpener.fail(error);
    for (const fail of this.#livingEnds) fail(error);
    this.#livingEnds.clear();
    this.#incomingBidi.end();
    this.#incomingUni.end();
    this.#closed.resolve(info);
  }

  #openBidi(id: number): QuicBidi {
    this.#openBidiStreams += 1;
    let open = 2;
    const onOver = () => {
      open -= 1;
      if (open > 0) return;
      this.#openBidiStreams -= 1;
      this.#bidiOpener.wake();
    };
    // The peer hears of the stream with its first byte, or its early end.
    const announce = once(() => this.#peer.#incomingBidi.push(join(back, forth)));
    const forth = this.#pipe(this.#peer, id, announce, onOver);
    const back = this.#peer.#pipe(this, id, announce, onOver);
    return join(forth, back);
  }

  #openUni(id: number): QuicSend {
    this.#openUniStreams += 1;
    const announce = once(() => this.#peer.#incomingUni.push(pipe.receive));
    const pipe = this.#pipe(this.#peer, id, announce, () => {
      this.#openUniStreams -= 1;
      this.#uniOpener.wake();
    });
    return pipe.send;
  }

  /** Makes a pipe from this side to `reader`. */
  #pipe(reader: MemoryConnection, id: number, announce: () => void, onOver: () => void): Pipe {
    const failSending = (error: ConnectionError) => pipe.failSending(error);
    const failReading = (error: ConnectionError) => pipe.failReading(error);
    const pipe = new Pipe(id, {
      onActivity: () => {
        this.#idle?.refresh();
        announce();
      },
      onOver: () => {
        this.#livingEnds.delete(failSending);
        reader.#livingEnds.delete(failReading);
        onOver();
      },
    });
    this.#livingEnds.add(failSending);
    reader.#livingEnds.add(failReading);
    return pipe;
  }
}

function join(outgoing: Pipe, incoming: Pipe): QuicBidi {
  return { ...outgoing.send, ...incoming.receive };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
