// The yardstick: an HTTP/2 server with TLS 1.3 that answers the same Health call, as a process.
// It takes its certificate over IPC and answers with its port.

import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { answer } from "./health.ts";

const startedAt = Date.now();

process.once("message", ({ certPem, keyPem }: { certPem: string; keyPem: string }) => {
  const server = createSecureServer({ cert: certPem, key: keyPem, minVersion: "TLSv1.3" });
  server.on("stream", (stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const payload = answer(Buffer.concat(chunks), startedAt);
      stream.respond({ ":status": 200, "content-type": "application/proto" });
      stream.end(payload);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
});
process.once("disconnect", () => process.exit());
