// Commands that talk, one by one, as from a shell: each opens the store anew.

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openClientStore } from "../../client/store/open.ts";
import { readTranscript } from "../../client/transcript-export.ts";
import { type Operation, q } from "../../storage/sql/statement.ts";
import { startStage } from "../contract.ts";
import { errorLine, exitCode } from "../qpc-errors.ts";

const TIMEOUT = { timeout: 60_000 };

test("register-state, send, recv, history, export", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const registered = await stage.qpc("alice", ["register-state", "alice"]);
  assert.match(registered, /^alice: identity key [0-9a-f]{64}\nfingerprint .*; 10 KeyPackages/);
  await stage.qpc("bob", ["register-state", "bob"]);

  assert.equal(await stage.qpc("alice", ["send", "bob", "good", "day"]), "sent: @bob\n");
  const received = await stage.qpc("bob", ["recv"]);
  assert.equal(received, "* you are in @alice now\n[alice ~] good day\n");
  assert.equal(await stage.qpc("bob", ["recv"]), "nothing new\n");
  await stage.qpc("bob", ["send", "@alice", "and to you"]);

  const before = await stage.qpc("alice", ["history", "bob"]);
  assert.match(before, /^\S+ \S+ \[alice\] good day\n$/, "reading fetches nothing");
  // What came in is told by whichever command fetches it.
  assert.equal(
    await stage.qpc("alice", ["send", "bob", "thanks"]),
    "[bob ~] and to you\nsent: @bob\n",
  );
  stage.isOnline = false;
  const history = await stage.qpc("alice", ["history", "bob", "--limit", "2"]);
  assert.match(history, /^\S+ \S+ \[bob ~\] and to you\n\S+ \S+ \[alice\] thanks\n$/);

  const file = join(stage.folder, "talk.qpct");
  const env = { QPC_EXPORT_PASSPHRASE: "of the file" };
  await stage.qpc("alice", ["export", "bob", file], env);
  assert.equal((await readTranscript(await readFile(file), "of the file")).length, 3);
  const opened = await stage.qpc("nobody", ["transcript", file], env);
  const lines = ["[alice] good day", "[bob] and to you", "[alice] thanks"];
  assert.deepEqual(
    opened.match(/^\(\d\) \S+ \S+ .*$/gm)?.map((line) => line.replace(/^\S+ \S+ \S+ /, "")),
    lines,
  );
  // It is noticed before anybody is asked for a passphrase.
  const again = stage.qpc("alice", ["export", "bob", file]);
  await assert.rejects(again, { name: "UsageError", message: /exists already/ });
  await assert.rejects(stage.qpc("alice", ["history", "carol"]), { name: "UsageError" });
});

test("what has expired is gone without the server as well", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  for (const name of ["alice", "bob"]) await stage.qpc(name, ["register-state", name]);
  for (const text of ["short", "long"]) await stage.qpc("alice", ["send", "bob", text]);
  stage.isOnline = false;
  const path = join(stage.folder, "alice.db");
  const store = await openClientStore({ kind: "file", path, passphrase: "passphrase of alice" });
  await store.database.write(expireFirst());
  await store.close();
  const history = await stage.qpc("alice", ["history", "bob"]);
  assert.match(history, /^\S+ \S+ \[alice\] long\n$/);
});

function* expireFirst(): Operation<void> {
  yield q(
    "UPDATE messages SET expires_at = 1 WHERE position = (SELECT MIN(position) FROM messages)",
  );
}

