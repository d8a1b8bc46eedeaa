import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { QuicUnavailable, unavailable } from "./binding.ts";

describe("the native engine", () => {
  it("is not loaded by importing the transport", async () => {
    const quic = new URL("./quic.ts", import.meta.url).href;
    const script = `
      await import(${JSON.stringify(quic)});
      process.stdout.write(String(process.report.getReport().sharedObjects.some((path) => path.includes("quic-"))));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    assert.equal(stdout, "false");
  });

  it("says in one line where there is none", () => {
    const error = unavailable("linux", "riscv64", new Error("cause"));
    assert.ok(error instanceof QuicUnavailable);
    assert.match(error.message, /^no QUIC engine for linux-riscv64: .*$/);
  });
});
