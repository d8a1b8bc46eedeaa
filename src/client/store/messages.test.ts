// The history against a model: its order, its end, and that nothing comes back. Spec: client/content.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytes, device, key, NOW } from "../../storage/contract/harness.ts";
import type { Database } from "../../storage/sql/statement.ts";
import { saveConversation } from "./conversations.ts";
import {
  deleteExpired,
  deleteMessage,
  findMessage,
  history,
  insertMessage,
  type Message,
  rememberContent,
  setStatus,
} from "./messages.ts";
import { openClientStore } from "./open.ts";

const ID = device(1);
const OTHER = device(2);

async function twoConversations(): Promise<Database> {
  const { database } = await openClientStore({ kind: "memory" });
  for (const id of [ID, OTHER]) {
    await database.write(
      saveConversation({ id, kind: "group", name: "", expireSecs: 0, left: false }),
    );
  }
  return database;
}

function message(n: number, more: Partial<Message> = {}): Message {
  return {
    conversationId: ID,
    contentId: device(n),
    senderKey: key(n),
    content: bytes(20, n),
    sentAt: NOW - n,
    receivedAt: NOW,
    status: "received",
    ...more,
  };
}

type Step =
  | { readonly do: "insert"; readonly n: number; readonly expiresAt: number | undefined }
  | { readonly do: "delete" | "send" | "remember"; readonly n: number }
  | { readonly do: "expire"; readonly now: number };

const n = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: insertion() },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("delete", "send", "remember"), n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("expire"), now: fc.nat(100) }) },
);

function insertion() {
  const expiresAt = fc.option(fc.nat(100), { nil: undefined });
  return fc.record({ do: fc.constant("insert"), n, expiresAt });
}

test("history is the last messages in the order of their coming; no content comes twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30, size: "max" }),
      fc.nat(12),
      async (steps, limit) => {
        const database = await twoConversations();
        const seen = new Set<number>();
        let model: Message[] = [];
        for (const each of steps) model = await take(database, each, model, seen);
        const expected = limit === 0 ? [] : model.slice(-limit);
        assert.deepEqual(await database.read(history(ID, limit)), expected);
        assert.deepEqual(await database.read(history(OTHER, limit)), []);
        await database.close();
      },
    ),
    { numRuns: 60 },
  );
});

/** take runs a step on the database and answers what it makes of the model. */
async function take(
  database: Database,
  each: Step,
  model: Message[],
  seen: Set<number>,
): Promise<Message[]> {
  if (each.do === "expire") {
    const kept = model.filter(({ expiresAt }) => (expiresAt ?? Infinity) > each.now);
    const gone = await database.write(deleteExpired(each.now));
    assert.equal(gone, model.length - kept.length);
    return kept;
  }
  const id = device(each.n);
  const isNew = !seen.has(each.n);
  const at = model.findIndex(({ contentId }) => contentId[0] === each.n);
  switch (each.do) {
    case "insert": {
      const { expiresAt } = each;
      const added = message(each.n, expiresAt === undefined ? {} : { expiresAt });
      assert.equal(await database.write(insertMessage(added)), isNew);
      seen.add(each.n);
      return isNew ? [...model, added] : model;
    }
    case "remember":
      assert.equal(await database.write(rememberContent(ID, id)), isNew);
      seen.add(each.n);
      return model;
    case "delete":
      await database.write(deleteMessage(ID, id));
      return model.filter((_, place) => place !== at);
    case "send":
      assert.equal(await database.write(setStatus(ID, id, "sent")), at >= 0);
      return model.map((old, place) => (place === at ? { ...old, status: "sent" } : old));
  }
}

test("a content_id belongs to its conversation", async () => {
  const database = await twoConversations();
  assert.equal(await database.write(insertMessage(message(1))), true);
  assert.equal(await database.write(insertMessage(message(1, { conversationId: OTHER }))), true);
  assert.equal(await database.write(setStatus(OTHER, device(1), "sent")), true);
  await database.write(deleteMessage(OTHER, device(1)));
  assert.deepEqual(await database.read(findMessage(ID, device(1))), message(1));
  assert.equal(await database.read(findMessage(OTHER, device(1))), undefined);
});

test("a message needs its conversation; without one its content is not remembered", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await assert.rejects(database.write(insertMessage(message(1))), /FOREIGN KEY/);
  await database.write(
    saveConversation({ id: ID, kind: "group", name: "", expireSecs: 0, left: false }),
  );
  assert.equal(await database.write(insertMessage(message(1))), true);
});

test("a sender may claim any time", async () => {
  const database = await twoConversations();
  const claimed = Number(2n ** 64n - 1n);
  assert.equal(await database.write(insertMessage(message(1, { sentAt: claimed }))), true);
  const found = await database.read(findMessage(ID, device(1)));
  assert.equal(found?.sentAt, Number.MAX_SAFE_INTEGER);
});