test("a group: create-group, join, invite, send --all", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  for (const name of ["alice", "bob", "carol"]) {
    await stage.qpc(name, ["register-state", name]);
  }
  const created = await stage.qpc("alice", ["create-group", "team", "bob"]);
  const [, id = ""] = /^group #team has the ID ([0-9a-f]{8})/.exec(created) ?? [];
  assert.equal(await stage.qpc("bob", ["join"]), `* you are in #${id} now\n`);
  assert.equal(await stage.qpc("bob", ["join"]), "no new invitation\n");
  await assert.rejects(stage.qpc("alice", ["invite", "team", "carol", "carl", "@dan"]), {
    name: "UsageError",
    message: "there is no user carl, dan; nothing was done",
  });
  await assert.rejects(stage.qpc("alice", ["create-group", "other", "carol", "carl"]), {
    message: "there is no user carl; nothing was done",
  });
  assert.match(await stage.qpc("alice", ["invite", "team", "carol"]), /^added carol\n/);
  assert.equal(
    await stage.qpc("bob", ["send", "--all", id, "hi all"]),
    [`* alice added carol in #${id}\n`, `sent: #${id}\n`].join(""),
  );
  assert.equal(await stage.qpc("alice", ["recv"]), "[bob ~ #team] hi all\n");
  assert.match(await stage.qpc("carol", ["recv"]), /\n\[bob ~ #[0-9a-f]{8}\] hi all\n$/);

  await stage.qpc("alice", ["send", "bob", "hi"]);
  const nobody = stage.qpc("alice", ["send", "--all", "bob", "hi"]);
  await assert.rejects(nobody, { name: "UsageError", message: /no group bob/ });
});

test("fetch-key and verify", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.qpc("alice", ["register-state", "alice"]);
  await stage.qpc("bob", ["register-state", "bob"]);
  const fetched = await stage.qpc("alice", ["fetch-key", "bob"]);
  assert.match(
    fetched,
    /^bob: identity key [0-9a-f]{64}\n.*\ntrust: pinned, checked in the log\n$/,
  );
  const shown = await stage.qpc("alice", ["verify", "bob"]);
  assert.match(shown, /^safety number with bob: (\d{5} ){11}\d{5}\n/);
  await stage.qpc("alice", ["verify", "bob", "--yes"]);
  assert.match(await stage.qpc("alice", ["fetch-key", "bob"]), /trust: verified/);

  const key = "00".repeat(32);
  await assert.rejects(stage.qpc("alice", ["fetch-key", "bob", "--accept", key]), {
    name: "UsageError",
    message: /same key as before/,
  });
  await assert.rejects(stage.qpc("alice", ["fetch-key", "nobody"]), { name: "CallError" });
});

test("nothing is sent to a key that has changed, until it was accepted", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.qpc("alice", ["register-state", "alice"]);
  const first = stage.sit("bob");
  await first.sees(/you are bob/);
  await stage.qpc("alice", ["verify", "bob", "--yes"]);
  first.say("/delete-account");
  first.say("bob");
  await first.over;
  stage.reference.clock.advance(31 * 86_400_000);
  const registered = await stage.qpc("second", ["register-state", "bob"], SECOND_BOB);
  const [, key = ""] = /identity key ([0-9a-f]{64})/.exec(registered) ?? [];

  const refused = await stage.qpc("alice", ["send", "bob", "hi"]).catch((error) => error);
  assert.equal(refused.fault, "key-changed");
  assert.match(errorLine(refused), new RegExp(`^qpc: key-changed: bob .* offered is ${key};`));
  assert.equal(exitCode(refused), 3);
  const accepted = await stage.qpc("alice", ["fetch-key", "bob", "--accept", key]);
  assert.match(accepted, /trust: pinned/);
  assert.equal(await stage.qpc("alice", ["send", "bob", "hi"]), "sent: @bob\n");
  assert.match(await stage.qpc("second", ["recv"], SECOND_BOB), /\[alice ~\] hi\n$/);
});

const SECOND_BOB = { QPC_PASSWORD: "another password" };

test("what is sent without the server goes out with the next command", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.qpc("alice", ["register-state", "alice"]);
  await stage.qpc("bob", ["register-state", "bob"]);
  await stage.qpc("alice", ["send", "bob", "one"]);
  stage.isOnline = false;
  const queued = await stage.qpc("alice", ["send", "bob", "two"]);
  assert.equal(queued, "queued until the server can be reached: @bob\n");
  await assert.rejects(stage.qpc("alice", ["recv"]), { name: "Unreachable" });
  await assert.rejects(stage.qpc("alice", ["send", "carol", "hi"]), { name: "Unreachable" });
  stage.isOnline = true;
  assert.equal(await stage.qpc("alice", ["recv"]), "nothing new\n");
  assert.match(await stage.qpc("bob", ["recv"]), /one\n\[alice ~\] two\n$/);
});

