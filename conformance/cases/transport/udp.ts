// Bare datagrams to the subject, and what comes back.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Subject } from "../../judge/subject.ts";

/** exchange sends datagrams from one socket and answers what it hears until `ms` after the last. */
export async function exchange(
  { host, port }: Subject,
  datagrams: readonly Uint8Array[],
  ms: number,
): Promise<readonly Buffer[]> {
  const socket = createSocket({
    type: isIPv6(host) ? "udp6" : "udp4",
    recvBufferSize: 4 << 20, // every answer counts
  });
  const replies: Buffer[] = [];
  socket.on("message", (reply) => replies.push(reply));
  // A system that refuses an empty datagram, or says that the port is closed: the calls will tell.
  socket.on("error", () => {});
  socket.bind(0);
  await once(socket, "listening");
  for (const datagram of datagrams) {
    await new Promise((sent) => socket.send(datagram, port, host, sent));
  }
  await sleep(ms);
  socket.close();
  return replies;
}
