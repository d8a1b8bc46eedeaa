// QUIC for the rest of the house: quiche's native binding under a driver of our own on node:dgram
// (RFC 9000, RFC 9001). Spec: transport.md.
//
// The engine is quiche 0.18. What it lacks, and nothing here can add: lost STOP_SENDING and
// MAX_STREAMS frames are not repeated; every finished stream leaves its id in a set for the life of
// the connection; a client cannot leave ALPN out. Not used: Retry, migration, 0-RTT.

import type { QuicTransport } from "../transport.ts";
import { loadBinding } from "./binding.ts";
import { connect } from "./client.ts";
import { listen } from "./server.ts";
import { Turn } from "./turn.ts";

/**
 * createQuicTransport makes a transport over UDP. The native engine is loaded by the first listen or
 * connect, which rejects with QuicUnavailable where there is none.
 */
export function createQuicTransport(): QuicTransport {
  const turn = new Turn();
  return {
    listen: async (options) => listen(await loadBinding(), turn, options),
    connect: async (options) => connect(await loadBinding(), turn, options),
  };
}
