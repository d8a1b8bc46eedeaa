// Recovery codes as they are shown, when all went well and when it did not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startReference } from "../../client/contract/reference.ts";
import { RecoveryService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../registry/methods.ts";
import type { Caller } from "../../rpc/caller.ts";
import { setUp } from "./account.ts";

test("codes are shown in any case, and those from before are called dead only when they are", async (t) => {
  const alice = await (await startReference(t)).signUp("alice");
  const shown = async (caller: Caller) => {
    const lines: string[] = [];
    const messenger = { session: { ...alice, caller } };
    await setUp({ messenger, print: (line) => void lines.push(line) }, alice.password);
    assert.equal(lines.filter((line) => /^ {2}(\S{4}-){6}\S{4}$/.test(line)).length, 8);
    return lines.at(-1);
  };
  assert.equal(await shown(alice.caller), "codes from before open nothing any more");
  const { id } = methodOf(RecoveryService.method.deleteRecoveryBundle);
  const cut: Caller = {
    ...alice.caller,
    async call(methodId, payload, signal) {
      if (methodId === id) throw new Error("the connection broke");
      return alice.caller.call(methodId, payload, signal);
    },
  };
  assert.match((await shown(cut)) ?? "", /^! codes from before may open it still: 8 could not/);
  assert.equal(await shown(alice.caller), "codes from before open nothing any more");
});
