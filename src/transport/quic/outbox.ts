// Sends datagrams from buffers that are used again.

import type { Socket } from "node:dgram";
import { DATAGRAM_SIZE } from "./config.ts";

const SLOTS = 64;

/** Outbox lends buffers of DATAGRAM_SIZE bytes and sends them through one socket. */
export class Outbox {
  readonly #socket: Socket;
  #slots = makeSlots();
  /** Slots in use; those from here on are free. */
  #used = 0;

  readonly #connected: boolean;

  /** `connected`: the socket has one peer, and refuses to be told whom to send to. */
  constructor(socket: Socket, connected: boolean) {
    this.#socket = socket;
    this.#connected = connected;
  }

  /** slot answers a free buffer, which stays free until it is sent. */
  slot(): Buffer {
    if (this.#used === SLOTS) this.#recycle();
    return this.#slots[this.#used] as Buffer;
  }

  /** send sends the first `length` bytes of the buffer that slot answered last. */
  send(length: number, to: { readonly host: string; readonly port: number }): void {
    const slot = this.slot();
    this.#used += 1;
    if (this.#connected) this.#socket.send(slot, 0, length);
    else this.#socket.send(slot, 0, length, to.port, to.host);
  }

  /** sent resolves when the system has taken every datagram, which it nearly always does at once. */
  async sent(): Promise<void> {
    while (this.#socket.getSendQueueCount() > 0) await new Promise(setImmediate);
  }

  // A buffer given to the socket is in use until the system took it; with nothing queued all are free.
  #recycle(): void {
    if (this.#socket.getSendQueueCount() > 0) this.#slots = makeSlots();
    this.#used = 0;
  }
}

function makeSlots(): Buffer[] {
  const slab = Buffer.allocUnsafeSlow(SLOTS * DATAGRAM_SIZE);
  return Array.from({ length: SLOTS }, (_, index) =>
    slab.subarray(index * DATAGRAM_SIZE, (index + 1) * DATAGRAM_SIZE),
  );
}
