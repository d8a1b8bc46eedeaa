import assert from "node:assert/strict";
import { test } from "node:test";
import { generateKeyPackageWithKey } from "ts-mls";
import { encodeKeyPackage } from "ts-mls/keyPackage.js";
import { basicCredential, CAPABILITIES } from "./credentials.ts";
import { decodeSecret } from "./key-package.ts";
import { createMls } from "./mls.ts";
import { randomSuite, type Suite } from "./suite.ts";
import { fault, hex, identityOf, NOW } from "./test-group.ts";

const DAY_MS = 86_400_000;
const mls = await createMls();
const alice = identityOf("alice");
const own = await mls.generateKeyPackage(alice, NOW);

test("a KeyPackage says who it is of, and until when", async () => {
  const inspected = await mls.inspectKeyPackage(own.keyPackage, NOW);
  assert.deepEqual(inspected.identityKey, alice.publicKey);
  assert.equal(hex(inspected.ref), hex(own.ref));
  assert.equal(inspected.notAfter, own.notAfter);
  assert.equal(own.notAfter, NOW + 28 * DAY_MS);
  assert.equal(own.ref.length, 32);
});

test("a KeyPackage is the bare structure: version 1, suite 1, no MLSMessage around it", () => {
  assert.equal(hex(own.keyPackage.subarray(0, 5)), "0001000120");
  assert.equal(own.keyPackage.length, 300);
});

test("two KeyPackages of one identity share no key", async () => {
  const other = await mls.generateKeyPackage(alice, NOW);
  assert.notEqual(hex(other.ref), hex(own.ref));
  const [a, b] = [decodeSecret(own.secret), decodeSecret(other.secret)];
  assert.notEqual(hex(a.initPrivateKey), hex(b.initPrivateKey));
  assert.notEqual(hex(a.hpkePrivateKey), hex(b.hpkePrivateKey));
});

test("a lifetime begins a day before and ends 28 days after", async () => {
  await mls.inspectKeyPackage(own.keyPackage, NOW - DAY_MS);
  await mls.inspectKeyPackage(own.keyPackage, NOW + 28 * DAY_MS);
  const early = mls.inspectKeyPackage(own.keyPackage, NOW - DAY_MS - 1000);
  await assert.rejects(early, fault("lifetime"));
  const late = mls.inspectKeyPackage(own.keyPackage, NOW + 28 * DAY_MS + 1000);
  await assert.rejects(late, fault("lifetime"));
});

test("every prefix is malformed, or of no suite", async () => {
  for (let length = 0; length < own.keyPackage.length; length++) {
    const cut = own.keyPackage.subarray(0, length);
    await assert.rejects(mls.inspectKeyPackage(cut, NOW), fault("malformed"));
  }
});

test("a byte after the KeyPackage is refused", async () => {
  const longer = Buffer.concat([own.keyPackage, Uint8Array.of(0)]);
  await assert.rejects(mls.inspectKeyPackage(longer, NOW), fault("malformed"));
});

test("no byte can be changed", async () => {
  for (let index = 0; index < own.keyPackage.length; index++) {
    const changed = Uint8Array.from(own.keyPackage);
    changed[index] = (changed[index] ?? 0) ^ 0x01;
    await assert.rejects(mls.inspectKeyPackage(changed, NOW));
  }
});

test("a length in more bytes than it needs is refused", async () => {
  // init_key: 20 is its length; 40 20 says the same in two bytes.
  const long = Buffer.concat([
    own.keyPackage.subarray(0, 4),
    Uint8Array.of(0x40),
    own.keyPackage.subarray(4),
  ]);
  await assert.rejects(mls.inspectKeyPackage(long, NOW), fault("malformed"));
});

test("other suites and versions are told apart from broken bytes", async () => {
  for (const suite of [0x0000, 0x0002, 0x0003, 0x004d, 0xf007]) {
    const other = Buffer.from(own.keyPackage);
    other.writeUInt16BE(suite, 2);
    await assert.rejects(mls.inspectKeyPackage(other, NOW), fault("ciphersuite"));
  }
  const version = Buffer.from(own.keyPackage);
  version.writeUInt16BE(2, 0);
  await assert.rejects(mls.inspectKeyPackage(version, NOW), fault("ciphersuite"));
});

test("keys that are no pair make no KeyPackage", async () => {
  const mixed = { publicKey: alice.publicKey, privateKey: identityOf("bob").privateKey };
  await assert.rejects(mls.generateKeyPackage(mixed, NOW), fault("credential"));
});

interface Claims {
  readonly identity?: Uint8Array;
  readonly days?: bigint;
  readonly capabilities?: Partial<typeof CAPABILITIES>;
}

/** forged is a correctly signed KeyPackage of alice that claims other things than ours do. */
async function forged({ identity = alice.publicKey, days = 28n, capabilities }: Claims) {
  const suite: Suite = await randomSuite();
  const notBefore = BigInt(NOW / 1000) - 3600n;
  const { publicPackage } = await generateKeyPackageWithKey(
    basicCredential(identity),
    { ...CAPABILITIES, ...capabilities },
    { notBefore, notAfter: notBefore + days * 86_400n },
    [],
    { signKey: alice.privateKey, publicKey: alice.publicKey },
    suite,
  );
  return mls.inspectKeyPackage(encodeKeyPackage(publicPackage), NOW);
}

test("the credential is the signature key", async () => {
  await forged({});
  await assert.rejects(forged({ identity: identityOf("bob").publicKey }), fault("credential"));
  await assert.rejects(forged({ identity: new Uint8Array() }), fault("credential"));
  await assert.rejects(forged({ identity: Buffer.from("alice") }), fault("credential"));
});

test("a lifetime of more than 85 days is refused", async () => {
  await forged({ days: 85n });
  await assert.rejects(forged({ days: 86n }), fault("lifetime"));
});

test("the leaf supports what the group needs", async () => {
  await assert.rejects(forged({ capabilities: { versions: [] } }), fault("ciphersuite"));
  await assert.rejects(forged({ capabilities: { ciphersuites: [] } }), fault("ciphersuite"));
  await assert.rejects(forged({ capabilities: { credentials: [] } }), fault("credential"));
});

test("capabilities that we do not know do no harm", async () => {
  await forged({ capabilities: { extensions: [0x0a0a], proposals: [0x1a1a] } });
});

test("private keys are kept in 97 bytes with a version", () => {
  assert.equal(own.secret.length, 97);
  assert.equal(own.secret[0], 0x01);
  assert.throws(() => decodeSecret(own.secret.subarray(1)), fault("malformed"));
  assert.throws(() => decodeSecret(Buffer.concat([own.secret, own.secret])), fault("malformed"));
  const other = Uint8Array.from(own.secret).fill(2, 0, 1);
  assert.throws(() => decodeSecret(other), fault("malformed"));
});
