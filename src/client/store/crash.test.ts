// A client that is killed at any moment keeps what it was told is stored, and never half of a step.
// Spec: client/client.md; CLIENT-010, CLIENT-011.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { bytes } from "../../storage/contract/harness.ts";
import { type Operation, q, type Row } from "../../storage/sql/statement.ts";
import { listConversations } from "./conversations.ts";
import { findGroup } from "./groups.ts";
import { cursor } from "./inboxes.ts";
import { history } from "./messages.ts";
import { openClientStore } from "./open.ts";
import { listOutgoing } from "./outbox.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-client-crash-"));
after(() => rmSync(folder, { recursive: true }));

const location = { kind: "file", path: join(folder, "alice.db"), passphrase: "pass" } as const;
const ROUNDS = 3;
const CHANNEL = bytes(16, 1);

test("kill -9 between, in and after commits; state, outbox, message and cursor go together", async () => {
  let answered = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    answered = await writeUntilKilled(answered + 15 * round);
    const stored = await stepsStored();
    assert.ok(stored >= answered, `${answered} answered, ${stored} stored`);
  }
});

/** stepsStored reads how many steps there are, and checks that each table says the same. */
async function stepsStored(): Promise<number> {
  const { database, close } = await openClientStore(location);
  const seq = Number(await database.read(cursor(CHANNEL)));
  const steps = Array.from({ length: seq }, (_, n) => bytes(16, n + 1));
  const group = await database.read(findGroup(CHANNEL));
  assert.equal(group?.epoch, BigInt(seq));
  assert.deepEqual(group.state, bytes(3_000, seq));
  const outbox = await database.read(listOutgoing());
  assert.deepEqual(
    outbox.map(({ messageId }) => messageId),
    steps,
  );
  const messages = await database.read(history(CHANNEL, seq + 1));
  assert.deepEqual(
    messages.map(({ contentId }) => contentId),
    steps,
  );
  assert.equal((await database.read(listConversations())).length, 1);
  const check = await database.read(integrityCheck());
  assert.deepEqual(check, [{ integrity_check: "ok" }]);
  await close();
  return seq;
}

function* integrityCheck(): Operation<readonly Row[]> {
  return yield q("PRAGMA integrity_check");
}

/** writeUntilKilled answers the last step that the child reported before it died. */
async function writeUntilKilled(enough: number): Promise<number> {
  const here = (file: string) => JSON.stringify(new URL(file, import.meta.url));
  const program = `
    const { openClientStore } = await import(${here("open.ts")});
    const { saveConversation } = await import(${here("conversations.ts")});
    const { saveGroup } = await import(${here("groups.ts")});
    const { cursor, setCursor } = await import(${here("inboxes.ts")});
    const { insertMessage } = await import(${here("messages.ts")});
    const { putOutgoing } = await import(${here("outbox.ts")});
    const { bytes, key } = await import(${here("../../storage/contract/harness.ts")});
    const channel = bytes(16, 1);
    function* step(n) {
      const id = bytes(16, n);
      yield* saveGroup({ groupId: channel, conversationId: channel, creator: key(1),
        state: bytes(3_000, n), epoch: BigInt(n) });
      yield* insertMessage({ conversationId: channel, contentId: id, senderKey: key(1),
        content: bytes(256, n), sentAt: n, receivedAt: n, status: "queued" });
      yield* putOutgoing({ kind: "application", recipients: [key(2)], channelId: channel,
        payload: bytes(400, n), messageId: id, ttlSecs: 0, sealed: false });
      yield* setCursor(channel, BigInt(n));
    }
    const { database } = await openClientStore(${JSON.stringify(location)});
    await database.write(saveConversation({ id: channel, kind: "direct", name: "", expireSecs: 0, left: false }));
    for (let n = Number(await database.read(cursor(channel))) + 1; ; n += 1) {
      await database.write(step(n));
      process.stdout.write(n + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last >= enough) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  assert.ok(last >= enough, "the child stopped by itself");
  return last;
}
