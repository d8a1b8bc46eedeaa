// How a client process calls the server on either side: one connection, a Health call at a time or
// many at once.

import { connect as connectHttp2 } from "node:http2";
import { Status } from "../../src/registry/statuses.ts";
import { createCaller } from "../../src/rpc/caller.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { demandOk, encodeRequest, HEALTH_ID } from "./health.ts";

export interface Endpoint {
  readonly side: "qpc" | "http2";
  readonly port: number;
  readonly caPem: string;
}

export interface Connected {
  readonly call: () => Promise<void>;
  close(): Promise<void>;
}

/** connectTo opens one connection and makes a first call on it. */
export async function connectTo(endpoint: Endpoint): Promise<Connected> {
  const connected = await (endpoint.side === "qpc" ? connectQpc(endpoint) : dialHttp2(endpoint));
  await connected.call();
  return connected;
}

async function connectQpc({ port, caPem }: Endpoint): Promise<Connected> {
  const quic = await createQuicTransport().connect({
    host: "127.0.0.1",
    port,
    serverName: "localhost",
    caPem,
    alpn: ["qpc"],
    idleTimeoutMs: 60_000,
    timeoutMs: 5_000,
  });
  const caller = createCaller(quic);
  return {
    async call() {
      const { status, payload } = await caller.call(HEALTH_ID, encodeRequest());
      if (status !== Status.Ok) throw new Error(`status ${status}`);
      demandOk(payload);
    },
    close: () => quic.close(Status.Ok),
  };
}

const PATH = "/qpc.v1.HealthService/Health";

function dialHttp2({ port, caPem }: Endpoint): Promise<Connected> {
  const session = connectHttp2(`https://localhost:${port}`, { ca: caPem, minVersion: "TLSv1.3" });
  const call = () =>
    new Promise<void>((resolve, reject) => {
      const stream = session.request({
        ":method": "POST",
        ":path": PATH,
        "content-type": "application/proto",
      });
      const chunks: Buffer[] = [];
      let status: number | undefined;
      stream.on("response", (headers) => {
        status = headers[":status"];
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        if (status !== 200) return reject(new Error(`status ${status}`));
        demandOk(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
        resolve();
      });
      stream.end(encodeRequest());
    });
  const close = () => new Promise<void>((resolve) => session.close(resolve));
  return new Promise((resolve, reject) => {
    session.once("connect", () => resolve({ call, close }));
    session.once("error", reject);
  });
}
