// The messages of 300 to 304 as bytes, laid out by hand (spec/services/keys.md, Messages).

import { createHash } from "node:crypto";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { answersWith, bytesField } from "../message-bytes.ts";
import { hybridKey, keyCase, owner, packagesFor, putHybrid, upload } from "./steps.ts";

const { uploadKeyPackage, fetchKeyPackage, uploadHybridKey, fetchHybridKey, fetchHybridKeys } =
  KeyService.method;

export const messageCases: readonly Case[] = [
  keyCase({
    id: "keys.messages.upload-key-package",
    rules: ["keys.messages", "keys.fingerprint"],
    sends: "method 300: identity_key as field 1, package as field 2",
    expects: "Ok with SHA-256(package) as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await owner(t);
      const [{ bytes }] = packagesFor(t, alice, "A");
      const fingerprint = createHash("sha256").update(bytes).digest();
      await answersWith(
        t,
        alice,
        uploadKeyPackage,
        [bytesField(1, alice.key), bytesField(2, bytes)],
        [bytesField(1, fingerprint)],
      );
    },
  }),

  keyCase({
    id: "keys.messages.fetch-key-package",
    rules: ["keys.messages"],
    sends: "method 301 for an identity with a package: identity_key as field 1",
    expects: "Ok with the package as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const [one] = packagesFor(t, alice, "A");
      await upload(alice, [one]);
      await answersWith(
        t,
        bob,
        fetchKeyPackage,
        [bytesField(1, alice.key)],
        [bytesField(1, one.bytes)],
      );
    },
  }),

  keyCase({
    id: "keys.messages.upload-hybrid-key",
    rules: ["keys.messages"],
    sends: "method 302: identity_key as field 1, hybrid_public_key as field 2",
    expects: "Ok with an empty payload",
    checks: ["answer", "payload"],
    async run(t) {
      const alice = await t.user();
      const { bytes } = hybridKey(t, "H");
      await answersWith(
        t,
        alice,
        uploadHybridKey,
        [bytesField(1, alice.key), bytesField(2, bytes)],
        [],
      );
    },
  }),

  keyCase({
    id: "keys.messages.fetch-hybrid-key",
    rules: ["keys.messages"],
    sends: "method 303 for an identity with a hybrid key: identity_key as field 1",
    expects: "Ok with the hybrid key as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const stored = hybridKey(t, "H");
      await putHybrid(alice, stored);
      await answersWith(
        t,
        bob,
        fetchHybridKey,
        [bytesField(1, alice.key)],
        [bytesField(1, stored.bytes)],
      );
    },
  }),

  keyCase({
    id: "keys.messages.fetch-hybrid-keys",
    rules: ["keys.messages", "keys.hybrid-batch"],
    sends:
      "method 304 for an identity with a hybrid key, one without, and the first again, as field 1",
    expects: "Ok with the hybrid key, an entry of no bytes, and the hybrid key, as field 1",
    checks: ["answer", "payload"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { name, bytes } = hybridKey(t, "H");
      await putHybrid(alice, { name, bytes });
      const keys = [alice.key, newIdentityKey(), alice.key];
      await answersWith(
        t,
        bob,
        fetchHybridKeys,
        keys.map((key) => bytesField(1, key)),
        [bytesField(1, bytes), bytesField(1, new Uint8Array(0)), bytesField(1, bytes)],
      );
    },
  }),
];
