// Uploading KeyPackages (300): fingerprint, any bytes, sizes (spec/services/keys.md; C-43, C-45, C-60).

import { createHash } from "node:crypto";
import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { encodeTrailer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import { mlsPackage } from "./mls-package.ts";
import { holds, keyCase, offer, owner, packagesFor, take, takeSome, upload } from "./steps.ts";

const MIB = 1_048_576;

/** Bytes that no server may stumble over, because it does not look at them (C-60). */
const ODD: readonly { id: string; what: string; bytes: (t: Trial) => Uint8Array }[] = [
  { id: "zeros", what: "64 zeros", bytes: () => new Uint8Array(64) },
  { id: "text", what: "a line of text", bytes: () => Buffer.from("SELECT 'key package';\r\n\0é") },
  {
    id: "every-byte",
    what: "the 256 bytes in order",
    bytes: () => Uint8Array.from({ length: 256 }, (_, i) => i),
  },
  {
    id: "trailer",
    what: "the bytes of a SessionTrailer",
    bytes: (t) => encodeTrailer(t.bytes(32)),
  },
  {
    id: "cut-short",
    what: "the first half of a KeyPackage of RFC 9420",
    bytes: (t) => mlsPackage(t.bytes(32), t.bytes(96)).subarray(0, 150),
  },
  {
    id: "unknown-suite",
    what: "a KeyPackage of RFC 9420 that names the suite 0xffff",
    bytes(t) {
      const bytes = Buffer.from(mlsPackage(t.bytes(32), t.bytes(96)));
      bytes.writeUInt16BE(0xffff, 2);
      return bytes;
    },
  },
];

export const uploadCases: readonly Case[] = [
  keyCase({
    id: "keys.upload.round-trip",
    rules: ["keys.upload"],
    sends: "a package; another user fetches",
    expects: "Ok, and these bytes",
    checks: ["answer", "fetched"],
    tier: "smoke",
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const [one] = packagesFor(t, alice, "A");
      t.status(await offer(alice, one.bytes), Status.Ok);
      holds(t, "fetched", [one], [await take(bob, alice.key)], "A");
    },
  }),

  keyCase({
    id: "keys.upload.fingerprint",
    rules: ["keys.fingerprint"],
    sends: "three packages",
    expects: "each time the SHA-256 of the package",
    checks: ["A", "B", "C"],
    async run(t) {
      const alice = await owner(t);
      for (const { name, bytes } of packagesFor(t, alice, "A", "B", "C")) {
        const answer = await offer(alice, bytes);
        const expected = spell(createHash("sha256").update(bytes).digest());
        const got = answer.status === Status.Ok ? spell(answer.message().fingerprint) : "no Ok";
        t.check(name, got === expected, { expected, got });
      }
    },
  }),

  keyCase({
    id: "keys.upload.suite-1",
    rules: ["keys.upload", "keys.package-opaque"],
    sends: "a signed KeyPackage of RFC 9420, suite 0x0001",
    expects: "Ok, and these bytes for the next who fetches",
    checks: ["answer", "fetched"],
    errata: ["C-43", "C-60"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const one = { name: "the KeyPackage", bytes: mlsPackage(alice.key, t.bytes(96)) };
      t.status(await offer(alice, one.bytes), Status.Ok);
      holds(t, "fetched", [one], [await take(bob, alice.key)], "the KeyPackage");
    },
  }),

  ...ODD.map(({ id, what, bytes }) =>
    keyCase({
      id: `keys.package.${id}`,
      rules: ["keys.package-opaque"],
      when: { "ciphersuite-allowlist": ["off"] },
      sends: `${what} as a package; another user fetches`,
      expects: "Ok, and these bytes",
      checks: ["answer", "fetched"],
      errata: ["C-43", "C-60"],
      run: (t) => accepted(t, bytes(t)),
    }),
  ),

  ...[1, 1_000_000].map((size) =>
    keyCase({
      id: `keys.package.${size}-${size === 1 ? "byte" : "bytes"}`,
      rules: ["keys.package-size"],
      when: { "ciphersuite-allowlist": ["off"] },
      sends: `a package of ${size} bytes; another user fetches`,
      expects: "Ok, and these bytes",
      checks: ["answer", "fetched"],
      errata: ["C-45"],
      run: (t) => accepted(t, t.bytes(size)),
    }),
  ),

  keyCase({
    id: "keys.package.1048576-bytes",
    rules: ["keys.package-size"],
    when: { "ciphersuite-allowlist": ["off"] },
    sends: "a package of 1,048,576 bytes; another user fetches",
    expects: "Ok, and these bytes; BadRequest is a warning, for a limit of 1 MB",
    checks: ["answer", "size", "fetched"],
    errata: ["C-45"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const one = { name: "the package", bytes: t.bytes(MIB) };
      const answer = await offer(alice, one.bytes);
      t.status(answer, Status.Ok, Status.BadRequest);
      const full = answer.status === Status.Ok;
      t.check("size", full, { expected: "a limit of 1 MiB", got: "a lower one" }, "warn");
      const left = full ? "the package" : "none";
      holds(t, "fetched", [one], [await take(bob, alice.key)], left);
    },
  }),

  keyCase({
    id: "keys.package.1048577-bytes",
    rules: ["keys.package-size"],
    twin: "keys.package.1048576-bytes",
    when: { "ciphersuite-allowlist": ["off"] },
    sends: "a package of 1,048,577 bytes",
    expects: "BadRequest, and nothing queued",
    checks: ["answer", "queue"],
    errata: ["C-45"],
    async run(t) {
      const alice = await owner(t);
      t.refused(await offer(alice, t.bytes(MIB + 1)), Status.BadRequest);
      holds(t, "queue", [], [await take(alice, alice.key)], "none");
    },
  }),

  keyCase({
    id: "keys.package.empty-between-two",
    rules: ["keys.package-not-empty"],
    twin: "keys.upload.round-trip",
    sends: "a package, an empty one, and a third; three fetches",
    expects: "BadRequest for the empty one, and no empty answer between the other two",
    checks: ["answer", "queue"],
    async run(t) {
      const alice = await owner(t);
      const [one, two] = packagesFor(t, alice, "A", "B");
      await upload(alice, [one]);
      t.refused(await offer(alice, new Uint8Array(0)), Status.BadRequest);
      await upload(alice, [two]);
      const taken = await takeSome(alice, alice.key, 3);
      holds(t, "queue", [one, two], taken, "A", "B", "none");
    },
  }),
];

async function accepted(t: Trial, bytes: Uint8Array): Promise<void> {
  const [alice, bob] = [await owner(t), await t.user()];
  const one = { name: "the package", bytes };
  t.status(await offer(alice, bytes), Status.Ok);
  holds(t, "fetched", [one], [await take(bob, alice.key)], "the package");
}
