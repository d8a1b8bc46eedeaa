// Deno's QUIC (quinn) as the server of our client; see deno.test.ts for what the methods do.

import { failure, pause, readAll, report, response, setup } from "./deno-support.ts";

interface Setup {
  certPem: string;
  keyPem: string;
}

const { certPem, keyPem } = await setup<Setup>();
const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
const listener = endpoint.listen({
  cert: certPem,
  key: keyPem,
  alpnProtocols: ["qpc"],
  maxConcurrentBidirectionalStreams: 100,
});
report("port", endpoint.addr.port);

let accepted = 0;
for await (const incoming of listener) {
  // Those whose handshake fails are counted by the client.
  incoming.accept().then(serve, () => {});
}

async function serve(connection: Deno.QuicConn): Promise<void> {
  accepted += 1;
  const name = `connection ${accepted} closed`;
  connection.closed.then(
    (info) => report(name, info),
    (error: Error) => report(name, error.message),
  );
  for await (const stream of connection.incomingBidirectionalStreams) {
    handle(connection, stream).catch((error: Error) => {
      console.error(error);
      Deno.exit(1);
    });
  }
}

async function handle(
  connection: Deno.QuicConn,
  stream: Deno.QuicBidirectionalStream,
): Promise<void> {
  const reader = stream.readable.getReader();
  const { value: first } = await reader.read();
  reader.releaseLock();
  const method = new DataView(first.buffer, first.byteOffset).getUint16(0);
  const writer = stream.writable.getWriter();
  if (method === 1) {
    const rest = await readAll(stream.readable);
    const frame = new Uint8Array(first.length + rest.length);
    frame.set(first);
    frame.set(rest, first.length);
    await writer.write(response(frame));
    await writer.close();
  } else if (method === 2) {
    for (let length = 1; length <= 50; length += 1) {
      const push = await connection.createUnidirectionalStream({ waitUntilAvailable: true });
      const pushing = push.getWriter();
      await pushing.write(new Uint8Array(length));
      await pushing.close();
    }
    await writer.close();
  } else if (method === 3) {
    await writer.write(new Uint8Array(1));
    report("reset", await failure(readAll(stream.readable)));
  } else if (method === 4) {
    report("stopped", await failure(writeOn(writer)));
  } else if (method === 5) {
    await stream.readable.cancel();
  } else if (method === 6) {
    connection.close({ closeCode: 0x77, reason: "deno says goodbye" });
  }
}

async function writeOn(to: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (;;) {
    await to.write(new Uint8Array(100));
    await pause(1);
  }
}
