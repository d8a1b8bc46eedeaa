import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { PASSPHRASE, PASSWORD, readSecret, type Terminal } from "./qpc-password.ts";

test("QPC_PASSWORD is taken without a question", async () => {
  const { terminal, shown } = keyboard("");
  assert.equal(await readSecret(PASSWORD, "new", { QPC_PASSWORD: "secret" }, terminal), "secret");
  assert.equal(shown(), "");
});

test("a known password is asked for once, and never shown", async () => {
  const { terminal, shown, modes } = keyboard("secret\r");
  assert.equal(await readSecret(PASSWORD, "known", {}, terminal), "secret");
  assert.equal(shown(), "Password: \n");
  assert.deepEqual(modes, [true, false]);
});

test("a new password is asked for twice, and the answers must agree", async () => {
  const { terminal, shown } = keyboard("secret\rsecret\r");
  assert.equal(await readSecret(PASSWORD, "new", {}, terminal), "secret");
  assert.equal(shown(), "Password: \nPassword again: \n");

  const differing = readSecret(PASSWORD, "new", {}, keyboard("secret\rSecret\r").terminal);
  await assert.rejects(differing, { name: "UsageError", message: /differ/ });
});

test("backspace takes back a whole character", async () => {
  const { terminal } = keyboard("sé\u{1f511}\u007fcret\r");
  assert.equal(await readSecret(PASSWORD, "known", {}, terminal), "sécret");
});

for (const [what, keys] of [
  ["Ctrl-C", "sec\u0003"],
  ["Ctrl-D", "\u0004"],
  ["an empty answer", "\r"],
]) {
  test(`${what} gives up, and leaves the terminal as it was`, async () => {
    const { terminal, modes } = keyboard(keys as string);
    await assert.rejects(readSecret(PASSWORD, "new", {}, terminal), {
      name: "UsageError",
      message: "no password was given",
    });
    assert.deepEqual(modes, [true, false]);
  });
}

test("each secret has its words and its variable", async () => {
  const { terminal, shown } = keyboard("hidden\r");
  assert.equal(
    await readSecret(PASSPHRASE, "known", { QPC_PASSWORD: "other" }, terminal),
    "hidden",
  );
  assert.equal(shown(), "Passphrase of the store: \n");
});

test("without a terminal nobody is asked", async () => {
  const { terminal, shown } = keyboard("secret\r", false);
  await assert.rejects(readSecret(PASSWORD, "known", { QPC_PASSWORD: "" }, terminal), {
    name: "UsageError",
    message: /QPC_PASSWORD/,
  });
  assert.equal(shown(), "");
});

function keyboard(keys: string, isTTY = true) {
  const modes: boolean[] = [];
  const setRawMode = (raw: boolean) => {
    modes.push(raw);
  };
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode });
  const output = new PassThrough({ encoding: "utf8" });
  const terminal: Terminal = { input, output };
  input.write(keys);
  return { terminal, modes, shown: () => output.read() ?? "" };
}
