// Certificate and key of the listener: made once, then read, DER or PEM (TRANSPORT-010, S-11).

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createLog } from "./log.ts";
import { loadOrCreateTls } from "./tls.ts";

const log = createLog("silent");

test("the first run makes DER files, the second reads them", async (t) => {
  const files = inFolder(t);
  const first = await loadOrCreateTls(files, log);
  assert.equal(readFileSync(files.certFile)[0], 0x30);
  assert.equal(readFileSync(files.keyFile)[0], 0x30);
  assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
  assert.deepEqual(await loadOrCreateTls(files, log), first);
  const { subjectAltName, publicKey } = new X509Certificate(first.certPem);
  assert.equal(subjectAltName, "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  assert.equal(publicKey.asymmetricKeyType, "ec");
});

test("the key is Ed25519 where that is asked for", async (t) => {
  const { certPem } = await loadOrCreateTls({ ...inFolder(t), keyType: "ed25519" }, log);
  assert.equal(new X509Certificate(certPem).publicKey.asymmetricKeyType, "ed25519");
});

test("PEM files are read as well", async (t) => {
  const made = await loadOrCreateTls(inFolder(t), log);
  const files = inFolder(t);
  writeFileSync(files.certFile, made.certPem);
  writeFileSync(files.keyFile, made.keyPem);
  assert.deepEqual(await loadOrCreateTls(files, log), made);
});

test("a file that was left alone is kept beside the new pair", async (t) => {
  const files = inFolder(t);
  writeFileSync(files.certFile, "the old certificate");
  await loadOrCreateTls(files, log);
  assert.equal(readFileSync(`${files.certFile}.old`, "utf8"), "the old certificate");
  assert.ok(existsSync(files.keyFile));
});

function inFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "qpc-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const keyType: "p256" | "ed25519" = "p256";
  return { certFile: join(folder, "cert"), keyFile: join(folder, "key"), keyType };
}
