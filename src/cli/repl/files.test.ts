// A file that does not come: whoever waits for it can stop waiting.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { BlobService } from "../../gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../registry/methods.ts";
import type { Reply } from "../../rpc/caller.ts";
import { startStage } from "../contract.ts";
import { runRepl } from "./repl.ts";

test("a download is given up when the REPL is told to end", { timeout: 60_000 }, async (t) => {
  const { reference, folder, qpc, sit } = await startStage(t);
  await qpc("bob", ["register-state", "bob"]);
  const alice = sit("alice");
  await writeFile(join(folder, "noise"), "noise");
  alice.say("/dm bob");
  alice.say(`/send-file ${join(folder, "noise")}`);
  await alice.sees(/\(1\) sent/);
  await qpc("bob", ["recv"]);

  const stop = new AbortController();
  const { id } = methodOf(BlobService.method.downloadBlob);
  const connect = async () => {
    const caller = await reference.connect();
    const call = (methodId: number, payload: Uint8Array, signal?: AbortSignal) => {
      if (methodId !== id) return caller.call(methodId, payload, signal);
      stop.abort();
      return untilAborted(signal);
    };
    return { caller: { ...caller, call }, close: async () => {} };
  };
  const input = new PassThrough();
  const output = new PassThrough({ encoding: "utf8" });
  input.write(`/switch @alice\n/download 1 ${join(folder, "back")}\n`);
  const env = { QPC_STORE_PASSPHRASE: "passphrase of bob" };
  const request = { storeFile: join(folder, "bob.db"), username: "bob" };
  const io = { env, terminal: { input, output }, output, signal: stop.signal };
  await runRepl({ ...request, password: "password of bob" }, connect, io);
  assert.match(output.read(), /\n! .*interrupted\n/);
});

function untilAborted(signal: AbortSignal | undefined): Promise<Reply> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}
