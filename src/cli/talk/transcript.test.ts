// Transcripts told on a terminal, and files that are none, or not as they were.

import assert from "node:assert/strict";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { encodeRecord } from "../../client/content.ts";
import { flipped } from "../../client/contract/reference.ts";
import { MOST_TRANSCRIPT_BYTES, sealTranscript } from "../../crypto/client/transcript.ts";
import { keyFingerprint } from "../../crypto/identity/fingerprint.ts";
import type { ContentSchema } from "../../gen/qpc/client/v1/content_pb.ts";
import { showTranscript } from "./transcript.ts";

const CHANNEL = new Uint8Array(16).fill(0xc0);
const BOB = new Uint8Array(32).fill(2);
const STRANGER = new Uint8Array(32).fill(3);
const PASSPHRASE = "of the file";

test("records are numbered, and say what they are about", async (t) => {
  const { show, write } = await world(t);
  const targetId = idOf(1);
  await write([
    record(1, "bob", { case: "text", value: "good day" }),
    record(2, "alice", { case: "reaction", value: { targetId, emoji: "👍", remove: false } }),
    record(3, "bob", { case: "edit", value: { targetId, text: "good night" } }),
    record(4, "bob", { case: "deletion", value: { targetId: idOf(9) } }),
  ]);
  assert.deepEqual(
    (await show()).map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "then")),
    [
      "(1) then [bob] good day",
      "(2) then * alice put 👍 to (1)",
      "(3) then * bob changed (1) to: good night",
      "(4) then * bob deleted a message",
    ],
  );
});

test("names and texts do not steer the terminal, nor look like others", async (t) => {
  const { show, write } = await world(t);
  await write([
    record(1, "bob ✓] \u001b[2J", { case: "text", value: "one\n[alice] two\u001b]0;x\u0007" }),
    record(2, keyFingerprint(STRANGER), { case: "text", value: "hi" }, STRANGER),
  ]);
  const [first = "", second = "", ...rest] = await show();
  assert.match(first, /\[bob\ufffd{4}\ufffd\ufffd2J\] one⏎\[alice\] two\ufffd\]0;x\ufffd$/);
  assert.match(second, /<[0-9a-f]{8}>\] hi$/);
  assert.deepEqual(rest, []);
});

test("a transcript without messages says so", async (t) => {
  const { show, write } = await world(t);
  await write([]);
  assert.deepEqual(await show(), ["no messages"]);
});

test("what is wrong with a file is said, and nothing of it is shown", async (t) => {
  const { show, write, path } = await world(t);
  const records = [1, 2, 3].map((n) => record(n, "bob", { case: "text", value: `text ${n}` }));
  const file = await write(records);
  const refused = async (message: RegExp, passphrase?: string) => {
    const shown: string[] = [];
    await assert.rejects(show(passphrase, shown), { name: "UsageError", message });
    assert.deepEqual(shown, []);
  };
  await refused(/talk\.qpct does not open: the passphrase is wrong/, "a guess");
  const step = records[0]?.length ?? 0;
  // Behind the header and the count, in the last of three records with their lengths and hashes.
  const inThird = 33 + 4 + 2 * (4 + step + 32) + 4 + 10;
  await writeFile(path, flipped(file, inThird));
  await refused(/was changed after the export: message 3 is not as it was/);
  await writeFile(path, file.subarray(0, inThird));
  await refused(/is cut short: message 3 and what follows/);
  await writeFile(path, flipped(file));
  await refused(/is no transcript/);
  await writeFile(path, flipped(file, 4));
  await refused(/version that is not known/);
  await writeFile(path, await sealTranscript(PASSPHRASE, CHANNEL, [Uint8Array.of(0xff)]));
  await refused(/holds what is no message/);
  await truncate(path, MOST_TRANSCRIPT_BYTES + 1);
  await refused(/larger than any transcript/);
  await rm(path);
  await refused(/^cannot read .*talk\.qpct: ENOENT/);
});

type Body = NonNullable<MessageInitShape<typeof ContentSchema>["body"]>;

function record(n: number, senderName: string, body: Body, senderKey = BOB): Uint8Array {
  return encodeRecord({
    ...{ senderKey, senderName },
    receivedAtMs: 1_700_000_000_000n,
    content: { id: idOf(n), sentAtMs: 1n, body },
  });
}

function idOf(n: number): Uint8Array {
  return new Uint8Array(16).fill(n);
}

async function world(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "qpc-transcript-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "talk.qpct");
  return {
    path,
    async write(records: readonly Uint8Array[]) {
      const file = await sealTranscript(PASSPHRASE, CHANNEL, records);
      await writeFile(path, file);
      return file;
    },
    /** show answers the lines, which also go to `shown` as they come. */
    async show(passphrase = PASSPHRASE, shown: string[] = []): Promise<readonly string[]> {
      const output = new PassThrough({ encoding: "utf8" });
      output.on("data", (text: string) => void shown.push(text));
      const env = { QPC_EXPORT_PASSPHRASE: passphrase };
      const terminal = { input: new PassThrough(), output };
      await showTranscript(path, { env, terminal, output, signal: t.signal });
      return shown.join("").split("\n").slice(0, -1);
    },
  };
}
