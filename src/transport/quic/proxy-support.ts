// A UDP proxy for tests: what passes between a client and a server can be lost or overtaken.

import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

export type Direction = "to-server" | "to-client";

/** Fate of a datagram: passed on, dropped, or held back for some milliseconds. */
export type Fate = "pass" | "drop" | number;

export interface UdpProxy {
  readonly port: number;
  /** Datagrams that came in, by direction. */
  readonly seen: Readonly<Record<Direction, number>>;
  close(): void;
}

/** startProxy listens on a free port and stands between one client at a time and `serverPort`. */
export async function startProxy(
  serverPort: number,
  decide: (direction: Direction, datagram: Buffer) => Fate,
): Promise<UdpProxy> {
  const front = createSocket("udp4");
  const back = createSocket("udp4");
  const seen = { "to-server": 0, "to-client": 0 };
  let client: RemoteInfo | undefined;
  const delayed = new Set<NodeJS.Timeout>();

  const carry = (direction: Direction, datagram: Buffer, send: () => void) => {
    seen[direction] += 1;
    const fate = decide(direction, datagram);
    if (fate === "pass") send();
    else if (fate !== "drop") delayed.add(setTimeout(send, fate));
  };
  front.on("message", (datagram, from) => {
    client = from;
    carry("to-server", datagram, () => back.send(datagram, serverPort, "127.0.0.1"));
  });
  back.on("message", (datagram) => {
    const { port, address } = client as RemoteInfo;
    carry("to-client", datagram, () => front.send(datagram, port, address));
  });
  for (const socket of [front, back]) {
    socket.on("error", () => {});
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
  return {
    port: front.address().port,
    seen,
    close() {
      for (const timer of delayed) clearTimeout(timer);
      front.close();
      back.close();
    },
  };
}
