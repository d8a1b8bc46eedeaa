import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { createLog } from "./log.ts";

test("secrets are removed, the rest is JSON on stderr", () => {
  const program = `
    import { createLog } from ${JSON.stringify(new URL("log.ts", import.meta.url).href)};
    const log = createLog("info");
    log.info({ token: "s3cret", auth_token: "s3cret", user: { token: "s3cret", password: "s3cret" } }, "hi");
    log.debug("too low");`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  assert.equal(stdout, "");
  const { msg, user } = JSON.parse(stderr);
  assert.deepEqual([msg, user], ["hi", {}]);
  assert.ok(!stderr.includes("s3cret"));
});

test("an unknown level is info", () => {
  assert.equal(createLog("debug").level, "debug");
  assert.equal(createLog("silent").level, "silent");
  assert.equal(createLog("qpc=trace").level, "info");
});
