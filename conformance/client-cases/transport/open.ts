// Servers that are not there, say nothing, or turn clients away (spec/transport.md, Handshake).

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { CONNECTION_REFUSED } from "../../../src/transport/close.ts";
import { readLongHeader } from "../../../src/transport/quic/packet.ts";
import { refusal } from "../../../src/transport/quic/refusal.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { NoAnswer } from "../../judge/errors.ts";
import { firstUni, openScene, SHORT_MS } from "../scene.ts";

const TWIN = "client-transport.alpn.qpc";

type OnDatagram = (datagram: Buffer, from: RemoteInfo, socket: Socket) => void;

/** Whether a client learns of it or waits in vain is a matter of its QUIC. */
const UNREACHABLE: readonly ErrorClass[] = ["deadline", "conn.closed"];

/** What a port may do instead of a handshake. */
const STRANGE_PORTS: readonly (readonly [string, string, OnDatagram])[] = [
  ["silent", "nothing: datagrams come in and are not answered", () => {}],
  [
    "garbage",
    "100 bytes ff for every datagram",
    (_, { port, address }, socket) => socket.send(Buffer.alloc(100, 255), port, address),
  ],
  [
    "echo",
    "every datagram, sent back",
    (datagram, { port, address }, socket) => socket.send(datagram, port, address),
  ],
  [
    "short-garbage",
    "one byte for every datagram",
    (_, { port, address }, socket) => socket.send(Buffer.from([0x40]), port, address),
  ],
  [
    "refused",
    "CONNECTION_CLOSE with CONNECTION_REFUSED for the first packet",
    (datagram, { port, address }, socket) => {
      const header = readLongHeader(datagram);
      const packet = header && refusal(header, CONNECTION_REFUSED);
      if (packet) socket.send(packet, port, address);
    },
  ],
];

export const openCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-transport.open.dead-port",
    rules: ["transport.quic"],
    sends: "nothing: nobody listens on the port",
    expects: "conn.closed or deadline",
    twin: TWIN,
    async run(t) {
      const server = await t.server();
      const port = await withPort(
        () => {},
        async (free) => free,
      );
      t.refused(await t.tryOpen(server, { port, timeout_ms: SHORT_MS }), UNREACHABLE);
    },
  }),

  ...STRANGE_PORTS.map(([slug, what, onDatagram]) =>
    defineClientCase({
      id: `client-transport.open.${slug}-port`,
      rules: ["transport.quic"],
      sends: what,
      expects:
        "conn.closed, or deadline when the time for it is over; another server is reached then",
      twin: TWIN,
      checks: ["answer", "connection-lives"],
      async run(t) {
        const server = await t.server();
        await withPort(onDatagram, async (port) => {
          t.refused(await t.tryOpen(server, { port, timeout_ms: SHORT_MS }), UNREACHABLE);
        });
        await t.connectionLives(await t.open(server), server);
      },
    }),
  ),

  defineClientCase({
    id: "client-transport.open.calls-nothing",
    rules: ["transport.stream-per-call"],
    sends: "a handshake, and waits",
    expects: "no stream of either kind: whoever connects has not called yet",
    checks: ["answer", "uni"],
    async run(t) {
      const scene = await openScene(t);
      const { peer } = scene;
      const [call, uni] = await Promise.all([
        noStream(() => peer.stream(150)),
        firstUni(scene, 150),
      ]);
      t.check("answer", call === undefined, { expected: "no stream", got: `stream ${call}` });
      t.check("uni", uni === undefined, { expected: "no stream", got: `stream ${uni}` });
    },
  }),

  defineClientCase({
    id: "client-transport.open.two-at-once",
    rules: ["transport.concurrent-connections"],
    sends: "two handshakes",
    expects: "two connections, and calls go over each",
    checks: ["answer", "first-lives", "second-lives"],
    async run(t) {
      const server = await t.server();
      const [first, second] = await Promise.all([t.open(server), t.open(server)]);
      // A client is through with its handshake before the server is.
      await Promise.all([server.connection(), server.connection()]);
      const made = server.connections();
      t.check("answer", made === 2, { expected: "2 connections", got: `${made}` });
      await t.connectionLives(first, server, "first-lives");
      await t.connectionLives(second, server, "second-lives");
    },
  }),

  defineClientCase({
    id: "client-transport.open.closed-at-once",
    rules: ["transport.error-codes", "transport.close-reason"],
    sends: "a handshake, and CONNECTION_CLOSE 9 as soon as it is done",
    expects: "conn.closed, for open or for the first call on the connection",
    twin: TWIN,
    async run(t) {
      const server = await t.server();
      const closing = server.connection().then((peer) => peer.close(9, "draining"));
      closing.catch(() => {});
      const conn = "closed-at-once";
      const opened = await t.tryOpen(server, { conn } as object);
      await closing;
      if ("err" in opened) return t.refused(opened, "conn.closed");
      const args = { conn, method: 802, body: { hex: "" }, timeout_ms: 2_000 };
      t.refused(await t.ask("call", args), "conn.closed");
    },
  }),
];

/** withPort hands the port of a UDP socket to `work`, and closes the socket. */
async function withPort<T>(onDatagram: OnDatagram, work: (port: number) => Promise<T>): Promise<T> {
  const socket = createSocket("udp4");
  socket.on("message", (datagram, from) => onDatagram(datagram, from, socket));
  socket.on("error", () => {});
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  try {
    return await work(socket.address().port);
  } finally {
    socket.close();
  }
}

async function noStream(stream: () => Promise<{ readonly id: number }>) {
  try {
    return (await stream()).id;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}
