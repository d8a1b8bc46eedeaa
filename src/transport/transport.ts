// QuicTransport: what the rest of the house asks of QUIC, whatever engine provides it.
// Spec: transport.md. Every engine passes contract.ts.

/** CloseInfo says how a connection ended. `code` is a QUIC transport or TLS code unless `application`. */
export interface CloseInfo {
  readonly by: "local" | "peer" | "timeout";
  readonly application: boolean;
  readonly code: number;
  readonly reason: string;
}

/** StreamError: the stream ended early. `code` is the application error code of the frame that ended it. */
export class StreamError extends Error {
  override name = "StreamError";
  readonly kind: "reset" | "stopped" | "closed";
  readonly code: number;
  constructor(kind: "reset" | "stopped" | "closed", code: number) {
    super(`stream ${kind}, code ${code}`);
    this.kind = kind;
    this.code = code;
  }
}

/** ConnectionError: the connection could not be made, or is gone. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
  readonly info: CloseInfo;
  constructor(message: string, info: CloseInfo) {
    super(message);
    this.info = info;
  }
}

export interface QuicReceive {
  readonly id: number;
  /**
   * chunks yields the bytes as they arrive and ends at FIN. Bytes are taken from the engine only while the
   * consumer asks, so an idle consumer stops the sender. Throws StreamError("reset") after RESET_STREAM,
   * ConnectionError when the connection ends. May be iterated once; leaving the loop early does not stop the sender.
   */
  chunks(): AsyncIterableIterator<Uint8Array>;
  /** stopSending asks the peer to stop (STOP_SENDING) and ends chunks() with StreamError("closed"). */
  stopSending(code: number): void;
}

export interface QuicSend {
  readonly id: number;
  /** write resolves when the engine took every byte (flow control permitting). Throws StreamError("stopped") after STOP_SENDING. */
  write(bytes: Uint8Array): Promise<void>;
  /** finish writes `last`, if any, and FIN. */
  finish(last?: Uint8Array): Promise<void>;
  /** reset abandons what is unsent (RESET_STREAM). Without effect once FIN was taken. */
  reset(code: number): void;
  /** stopped resolves with the code of a STOP_SENDING, if one comes before FIN; it never rejects. */
  readonly stopped: Promise<number>;
}

export interface QuicBidi extends QuicReceive, QuicSend {}

export interface QuicConnection {
  readonly alpn: string;
  /** DER certificates of the peer, leaf first; empty when it showed none. */
  readonly peerCertificates: readonly Uint8Array[];
  readonly remote: { readonly host: string; readonly port: number };
  /** openBidi waits for stream credit of the peer. Rejects with ConnectionError once the connection ended. */
  openBidi(): Promise<QuicBidi>;
  /** openUni waits likewise. */
  openUni(): Promise<QuicSend>;
  /** tryOpenUni opens a stream if the peer has given credit for one, and never waits (I-11). */
  tryOpenUni(): QuicSend | undefined;
  /** acceptBidi yields streams that the peer opened; ends when the connection ends. */
  acceptBidi(): AsyncIterableIterator<QuicBidi>;
  acceptUni(): AsyncIterableIterator<QuicReceive>;
  /**
   * close sends CONNECTION_CLOSE with an application code and a reason, of which 512 bytes count. What
   * was written and does not fit the peer's window is lost. Safe to call twice: the first close counts.
   */
  close(code: number, reason?: string): Promise<void>;
  readonly closed: Promise<CloseInfo>;
}

export interface QuicServer {
  readonly host: string;
  readonly port: number;
  /** connections yields connections whose handshake is complete; ends when the server closes. */
  connections(): AsyncIterableIterator<QuicConnection>;
  /** stopAccepting refuses new connections; living ones go on (C-15). */
  stopAccepting(): void;
  /** close sends CONNECTION_CLOSE to every connection, waits for it to leave, frees the port. */
  close(code: number, reason?: string): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly certPem: string;
  readonly keyPem: string;
  readonly alpn: readonly string[];
  /** Idle timeout in milliseconds; 0 = never. */
  readonly idleTimeoutMs: number;
  /** Client-initiated bidirectional streams open at once. */
  readonly maxBidiStreams: number;
  /** Client-initiated unidirectional streams open at once; default 16, the protocol has no use for them. */
  readonly maxUniStreams?: number;
  /** PEM of the authority whose client certificates are demanded; absent = none is asked for. */
  readonly clientCaPem?: string;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** Name checked against the certificate, a DNS name (an IP literal never matches). */
  readonly serverName: string;
  /** Trust anchor; absent = no verification at all, for a judge that looks at the certificate itself. */
  readonly caPem?: string;
  readonly alpn: readonly string[];
  readonly idleTimeoutMs: number;
  /** How long the handshake may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly certPem?: string;
  readonly keyPem?: string;
  /** Server-initiated unidirectional streams allowed at once; default 1024. */
  readonly maxUniStreams?: number;
}

export interface QuicTransport {
  /** listen rejects when the address cannot be bound or the certificate cannot be used. */
  listen(options: ListenOptions): Promise<QuicServer>;
  /**
   * connect resolves when the server has accepted the client, its certificate included. It rejects with
   * ConnectionError: refused, wrong ALPN, certificate not trusted on either side, no answer in time.
   */
  connect(options: ConnectOptions): Promise<QuicConnection>;
}
