import assert from "node:assert/strict";
import type { Socket } from "node:dgram";
import { describe, it } from "node:test";
import { Outbox } from "./outbox.ts";

const TO = { host: "127.0.0.1", port: 9 };

/** A socket that keeps the datagrams it was given; `queued` of them are still to be sent. */
function fakeSocket(queued: number) {
  const given: { datagram: Buffer; to: unknown[] }[] = [];
  const socket = {
    send: (buffer: Buffer, offset: number, length: number, ...to: unknown[]) =>
      given.push({ datagram: buffer.subarray(offset, offset + length), to }),
    getSendQueueCount: () => queued,
  };
  return { given, socket: socket as unknown as Socket };
}

function sendMany(outbox: Outbox, count: number): void {
  for (let index = 0; index < count; index += 1) {
    outbox.slot().writeUInt32BE(index);
    outbox.send(4, TO);
  }
}

describe("Outbox", () => {
  it("never writes into a buffer that the system has not taken", () => {
    const { given, socket } = fakeSocket(1);
    sendMany(new Outbox(socket, false), 300);
    const sent = given.map(({ datagram }) => datagram.readUInt32BE());
    assert.deepEqual(
      sent,
      Array.from({ length: 300 }, (_, index) => index),
    );
  });

  it("uses its buffers again once the system took them", () => {
    const { given, socket } = fakeSocket(0);
    sendMany(new Outbox(socket, false), 300);
    assert.equal(new Set(given.map(({ datagram }) => datagram.buffer)).size, 1);
  });

  it("names the receiver only where the socket has none", () => {
    const { given, socket } = fakeSocket(0);
    sendMany(new Outbox(socket, false), 1);
    sendMany(new Outbox(socket, true), 1);
    assert.deepEqual(
      given.map(({ to }) => to),
      [[9, "127.0.0.1"], []],
    );
  });
});
