// The crash test would notice a loss: what a killed server may lose is taken out of its database by
// hand, and the check after the restart has to say so.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import type { CertifiedKey } from "../../src/crypto/certificates.ts";
import { DeliveryService, KeyService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { type Client, connect, newAccount, register } from "./client.ts";
import { crashTest, openRecord } from "./crash-test.ts";
import { integrityOf } from "./integrity.ts";
import { type CrashRecord, checkInbox, checkQueue, hex, type UserRecord } from "./record.ts";
import { createTls, databaseOf, type Reference, startReference } from "./reference.ts";
import { acknowledge, verify } from "./verify.ts";

/** Accounts and packages have names of their own in every run. */
const NAMES = /crash-[0-9a-f]+|[0-9a-f]+…/g;

let dataDir: string;
let tls: CertifiedKey;
let server: Reference;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "qpc-crash-check-"));
  tls = await createTls();
  server = await startReference(dataDir, tls);
});
after(async () => {
  await server.kill();
  await rm(dataDir, { recursive: true });
});

test("two rounds lose nothing", async () => {
  const { record, integrityOk } = await crashTest(2, 7, () => {});
  assert.deepEqual(record.findings, []);
  assert.equal(integrityOk, 2);
  for (const [kind, count] of Object.entries(record.counts)) {
    assert.ok(count > 0 || kind === "acks", `no acknowledged ${kind}`);
  }
});

test("every kind of loss is found, and nothing else", async () => {
  const record = await openRecord(server, tls);
  const [alice, bob, carol, dave] = record.users as [
    UserRecord,
    UserRecord,
    UserRecord,
    UserRecord,
  ];
  const gone = newAccount();
  const client = await connect(server.port, tls);
  await register(client, gone);
  record.accounts.push(gone);
  for (const user of [alice, bob]) {
    for (let n = 0; n < 4; n++) await enqueue(client, user);
    for (let n = 0; n < 4; n++) await upload(client, user);
    await pop(client, user);
  }
  await acknowledge(record, client, alice, 1n);
  await client.close();

  await restart();
  assert.deepEqual(await inspect(record), [], "intact");

  // Packages were taken by the check above; these are the ones to lose.
  const again = await connect(server.port, tls);
  for (let n = 0; n < 3; n++) await upload(again, carol);
  await again.close();
  await restart((db) => {
    const inboxOf = "inbox_id = (SELECT id FROM inboxes WHERE recipient = ?)";
    db.prepare(`DELETE FROM deliveries WHERE seq = 2 AND ${inboxOf}`).run(key(alice));
    db.prepare(`UPDATE deliveries SET payload = x'00' WHERE seq = 3 AND ${inboxOf}`).run(key(bob));
    db.prepare("UPDATE inboxes SET floor = 0 WHERE recipient = ?").run(key(alice));
    db.prepare(`DELETE FROM cursors WHERE ${inboxOf}`).run(key(alice));
    db.exec("DELETE FROM key_packages WHERE id = (SELECT max(id) - 1 FROM key_packages)");
    const [popped = ""] = alice.queue.popped;
    db.prepare(
      `INSERT INTO key_packages (identity_key, fingerprint, package_data, created_at, expires_at)
       VALUES (?, ?, ?, 0, 9e15)`,
    ).run(key(alice), randomBytes(32), Buffer.from(popped, "hex"));
    db.prepare("DELETE FROM users WHERE username = ?").run(gone.username);
    db.prepare("DELETE FROM sessions WHERE identity_key = ?").run(key(dave));
  });
  const found = await inspect(record);
  assert.deepEqual(
    found.map(({ kind, what }) => `${kind}: ${what.replaceAll(NAMES, "NAME")}`).sort(),
    [
      "account: NAME cannot log in: envelope: the envelope does not open with this password",
      "key package: a package was handed out again",
      "key package: package NAME was acknowledged and is gone",
      "message: seq 1 is back after the Ack up to 1",
      "message: seq 2 was acknowledged and is gone",
      "message: seq 3 has other bytes",
      "session: NAME: Fetch: Unauthorized (2)",
    ],
  );
});

test("a damaged database is not ok", async () => {
  const file = join(dataDir, "damaged.db");
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE t (a TEXT UNIQUE); INSERT INTO t VALUES ('found'), ('damaged')");
  db.close();
  assert.equal(integrityOf(file), "ok");
  const bytes = readFileSync(file);
  bytes.write("changed", bytes.lastIndexOf("damaged"));
  writeFileSync(file, bytes);
  assert.notEqual(integrityOf(file), "ok");
});

test("what was open when the server died may be there or not", () => {
  const inbox = { stored: new Map([[1n, "aa"]]), open: new Set(["bb", "cc"]), cursor: 0n };
  const shown = [
    { seq: 1n, data: Buffer.from("aa", "hex") },
    { seq: 2n, data: Buffer.from("cc", "hex") },
  ];
  assert.deepEqual(checkInbox(inbox, shown), []);
  assert.deepEqual(checkInbox(inbox, shown.slice(1)), [
    { kind: "message", what: "seq 1 was acknowledged and is gone" },
  ]);

  const queue = () => ({
    queued: ["aa", "bb", "cc"],
    popped: new Set<string>(),
    openUpload: "dd",
    openPops: 1,
  });
  const packages = (...names: string[]) => names.map((name) => Buffer.from(name, "hex"));
  assert.deepEqual(checkQueue(queue(), packages("aa", "bb", "cc", "dd")), []);
  assert.deepEqual(checkQueue(queue(), packages("bb", "cc")), []);
  assert.equal(checkQueue(queue(), packages("aa", "cc")).length, 1, "not the oldest");
  assert.equal(checkQueue(queue(), packages("cc")).length, 1, "two for one open fetch");
  assert.equal(checkQueue(queue(), packages("aa", "bb", "cc", "ee")).length, 1, "never uploaded");
});

async function inspect(record: CrashRecord) {
  const client = await connect(server.port, tls);
  record.findings.length = 0;
  await verify(record, client, record.accounts);
  await client.close();
  return [...record.findings];
}

async function restart(sabotage: (db: DatabaseSync) => void = () => {}): Promise<void> {
  await server.kill();
  const db = new DatabaseSync(databaseOf(dataDir));
  sabotage(db);
  db.close();
  server = await startReference(dataDir, tls);
}

async function enqueue(client: Client, { account, token, inbox }: UserRecord): Promise<void> {
  const payload = randomBytes(20);
  const request = { recipientKey: account.identityKey, payload };
  const { seq } = await client.call(DeliveryService.method.enqueue, request, token);
  inbox.stored.set(seq, hex(payload));
}

async function upload(client: Client, { account, token, queue }: UserRecord): Promise<void> {
  const bytes = randomBytes(20);
  const request = { identityKey: account.identityKey, package: bytes };
  await client.call(KeyService.method.uploadKeyPackage, request, token);
  queue.queued.push(hex(bytes));
}

async function pop(client: Client, { account, token, queue }: UserRecord): Promise<void> {
  const request = { identityKey: account.identityKey };
  const answer = await client.call(KeyService.method.fetchKeyPackage, request, token);
  queue.popped.add(hex(answer.package));
  queue.queued.shift();
}

function key({ account }: UserRecord): Uint8Array {
  return account.identityKey;
}
