// `qpc transcript`: an exported conversation, opened and told (spec/client/transcript.md; CLIENT-013). It needs
// neither store nor server.

import { readFile, stat } from "node:fs/promises";
import { hexOf } from "../../client/bytes.ts";
import { ClientFault } from "../../client/faults.ts";
import { readTranscript } from "../../client/transcript-export.ts";
import { MOST_TRANSCRIPT_BYTES, TranscriptError } from "../../crypto/client/transcript.ts";
import type { TranscriptRecord } from "../../gen/qpc/client/v1/content_pb.ts";
import { UsageError } from "../../server/options.ts";
import { EXPORT_PASSPHRASE } from "../qpc-password.ts";
import { recordLine } from "./describe.ts";
import { type Io, printerOf, secretsOf } from "./talk.ts";

/**
 * showTranscript prints the records of a file, a line each, once all of them are known to be as they were
 * exported. It throws UsageError that says what is wrong with the file, and where.
 */
export async function showTranscript(path: string, io: Io): Promise<void> {
  const file = await readSmall(path);
  const passphrase = await secretsOf(io)(EXPORT_PASSPHRASE, "known");
  const records = await open(path, file, passphrase);
  const print = printerOf(io);
  const numbers = new Map<string, number>();
  for (const [n, record] of records.entries()) {
    print(recordLine(record, n + 1, (id) => numbers.get(hexOf(id))));
    if (record.content) numbers.set(hexOf(record.content.id), n + 1);
  }
  if (records.length === 0) print("no messages");
}

async function readSmall(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MOST_TRANSCRIPT_BYTES) throw new UsageError(`${path} is larger than any transcript`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

async function open(
  path: string,
  file: Uint8Array,
  passphrase: string,
): Promise<readonly TranscriptRecord[]> {
  try {
    return await readTranscript(file, passphrase);
  } catch (cause) {
    if (cause instanceof ClientFault) {
      throw new UsageError(`${path} holds what is no message: ${cause.message}`, { cause });
    }
    if (!(cause instanceof TranscriptError)) throw cause;
    throw new UsageError(`${path} ${WORDS[cause.fault](cause.record ?? 1)}`, { cause });
  }
}

/** Nothing of such a file is shown, as long as it may be what somebody else wrote [transcript.nothing-shown]. */
const WORDS: Readonly<Record<TranscriptError["fault"], (record: number) => string>> = {
  format: () => "is no transcript",
  version: () => "is a transcript of a version that is not known here",
  size: () => "is larger than any transcript",
  passphrase: () => "does not open: the passphrase is wrong, or its first messages are damaged",
  truncated: (record) => `is cut short: message ${record} and what follows it are not all there`,
  changed: (record) => `was changed after the export: message ${record} is not as it was`,
};
