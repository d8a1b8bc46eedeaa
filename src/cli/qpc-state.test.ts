import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createState, readState, removeState, storeToken } from "./qpc-state.ts";

const STATE = {
  username: "alice",
  identityKey: new Uint8Array(32).fill(0xaa),
  privateKey: new Uint8Array(32).fill(0xbb),
};
const TOKEN = new Uint8Array(32).fill(0xcc);

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "qpc-state-"));
});
after(() => rm(directory, { recursive: true }));

test("what was created is read again, and is nobody else's to read", async () => {
  const file = join(directory, "new.json");
  await createState(file, STATE);
  assert.deepEqual(await readState(file), { ...STATE, sessionToken: undefined });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("an existing file is not overwritten", async () => {
  const file = join(directory, "kept.json");
  await createState(file, STATE);
  const before = await readFile(file, "utf8");
  const other = { ...STATE, identityKey: TOKEN };
  await assert.rejects(createState(file, other), { name: "UsageError", message: /exists/ });
  assert.equal(await readFile(file, "utf8"), before);
});

test("a token is added to the state, keeps the keys, and leaves no draft", async () => {
  const file = join(directory, "token.json");
  await createState(file, STATE);
  await storeToken(file, STATE, TOKEN);
  assert.deepEqual(await readState(file), { ...STATE, sessionToken: TOKEN });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const drafts = (await readdir(directory)).filter((name) => name.startsWith("token.json."));
  assert.deepEqual(drafts, []);
});

test("a token without a private key makes a file too", async () => {
  const file = join(directory, "public.json");
  const { username, identityKey } = STATE;
  await storeToken(file, { username, identityKey }, TOKEN);
  const expected = { username, identityKey, privateKey: undefined, sessionToken: TOKEN };
  assert.deepEqual(await readState(file), expected);
});

test("no file is no state, before and after its removal", async () => {
  const file = join(directory, "gone.json");
  assert.equal(await readState(file), undefined);
  await createState(file, STATE);
  await removeState(file);
  assert.equal(await readState(file), undefined);
});

const DAMAGED = [
  "",
  "null",
  "[]",
  '"text"',
  "{}",
  '{"username":"alice"}',
  '{"username":1,"identity_key":""}',
  `{"username":"alice","identity_key":"${"aa".repeat(31)}"}`,
  `{"username":"alice","identity_key":"${"aa".repeat(32)}","session_token":7}`,
];

for (const text of DAMAGED) {
  test(`a file with ${text || "nothing"} in it is no state`, async () => {
    const file = join(directory, "damaged.json");
    await writeFile(file, text);
    await assert.rejects(readState(file), { name: "UsageError", message: /no state file/ });
  });
}

test("a place that cannot be written is told in one line", async () => {
  const file = join(directory, "missing", "state.json");
  await assert.rejects(createState(file, STATE), { name: "UsageError", message: /ENOENT$/ });
  await assert.rejects(readState(directory), { name: "UsageError", message: /EISDIR$/ });
});
