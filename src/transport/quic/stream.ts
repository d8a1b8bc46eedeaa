// A stream is one or two halves under one id (RFC 9000 section 2.1).

import type { ConnectionError, QuicBidi } from "../transport.ts";
import type { StreamHost } from "./half.ts";
import { ReceiveHalf } from "./receive.ts";
import { SendHalf } from "./send.ts";

/** Bit 0 of an id: opened by the server. */
export const SERVER_INITIATED = 1;
/** Bit 1 of an id: unidirectional. */
export const UNIDIRECTIONAL = 2;

/** Stream is what a connection keeps of a stream until both halves are over. */
export interface Stream {
  readonly id: number;
  readonly receive: ReceiveHalf | undefined;
  readonly send: SendHalf | undefined;
}

/** isOver says that neither half has anything left to do. */
export function isOver({ receive, send }: Stream): boolean {
  return receive?.over !== false && send?.over !== false;
}

/** failStream ends both halves with the connection. */
export function failStream({ receive, send }: Stream, error: ConnectionError): void {
  receive?.fail(error);
  send?.fail(error);
}

/**
 * isCollected says whether the engine has forgotten a stream that is over, and helps it to: it
 * returns the peer's credit for the stream only then. A unidirectional stream that we stopped, or
 * one whose peer answered the stop with FIN, is never forgotten while the connection lives.
 */
export function isCollected({ receive, send }: Stream): boolean {
  return receive?.collected() ?? send?.nudge() ?? true;
}

export class BidiStream implements QuicBidi, Stream {
  readonly id: number;
  readonly receive: ReceiveHalf;
  readonly send: SendHalf;

  constructor(host: StreamHost, id: number) {
    this.id = id;
    this.receive = new ReceiveHalf(host, id);
    this.send = new SendHalf(host, id);
  }

  get stopped(): Promise<number> {
    return this.send.stopped;
  }

  chunks(): AsyncIterableIterator<Uint8Array> {
    return this.receive.chunks();
  }

  stopSending(code: number): void {
    this.receive.stopSending(code);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.send.write(bytes);
  }

  finish(last?: Uint8Array): Promise<void> {
    return this.send.finish(last);
  }

  reset(code: number): void {
    this.send.reset(code);
  }
}
