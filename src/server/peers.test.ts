// What a server believes of its peers' answers (spec/services/federation.md).

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { createAuthority, issue } from "../crypto/certificates.ts";
import { ErrorDetailSchema } from "../gen/qpc/v1/common_pb.ts";
import { FederationService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Answer } from "../rpc/dispatch.ts";
import { errorPayload, RpcError } from "../rpc/error.ts";
import { serveConnection } from "../rpc/serve.ts";
import { createMemoryTransport } from "../transport/memory.ts";
import { openPeers } from "./peers.ts";

const { federationHealth } = FederationService.method;

test("a peer's hint when to come back is passed on within reason", async (t) => {
  for (const [retryAfterMs, passedOn] of [
    [250n, 250],
    [2n ** 64n - 1n, 60_000],
  ] as const) {
    const payload = toBinary(ErrorDetailSchema, create(ErrorDetailSchema, { retryAfterMs }));
    const peers = await peersThatAnswer(t, { status: Status.RateLimited, payload });
    await assert.rejects(peers.call("b.test", federationHealth, {}), (error) => {
      assert.ok(error instanceof RpcError);
      assert.equal(error.retryAfterMs, passedOn);
      return errorPayload(error).length > 0;
    });
  }
});

/** peersThatAnswer makes a peer b.test that answers every call so. */
async function peersThatAnswer(t: TestContext, answer: Answer) {
  const transport = createMemoryTransport();
  const authority = await createAuthority({ algorithm: "P-256", commonName: "Federation" });
  const names = { commonName: "a.test", names: ["a.test"] };
  const identity = await issue(authority, { algorithm: "P-256", ...names });
  const certs = { certPem: identity.certPem, keyPem: identity.keyPem };
  const alpn = ["qpc"];
  const server = await transport.listen({
    ...certs,
    host: "127.0.0.1",
    port: 0,
    alpn,
    idleTimeoutMs: 0,
    maxBidiStreams: 10,
  });
  void (async () => {
    for await (const connection of server.connections()) {
      void serveConnection(connection, {
        dispatch: async () => answer,
        headerDeadlineMs: 0,
        frameDeadlineMs: 0,
        draining: () => false,
        onConnection: () => {},
        onStream: () => {},
      });
    }
  })();
  const peers = openPeers({
    transport,
    alpn,
    identity: { domain: "a.test", ...certs, caPem: authority.certPem },
    peers: [{ domain: "b.test", address: `127.0.0.1:${server.port}` }],
  });
  t.after(async () => {
    await peers.close();
    await server.close(Status.Ok);
  });
  return peers;
}