test("devices come and go", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.qpc("alice", ["register-state", "alice"]);
  assert.equal(await stage.qpc("alice", ["devices", "list"]), "no devices\n");
  const added = await stage.qpc("alice", ["devices", "add", "laptop"]);
  const [, id = ""] = /^this is device ([0-9a-f]{32})\n$/.exec(added) ?? [];
  const listed = await stage.qpc("alice", ["devices", "list"]);
  assert.match(listed, new RegExp(`^${id} laptop since \\d{4}-\\d\\d-\\d\\d \\(this one\\)\n$`));
  for (const wrong of [
    ["devices", "add"],
    ["devices", "fly"],
    ["devices", "rm", "xyz"],
  ]) {
    await assert.rejects(stage.qpc("alice", wrong), { name: "UsageError" });
  }
  await stage.qpc("alice", ["devices", "rm", id.slice(0, 6)]);
  assert.equal(await stage.qpc("alice", ["devices", "list"]), "no devices\n");
});

test("a recovery code brings the account into a new store", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.qpc("alice", ["register-state", "alice"]);
  await stage.qpc("bob", ["register-state", "bob"]);
  const shown = await stage.qpc("alice", ["recovery", "setup"]);
  const codes = shown.match(/^ {2}(\S{4}-){6}\S{4}$/gm) ?? [];
  assert.equal(codes.length, 8);
  const [code = ""] = codes;

  const slip = stage.qpc("new", ["recovery", "restore"], { QPC_RECOVERY_CODE: `${code}0` });
  await assert.rejects(slip, { name: "UsageError" });
  assert.ok(!(await readdir(stage.folder)).some((file) => file.startsWith("new")));
  const env = { QPC_RECOVERY_CODE: code, QPC_PASSWORD: undefined };
  assert.match(await stage.qpc("new", ["recovery", "restore"], env), /^alice: identity key/);
  await stage.qpc("bob", ["send", "alice", "welcome back"]);
  assert.match(await stage.qpc("new", ["recv"]), /\[bob ~\] welcome back\n$/);

  const taken = stage.qpc("new", ["recovery", "restore"], env);
  await assert.rejects(taken, { name: "UsageError", message: /exists/ });
  await assert.rejects(stage.qpc("alice", ["recovery", "fly"]), { name: "UsageError" });
});

test("the password is asked for when the session is over, and only then", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.qpc("alice", ["register-state", "alice"]);
  const nobodyAsked = { QPC_PASSWORD: undefined };
  assert.equal(await stage.qpc("alice", ["recv"], nobodyAsked), "nothing new\n");
  stage.reference.clock.advance(25 * 3_600_000);
  await assert.rejects(stage.qpc("alice", ["recv"], nobodyAsked), {
    name: "UsageError",
    message: "no password: set QPC_PASSWORD",
  });
  assert.equal(await stage.qpc("alice", ["recv"]), "nothing new\n");
});

test("a store that is none, or of somebody else, is told in one line", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await assert.rejects(stage.qpc("alice", ["recv"]), { message: /^there is no .*alice\.db/ });
  await writeFile(join(stage.folder, "torn.db"), "no database");
  const torn = { name: "UsageError", message: /^\S+torn\.db\.salt is missing/ };
  await assert.rejects(stage.qpc("torn", ["recv"]), torn);

  await stage.qpc("alice", ["register-state", "alice"]);
  await assert.rejects(stage.qpc("alice", ["register-state", "alice"]), {
    name: "UsageError",
    message: /holds an account already$/,
  });
  await assert.rejects(stage.qpc("alice", ["recv"], { QPC_STORE_PASSPHRASE: "guess" }), {
    name: "UsageError",
    message: /^the passphrase does not open/,
  });
  await assert.rejects(stage.qpc("alice", ["recv"], { QPC_STORE_PASSPHRASE: undefined }), {
    name: "UsageError",
    message: "no passphrase of the store: set QPC_STORE_PASSPHRASE",
  });
});

test(
  "a registration that broke off is finished later; a refused one leaves nothing",
  TIMEOUT,
  async (t) => {
    const stage = await startStage(t);
    stage.isOnline = false;
    const cut = stage.qpc("alice", ["register-state", "alice"]);
    await assert.rejects(cut, { name: "Unreachable" });
    stage.isOnline = true;
    assert.match(await stage.qpc("alice", ["register-state", "alice"]), /^alice: identity key/);

    await assert.rejects(stage.qpc("other", ["register-state", "alice"]), { fault: "taken" });
    await assert.rejects(stage.qpc("other", ["register-state", "a b"]), { name: "CallError" });
    assert.ok(!(await readdir(stage.folder)).some((file) => file.startsWith("other")));
  },
);
