// Field numbers of 510, 511 and 520: requests written and answers read byte by byte
// (spec/services/kt.md, Messages).

import { KeyTransparencyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Case } from "../../judge/case.ts";
import { bytesField, numberField, spellFields } from "../message-bytes.ts";
import { auditedLog, fieldsOf, ktCase, revocationOf, revokedUser, whileStill } from "./steps.ts";

const { revokeKey, checkRevocation, auditKeyTransparency } = KeyTransparencyService.method;

export const messageCases: readonly Case[] = [
  ktCase({
    id: "kt.messages.revoke-key",
    rules: ["kt.messages", "kt.revoke"],
    sends: "method 510: identity_key as field 1, reason as field 2",
    expects: "success = 1 as field 1, leaf_index as field 2, nothing else",
    checks: ["answer", "fields"],
    async run(t) {
      const [alice, bob] = [await t.newUser(), await t.user()];
      const request = [bytesField(1, alice.key), bytesField(2, "compromised")];
      const fields = await fieldsOf(t, alice, revokeKey, request);
      const index = fields?.[2]?.[0];
      const { leaves } = await auditedLog(bob);
      const inLog = typeof index === "bigint" && index > 0n && index < BigInt(leaves.length);
      t.check("fields", inLog && spellFields(fields) === `1=1 2=${index}`, {
        expected: `1=1 2=N with N below ${leaves.length}`,
        got: spellFields(fields),
      });
    },
  }),

  ktCase({
    id: "kt.messages.check-revocation",
    rules: ["kt.messages", "kt.check"],
    sends: "method 511 for a revoked key: identity_key as field 1",
    expects: "revoked = 1 as field 1, reason as field 2, timestamp_ms as field 3",
    checks: ["answer", "fields"],
    async run(t) {
      const [alice, bob] = [await revokedUser(t, "user_revoked"), await t.user()];
      const fields = await fieldsOf(t, bob, checkRevocation, [bytesField(1, alice.key)]);
      const { timestampMs } = await revocationOf(bob, alice.key);
      const expected = `1=1 2=${Buffer.from("user_revoked").toString("hex")} 3=${timestampMs}`;
      const fits = timestampMs > 0n && spellFields(fields) === expected;
      t.check("fields", fits, { expected, got: spellFields(fields) });
    },
  }),

  ktCase({
    id: "kt.messages.audit",
    rules: ["kt.messages", "kt.range"],
    sends: "method 520: start = 1 as field 1, end = 2 as field 2",
    expects: "one entry as field 1 with index and leaf_hash, tree_size as field 2, root as field 3",
    checks: ["answer", "fields"],
    async run(t) {
      const [caller] = [await t.user(), await t.user()];
      const { seen } = await whileStill(caller, async () => {
        const request = [numberField(1, 1n), numberField(2, 2n)];
        const fields = await fieldsOf(t, caller, auditKeyTransparency, request);
        return { fields, log: await auditedLog(caller) };
      });
      const { leaves, root } = seen.log;
      const entry = Buffer.concat([
        numberField(1, 1n),
        bytesField(2, leaves[1] ?? new Uint8Array(0)),
      ]);
      const expected = spellFields({
        1: [entry],
        2: [BigInt(leaves.length)],
        3: [Buffer.from(root)],
      });
      const got = spellFields(seen.fields);
      t.check("fields", got === expected, { expected, got });
    },
  }),
];
