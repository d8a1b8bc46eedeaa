// Field numbers of 500 and 501, and of the proof: requests written and answers read byte by byte
// (spec/services/user.md and kt.md, Messages).

import { UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { Case } from "../../judge/case.ts";
import { bindingLeaf, pathOf, rootOf } from "../kt/merkle.ts";
import { auditedLog, fieldsOf, whileStill } from "../kt/steps.ts";
import { bytesField, readFields, spellFields } from "../message-bytes.ts";
import { PROVED, proved, userCase } from "./steps.ts";

const { resolveUser, resolveIdentity } = UserService.method;

export const messageCases: readonly Case[] = [
  userCase({
    id: "user.messages.resolve-user",
    rules: ["user.messages", "user.resolve"],
    sends: "method 500: username as field 1",
    expects: "the identity key as field 1, and at most a message as field 2",
    checks: ["answer", "key"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const fields = await fieldsOf(t, bob, resolveUser, [bytesField(1, alice.account.username)]);
      const got = spellFields({ 1: fields?.[1] ?? [] });
      const expected = spellFields({ 1: [Buffer.from(alice.key)] });
      const others = Object.keys(fields ?? {}).filter((no) => no !== "1" && no !== "2");
      t.check("key", got === expected && others.length === 0, {
        expected,
        got: spellFields(fields),
      });
    },
  }),

  userCase({
    id: "user.messages.proof",
    rules: ["user.messages", "user.proof"],
    features: ["kt"],
    when: PROVED,
    sends: "method 500 for the first user of a server, and for one of many",
    expects:
      "field 2 with 1 leaf_index, 2 tree_size, 3 leaf_hash, 4 audit_path, 5 root, 6 timestamp_ms",
    checks: ["answer", "proof"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { username } = alice.account;
      const { seen } = await whileStill(bob, async () => {
        const fields = await fieldsOf(t, bob, resolveUser, [bytesField(1, username)]);
        return { fields, log: await auditedLog(bob), known: await proved(bob, username) };
      });
      const { leaves } = seen.log;
      const { leafIndex, timestampMs } = seen.known.proof;
      const expected = spellFields({
        ...(leafIndex > 0n && { 1: [leafIndex] }),
        2: [BigInt(leaves.length)],
        3: [Buffer.from(bindingLeaf(username, alice.key, timestampMs))],
        4: pathOf(Number(leafIndex), leaves).map((hash) => Buffer.from(hash)),
        5: [Buffer.from(rootOf(leaves))],
        6: [timestampMs],
      });
      const proof = seen.fields?.[2]?.[0];
      const got = proof instanceof Buffer ? spellFields(readFields(proof)) : "no field 2";
      t.check("proof", got === expected, { expected, got });
    },
  }),

  userCase({
    id: "user.messages.resolve-identity",
    rules: ["user.messages", "user.identity"],
    sends: "method 501: identity_key as field 1",
    expects: "the username as field 1, nothing else",
    checks: ["answer", "fields"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const fields = await fieldsOf(t, bob, resolveIdentity, [bytesField(1, alice.key)]);
      const expected = spellFields({ 1: [Buffer.from(alice.account.username)] });
      const got = spellFields(fields);
      t.check("fields", got === expected, { expected, got });
    },
  }),
];
