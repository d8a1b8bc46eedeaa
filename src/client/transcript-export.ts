// A conversation as a file that only a passphrase opens, and in which every change shows
// (spec/client/transcript.md; CLIENT-013, C-94).

import { openTranscript, sealTranscript } from "../crypto/client/transcript.ts";
import { keyFingerprint } from "../crypto/identity/fingerprint.ts";
import type { TranscriptRecord } from "../gen/qpc/client/v1/content_pb.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { sameBytes } from "./bytes.ts";
import { decodeContent, decodeRecord, encodeRecord } from "./content.ts";
import { loadAccount } from "./store/account.ts";
import { findContactByKey } from "./store/contacts.ts";
import { history } from "./store/messages.ts";

/**
 * exportTranscript answers the file of a conversation: every message that is still here, in the order of
 * the history, under the names that the senders have now; strangers go by their fingerprint. It rejects with RangeError for an empty
 * passphrase and for more than a transcript holds.
 */
export async function exportTranscript(
  { database }: { readonly database: Database },
  conversationId: Uint8Array,
  passphrase: string,
): Promise<Uint8Array> {
  const records = await database.read(recordsOf(conversationId));
  return sealTranscript(passphrase, conversationId, records);
}

/** readTranscript answers the messages of a file. It rejects with TranscriptError, and ClientFault `malformed`. */
export async function readTranscript(
  file: Uint8Array,
  passphrase: string,
): Promise<readonly TranscriptRecord[]> {
  return (await openTranscript(passphrase, file)).map(decodeRecord);
}

function* recordsOf(conversationId: Uint8Array): Operation<readonly Uint8Array[]> {
  const records: Uint8Array[] = [];
  for (const message of yield* history(conversationId, Number.MAX_SAFE_INTEGER)) {
    const { senderKey, status, sentAt, receivedAt } = message;
    records.push(
      encodeRecord({
        senderKey,
        senderName: yield* nameOf(senderKey),
        receivedAtMs: BigInt(status === "received" ? receivedAt : sentAt),
        content: decodeContent(message.content),
      }),
    );
  }
  return records;
}

function* nameOf(key: Uint8Array): Operation<string> {
  const account = yield* loadAccount();
  if (account && sameBytes(account.identityKey, key)) return account.username;
  return (yield* findContactByKey(key))?.username ?? keyFingerprint(key);
}
