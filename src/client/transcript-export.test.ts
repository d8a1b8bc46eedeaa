// A conversation into a file and back.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { keyFingerprint } from "../crypto/identity/fingerprint.ts";
import { newIdentityKey } from "../crypto/identity/signing.ts";
import { encodeContent } from "./content.ts";
import { flipped } from "./contract/reference.ts";
import { saveAccount } from "./store/account.ts";
import { saveContact } from "./store/contacts.ts";
import { saveConversation } from "./store/conversations.ts";
import { insertMessage, type MessageStatus } from "./store/messages.ts";
import { openClientStore } from "./store/open.ts";
import { exportTranscript, readTranscript } from "./transcript-export.ts";

const [ALICE, BOB, STRANGER] = [newIdentityKey(), newIdentityKey(), newIdentityKey()].map(
  ({ publicKey }) => publicKey,
) as [Uint8Array, Uint8Array, Uint8Array];
const CHANNEL = new Uint8Array(16).fill(0xc0);

test("a conversation comes back in its order, with names and times", async (t) => {
  const { database, say } = await world(t);
  await say(ALICE, "hello", 1000, "sent");
  await say(BOB, "hello yourself", 900, "received");
  await say(STRANGER, "and I", 3000, "received");
  await say(ALICE, "late", 4000, "queued");
  const file = await exportTranscript({ database }, CHANNEL, "correct horse");
  const records = await readTranscript(file, "correct horse");
  assert.deepEqual(
    records.map(({ senderName, receivedAtMs, content }) => [
      senderName,
      receivedAtMs,
      content?.body.value,
    ]),
    [
      ["alice", 1000n, "hello"],
      ["bob", 901n, "hello yourself"],
      [keyFingerprint(STRANGER), 3001n, "and I"],
      ["alice", 4000n, "late"],
    ],
  );
  assert.deepEqual(
    records.map(({ senderKey }) => senderKey),
    [ALICE, BOB, STRANGER, ALICE],
  );
});

test("a conversation without messages has a transcript too", async (t) => {
  const { database } = await world(t);
  const file = await exportTranscript({ database }, CHANNEL, "correct horse");
  assert.deepEqual(await readTranscript(file, "correct horse"), []);
});

test("another passphrase and a changed file open nothing", async (t) => {
  const { database, say } = await world(t);
  await say(BOB, "secret", 1000, "received");
  const file = await exportTranscript({ database }, CHANNEL, "correct horse");
  assert.ok(!Buffer.from(file).includes("secret"));
  await assert.rejects(readTranscript(file, "wrong horse"), {
    name: "TranscriptError",
    fault: "passphrase",
  });
  const last = file.length - 1;
  await assert.rejects(readTranscript(flipped(file, last), "correct horse"), {
    name: "TranscriptError",
    fault: "changed",
  });
  await assert.rejects(exportTranscript({ database }, CHANNEL, ""), RangeError);
});

async function world(t: TestContext) {
  const store = await openClientStore({ kind: "memory" });
  t.after(() => store.close());
  const { database } = store;
  const keys = { identityKey: ALICE, identitySeed: new Uint8Array(32) };
  await database.write(saveAccount({ username: "alice", ...keys }));
  await database.write(
    saveContact({
      username: "bob",
      identityKey: BOB,
      trust: "pinned",
      revoked: false,
      blocked: false,
      resolvedAt: 0,
    }),
  );
  await database.write(
    saveConversation({
      id: CHANNEL,
      kind: "direct",
      peerKey: BOB,
      name: "",
      expireSecs: 0,
      left: false,
    }),
  );
  let messages = 0;
  return {
    database,
    /** say stores a text that arrived a millisecond after it was sent. */
    async say(senderKey: Uint8Array, value: string, sentAt: number, status: MessageStatus) {
      const contentId = new Uint8Array(16).fill(++messages);
      const content = encodeContent({
        id: contentId,
        sentAtMs: BigInt(sentAt),
        body: { case: "text", value },
      });
      const receivedAt = sentAt + 1;
      const message = { senderKey, content, sentAt, receivedAt, status };
      await database.write(insertMessage({ conversationId: CHANNEL, contentId, ...message }));
    },
  };
}
