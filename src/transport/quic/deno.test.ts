// Deno's QUIC is quinn, the engine the protocol grew up with: an independent peer for our driver.
//
// Both scripts speak 10-byte request and 9-byte response headers. The method says what the server
// does: 1 echoes the payload, 2 pushes 50 streams of 1 to 50 bytes, 3 resets or is reset, 4 stops
// or is stopped, 5 is cancelled, 6 closes the connection.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type CertifiedKey, createSelfSigned } from "../../crypto/certificates.ts";
import { application, connect, first, noise, readAll, withServer } from "../contract-support.ts";
import {
  ConnectionError,
  type QuicBidi,
  type QuicConnection,
  type QuicServer,
  StreamError,
} from "../transport.ts";
import { createQuicTransport } from "./quic.ts";

const GUARD = { timeout: 60_000 };
const DENO = fileURLToPath(new URL("../../../node_modules/.bin/deno", import.meta.url));

const transport = createQuicTransport();
let identity: CertifiedKey;
let stranger: CertifiedKey;

before(async () => {
  identity = await createSelfSigned({ algorithm: "Ed25519" });
  stranger = await createSelfSigned({ algorithm: "Ed25519" });
});

/** Facts answers what the script reported under a name, once it has. */
type Facts = (name: string) => Promise<unknown>;

/** withDeno runs a case beside a script, and fails with it. The script ends at the end of stdin. */
async function withDeno(
  script: string,
  setup: object,
  run: (fact: Facts) => Promise<void>,
): Promise<void> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const flags = ["--quiet", "--no-config", "--no-lock", "--unstable-net", "--allow-net"];
  const child = spawn(process.execPath, [DENO, "run", ...flags, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit").then(([code]) => {
    if (code !== 0) throw new Error(`${script} ended with ${code}`);
  });
  child.stdin.write(`${JSON.stringify(setup)}\n`);
  const facts = new Map<string, PromiseWithResolvers<unknown>>();
  const fact = (name: string) => {
    const entry = facts.get(name) ?? Promise.withResolvers<unknown>();
    facts.set(name, entry);
    return entry;
  };
  createInterface(child.stdout).on("line", (line) => {
    const [name, value] = JSON.parse(line) as [string, unknown];
    fact(name).resolve(value);
  });
  try {
    // A script that fails keeps nobody waiting for its facts.
    await Promise.race([
      run((name) => fact(name).promise),
      exited.then(() => new Promise(() => {})),
    ]);
  } finally {
    child.stdin.end();
  }
  await exited;
}

describe("Deno's client", () => {
  it("gets on with our server", GUARD, () =>
    withServer(
      { transport, ...identity },
      async (server) => {
        const observed = serve(server);
        const setup = {
          port: server.port,
          certPem: identity.certPem,
          strangerPem: stranger.certPem,
        };
        await withDeno("deno-client.ts", setup, async (fact) => {
          assert.match(String(await fact("alpn mismatch")), /no.application.protocol|error 120/i);
          assert.match(String(await fact("wrong authority")), /certificate|UnknownIssuer/i);
          assert.equal(await fact("alpn"), "qpc");
          assert.equal(await fact("sequential calls"), 300);
          assert.equal(await fact("concurrent calls"), 300);
          assert.equal(await fact("4 MiB"), true);
          assert.deepEqual(await fact("pushes"), lengths());
          assert.match(String(await fact("reset")), /reset by peer: error 153/);
          assert.deepEqual(await fact("stopped"), ["sending stopped by peer: error 85"]);
          assert.match(String(await fact("call during close")), /connection lost/);
          assert.deepEqual(await fact("closed"), { closeCode: 0x66, reason: "until later" });
        });
        assert.equal((await observed).cancelled, 0);
      },
      { maxBidiStreams: 16 },
    ),
  );
});

async function serve(server: QuicServer): Promise<{ cancelled: number | undefined }> {
  const observed: { cancelled: number | undefined } = { cancelled: undefined };
  const connection = await first(server.connections());
  for await (const stream of connection.acceptBidi()) {
    void answer(connection, stream, observed).catch(() => {});
  }
  return observed;
}

