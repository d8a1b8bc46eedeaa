// UDP sockets and addresses.

import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

// Room for a burst of a few thousand datagrams; systems that allow less give less.
const BUFFER_BYTES = 4 << 20;

/** resolveHost answers the addresses of a host in the order they should be tried. */
export async function resolveHost(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** openSocket makes a socket for the family of `address`. On "::" it serves IPv4 as well. */
export function openSocket(address: string): Socket {
  return createSocket({
    type: isIP(address) === 6 ? "udp6" : "udp4",
    ipv6Only: false,
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
    lookup: lookupAddress,
  });
}

/** settled waits for one of the socket's events, or for an error. Call it first: events may come at once. */
export function settled(socket: Socket, event: "listening" | "connect" | "close"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

// Every send asks for the address, and without this each would wait for a thread of the DNS pool.
function lookupAddress(
  address: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, isIP(address));
}
