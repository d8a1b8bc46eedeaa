// Deno's QUIC (quinn) as the client of our server; see deno.test.ts for what the methods do.

import { failure, pause, readAll, report, request, setup } from "./deno-support.ts";

interface Setup {
  port: number;
  certPem: string;
  strangerPem: string;
}

const { port, certPem, strangerPem } = await setup<Setup>();
const server = { hostname: "127.0.0.1", port, serverName: "localhost" };
const trusted = { ...server, alpnProtocols: ["qpc"], caCerts: [certPem] };

report("alpn mismatch", await failure(Deno.connectQuic({ ...trusted, alpnProtocols: ["h3"] })));
report("wrong authority", await failure(Deno.connectQuic({ ...trusted, caCerts: [strangerPem] })));

const connection = await Deno.connectQuic({
  ...trusted,
  maxConcurrentUnidirectionalStreams: 100,
});
report("alpn", connection.protocol);

async function call(method: number, payload: Uint8Array): Promise<Uint8Array> {
  const stream = await connection.createBidirectionalStream({ waitUntilAvailable: true });
  const writer = stream.writable.getWriter();
  await writer.write(request(method, 42, payload));
  await writer.close();
  return await readAll(stream.readable);
}

async function echo(length: number): Promise<boolean> {
  const payload = new Uint8Array(length).map((_, index) => index * 7);
  const answer = await call(1, payload);
  const view = new DataView(answer.buffer);
  const header = answer[0] === 0 && view.getUint32(1) === 42 && view.getUint32(5) === length;
  return header && answer.subarray(9).every((byte, index) => byte === payload[index]);
}

let echoed = 0;
for (let index = 0; index < 300; index += 1) echoed += Number(await echo(100));
report("sequential calls", echoed);
const concurrent = await Promise.all(Array.from({ length: 300 }, (_, index) => echo(index)));
report("concurrent calls", concurrent.filter(Boolean).length);
report("4 MiB", await echo(4 << 20));

const pushes = connection.incomingUnidirectionalStreams.getReader();
await call(2, new Uint8Array([50]));
const lengths: number[] = [];
while (lengths.length < 50) {
  const { value } = await pushes.read();
  lengths.push((await readAll(value)).length);
}
report(
  "pushes",
  lengths.sort((one, other) => one - other),
);

report("reset", await failure(call(3, new Uint8Array(1))));

// More often than there is credit for: each stream must come back. The end of our half follows
// late, when the server knows already that everything it sent has arrived.
const stops = new Set<string>();
for (let group = 0; group < 10; group += 1) {
  await Promise.all(Array.from({ length: 8 }, (_, index) => beStopped(index % 2 === 0)));
}
report("stopped", [...stops]);

const cancelled = await connection.createBidirectionalStream();
const asking = cancelled.writable.getWriter();
await asking.write(request(5, 42, new Uint8Array(0)));
await asking.close();
await cancelled.readable.cancel();

report("call during close", await failure(call(6, new Uint8Array(0))));
report("closed", await connection.closed.catch((error: Error) => error.message));
Deno.exit(0);

async function beStopped(cancelling: boolean): Promise<void> {
  const stream = await connection.createBidirectionalStream({ waitUntilAvailable: true });
  const writer = stream.writable.getWriter();
  await writer.write(request(4, 42, new Uint8Array(0)));
  if (cancelling) await stream.readable.cancel();
  await pause(40);
  stops.add(await failure(writeOn(writer)));
  if (!cancelling) await readAll(stream.readable);
}

async function writeOn(to: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (;;) {
    await to.write(new Uint8Array(100));
    await pause(1);
  }
}
