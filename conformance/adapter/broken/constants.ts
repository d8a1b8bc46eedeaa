// An adapter without a library: it opens no socket, and has the same plausible answer to each operation.
// What it passes proves nothing.

import { createInterface } from "node:readline";

const bytes = (length: number) => ({ hex: "ab".repeat(length) });

const HELLO = {
  adapter: 1,
  name: "constants",
  version: "1",
  language: "none",
  features: ["call", "cancel", "user", "keys", "verify", "channel", "message", "group", "blob"],
  max_parallel: 32,
};

/** Answers that are more than an empty `ok`. */
const ANSWERS: Readonly<Record<string, object>> = {
  hello: HELLO,
  call: { status: 0, body: { hex: "0a026f6b103c" } },
  events: { events: [{ event: 1000, body: { hex: "1801" } }] },
  state: { open: true },
  "user.register": { identity_key: bytes(32) },
  "user.call": { status: 0, body: { hex: "" } },
  "keys.publish": { key_packages: 3, hybrid: true },
  "verify.user": { identity_key: bytes(32), kt: "ok" },
  "channel.create": { channel: bytes(16) },
  send: { message_id: bytes(16) },
  recv: { messages: [{ channel: bytes(16), from: bytes(32), text: "first" }], faults: [] },
  "group.create": { channel: bytes(16) },
  "group.state": { epoch: "1", members: [bytes(32)], authenticator: bytes(32) },
  "blob.put": { blob_id: bytes(32), key: bytes(32), size: 10 },
  "blob.get": { bytes: bytes(10) },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { id, op } = JSON.parse(line) as { readonly id: number; readonly op: string };
  process.stdout.write(`${JSON.stringify({ id, ok: ANSWERS[op] ?? {} })}\n`);
  if (op === "bye") lines.close();
});