async function answer(
  connection: QuicConnection,
  stream: QuicBidi,
  observed: { cancelled: number | undefined },
): Promise<void> {
  const chunks = stream.chunks();
  const head = Buffer.from(await first(chunks));
  const method = head.readUInt16BE(0);
  if (method === 4) {
    stream.stopSending(0x55);
    await stream.finish();
    return;
  }
  const parts = [head];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  const frame = Buffer.concat(parts);
  if (method === 1) {
    await stream.finish(Buffer.concat([Buffer.alloc(1), frame.subarray(2)]));
  } else if (method === 2) {
    for (const length of lengths()) {
      const push = await connection.openUni();
      await push.finish(noise(length));
    }
    await stream.finish();
  } else if (method === 3) {
    stream.reset(0x99);
  } else if (method === 5) {
    observed.cancelled = await stream.stopped;
  } else if (method === 6) {
    await connection.close(0x66, "until later");
  }
}

function lengths(): number[] {
  return Array.from({ length: 50 }, (_, index) => index + 1);
}

describe("Deno's server", () => {
  it("gets on with our client", GUARD, () =>
    withDeno("deno-server.ts", identity, async (fact) => {
      const server = { host: "127.0.0.1", port: Number(await fact("port")) };
      const subject = { transport, ...identity };
      await assert.rejects(connect(subject, server, { alpn: ["h3"] }), ConnectionError);
      await assert.rejects(connect(subject, server, { caPem: stranger.certPem }), ConnectionError);

      const client = await connect(subject, server);
      assert.equal(client.alpn, "qpc");
      for (let index = 0; index < 300; index += 1) await echo(client, 100);
      await Promise.all(Array.from({ length: 300 }, (_, index) => echo(client, index)));
      await echo(client, 4 << 20);

      await call(client, 2, noise(1));
      const incoming = client.acceptUni();
      const pushed: number[] = [];
      while (pushed.length < 50) pushed.push((await readAll(await first(incoming))).length);
      pushed.sort((one, other) => one - other);
      assert.deepEqual(pushed, lengths());

      const reset = await begin(client, 3);
      await first(reset.chunks());
      reset.reset(0x99);
      assert.match(String(await fact("reset")), /reset by peer: error 153/);

      const stopping = await begin(client, 4);
      stopping.stopSending(0x55);
      assert.match(String(await fact("stopped")), /stopped by peer: error 85/);

      const stopped = await begin(client, 5);
      assert.equal(await stopped.stopped, 0);
      await assert.rejects(stopped.write(noise(1)), new StreamError("stopped", 0));

      await begin(client, 6);
      assert.deepEqual(await client.closed, application("peer", 0x77, "deno says goodbye"));

      const other = await connect(subject, server);
      await other.close(0x66, "until later");
      const seen = await fact("connection 2 closed");
      assert.deepEqual(seen, { closeCode: 0x66, reason: "until later" });
    }),
  );
});

/** begin opens a stream with the header of a request, and leaves it open. */
async function begin(connection: QuicConnection, method: number): Promise<QuicBidi> {
  const stream = await connection.openBidi();
  await stream.write(header(method, 0));
  return stream;
}

async function call(
  connection: QuicConnection,
  method: number,
  payload: Uint8Array,
): Promise<Buffer> {
  const stream = await connection.openBidi();
  const sent = stream.finish(Buffer.concat([header(method, payload.length), payload]));
  const answer = await readAll(stream);
  await sent;
  return answer;
}

async function echo(connection: QuicConnection, length: number): Promise<void> {
  const payload = noise(length);
  const answer = await call(connection, 1, payload);
  assert.deepEqual(
    answer.subarray(0, 9),
    Buffer.concat([Buffer.alloc(1), header(1, length).subarray(2)]),
  );
  assert.ok(answer.subarray(9).equals(payload));
}

function header(method: number, length: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16BE(method, 0);
  bytes.writeUInt32BE(42, 2);
  bytes.writeUInt32BE(length, 6);
  return bytes;
}
