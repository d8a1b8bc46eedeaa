// Doctor on adapters: a sound one has nothing, and each of the broken ones is caught for its fault.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FAULTS } from "./broken/base.ts";
import { stdioChannel } from "./channel.ts";
import { examine } from "./doctor.ts";

const BASE = fileURLToPath(new URL("./broken/base.ts", import.meta.url));

/** Which check must catch a fault, and what it says. */
const CAUGHT: Readonly<Record<(typeof FAULTS)[number], readonly [check: string, says: RegExp]>> = {
  "silent-hello": ["hello", /no reply within/],
  "other-version": ["hello", /"adapter" is 1/],
  "string-ids": ["hello", /a reply to "1", which was not asked/],
  "never-unsupported": ["unknown operation", /answered with/],
  "strict-fields": ["unknown fields", /unknown field x-later/],
  "one-at-a-time": ["parallel requests", /no reply within/],
  "short-lines": ["long line", /ended with exit code 2/],
  "small-frames": ["large frame", /too big/],
  "error-text": ["error form", /err does not have the right form/],
  "own-classes": ["error form", /"EFRAME" is no class/],
  flood: ["unknown operation", /flood/],
  "second-reply": ["unknown operation", /second reply/],
  "half-json": ["unknown operation", /no JSON/],
  "dies-of-arguments": ["wrong arguments", /ended with exit code 1/],
  stays: ["bye", /did not end within/],
  "few-at-once": ["requests at once", /"max_parallel" is 4/],
  "any-certificate": ["trust", /foreign certificate: \{"ok"/],
  "one-call": ["calls at once", /sends no request|no reply within/],
  "in-order": ["calls at once", /no reply within/],
  "deaf-state": ["state during a call", /no reply within/],
  "no-deadline": ["deadline", /no reply within/],
  "cancels-nothing": ["cancel", /no reply within/],
  "small-bodies": ["large bodies", /not seen: .*local\.invalid/],
  "hex-for-all": ["large bodies", /came back as hex/],
  "closes-nothing": ["close", /no CONNECTION_CLOSE/],
  "one-life-users": ["users", /user\.open: .*local\.invalid/],
};

function doctor(fault: string, timeout: number, only?: readonly string[]) {
  const command = `exec '${process.execPath}' '${BASE}' ${fault}`;
  return examine(stdioChannel(command), {
    suite: "test",
    spec: "test",
    timeout,
    ...(only && { only }),
  });
}

test("a sound adapter", async () => {
  const findings = await doctor("", 20_000);
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict !== "ok"),
    [],
  );
  assert.equal(findings.length, 19);
});

test("broken adapters are caught", { concurrency: 2 }, async (t) => {
  const one = (fault: (typeof FAULTS)[number]) =>
    t.test(fault, async () => {
      const [check, says] = CAUGHT[fault];
      const isSilent = /no (reply|request)/.test(says.source);
      const findings = await doctor(fault, isSilent ? 3_000 : 20_000, [check]);
      const found = findings.find((finding) => finding.check === check);
      assert.equal(found?.verdict, "wrong", JSON.stringify(findings));
      assert.match(found.found, says);
      assert.notEqual(found.mend, "");
    });
  await Promise.all(FAULTS.map(one));
});
