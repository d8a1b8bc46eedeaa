import assert from "node:assert/strict";
import { test } from "node:test";
import { createSelfSigned } from "../crypto/certificates.ts";
import { HealthService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import type { ConnectOptions } from "../transport/transport.ts";
import { encodeResponse, REQUEST } from "../wire/frame.ts";
import { readFrame } from "../wire/reader.ts";
import { createClient } from "./client.ts";
import { connectTo, trustAnchor } from "./connect.ts";

const SERVER = {
  host: "127.0.0.1",
  port: 1,
  serverName: "localhost",
  caPem: "PEM",
  alpn: ["qpc"],
  timeoutMs: 1000,
};

test("connectTo dials what it was told, and its caller calls", async () => {
  const transport = createMemoryTransport();
  const listener = await transport.listen({
    ...{ host: "127.0.0.1", port: 0, certPem: "", keyPem: "", alpn: ["qpc"] },
    ...{ idleTimeoutMs: 0, maxBidiStreams: 10 },
  });
  let dialed: ConnectOptions | undefined;
  const dialer = {
    connect(options: ConnectOptions) {
      dialed = options;
      return transport.connect(options);
    },
  };
  const server = await connectTo(dialer, { ...SERVER, port: listener.port });
  void answerOnce();

  const { status } = await createClient(HealthService, server.caller).health({});

  assert.equal(status, "ok");
  assert.deepEqual(dialed, {
    ...SERVER,
    port: listener.port,
    idleTimeoutMs: LIMITS.idleTimeout.value,
  });
  await server.close();
  await assert.rejects(createClient(HealthService, server.caller).health({}), {
    name: "ConnectionError",
  });
  await listener.close(Status.Ok);

  async function answerOnce(): Promise<void> {
    const { value: connection } = await listener.connections().next();
    const { value: stream } = (await connection?.acceptBidi().next()) ?? {};
    const request = stream && (await readFrame(stream.chunks(), REQUEST));
    const payload = Buffer.from("0a026f6b", "hex");
    await stream?.finish(encodeResponse(Status.Ok, request?.requestId ?? 0, payload));
  }
});

test("an error of the transport comes through", async () => {
  await assert.rejects(connectTo(createMemoryTransport(), SERVER), { name: "ConnectionError" });
});

test("a trust anchor is read as DER and as PEM, a bundle included", async () => {
  const { certDer, certPem } = await createSelfSigned({ algorithm: "Ed25519" });
  assert.equal(trustAnchor(certDer), certPem);
  assert.equal(trustAnchor(Buffer.from(certPem)), certPem);
  assert.equal(trustAnchor(Buffer.from(certPem + certPem)), certPem + certPem);
});

test("what holds no certificate is no trust anchor", async () => {
  const { certDer, keyPem, keyDer } = await createSelfSigned({ algorithm: "P-256" });
  const files = [Buffer.alloc(0), Buffer.from("text"), Buffer.from(keyPem), keyDer];
  for (const file of [...files, certDer.subarray(0, 100)]) {
    assert.throws(() => trustAnchor(file), TypeError);
  }
});
