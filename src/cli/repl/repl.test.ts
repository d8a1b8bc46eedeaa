// REPLs that talk to each other through pipes: what people type, and what they see.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readTranscript } from "../../client/transcript-export.ts";
import { startStage } from "../contract.ts";

const TIMEOUT = { timeout: 60_000 };

test("two people talk", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob] = [stage.sit("alice"), stage.sit("bob")];
  await bob.sees(/^\* you are bob/);
  alice.say("/dm bob");
  alice.say("Hello,  Bob!");
  await alice.sees(/^\(1\) sent$/);
  await bob.sees(/^\* you are in @alice now$/);
  await bob.sees(/^\(1\) \[alice ~\] Hello, {2}Bob!$/);

  bob.say("/switch @alice");
  bob.say("//dm is a command");
  await alice.sees(/^\(2\) \[bob ~\] \/dm is a command$/);
  alice.say("/react 👍");
  await bob.sees(/^\* alice ~ put 👍 to \(2\)$/);
  alice.say("/react 👍 2");
  await bob.sees(/^\* alice ~ took back 👍 from \(2\)$/);
  alice.say("/edit 1 Hello, dear Bob!");
  await bob.sees(/^\* alice ~ changed \(1\) to: Hello, dear Bob!$/);
  alice.say("/edit 2 what I never said");
  await alice.sees(/^! .*same sender/);
  bob.say("/delete 2");
  await alice.sees(/^\* bob ~ deleted \(2\)$/);
  alice.say("/react 👎 2");
  await alice.sees(/^! there is no message \(2\)$/);

  bob.say("/disappear 1h");
  await alice.sees(/^\(3\) \* bob ~ set messages to disappear after 1h from now on$/);
  bob.say("/disappear 2h");
  await bob.sees(/^! \/disappear takes one of off, 30m, 1h, 1d, 7d$/);
  bob.say("/history");
  await bob.sees(/^\(1\) \d{4}-\d\d-\d\d \d\d:\d\d \[alice ~\] Hello, dear Bob! \(edited\)$/);
  await bob.sees(/^\(3\) \S+ \S+ \* bob set messages to disappear/);
  await Promise.all([alice.leave(), bob.leave()]);
});

test("a safety number makes a sender verified", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob] = [stage.sit("alice"), stage.sit("bob")];
  await Promise.all([alice.sees(/you are/), bob.sees(/you are/)]);
  alice.say("/verify bob");
  bob.say("/verify alice");
  const number = /: (\d{5} ){11}\d{5}$/;
  const [shownToAlice, shownToBob] = [await alice.sees(number), await bob.sees(number)];
  assert.equal(number.exec(shownToAlice)?.[0], number.exec(shownToBob)?.[0]);

  bob.say("/dm alice");
  bob.say("one");
  await alice.sees(/^\(1\) \[bob ~\] one$/);
  alice.say("/verify bob yes");
  await alice.sees(/^bob is verified$/);
  bob.say("two");
  await alice.sees(/^\(2\) \[bob ✓\] two$/);
  alice.say("/verify bob no");
  await alice.sees(/^! usage: \/verify USER \[yes\]$/);
});

test("a group, from its beginning to those who go", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => stage.sit(name));
  assert.ok(alice && bob && carol);
  await Promise.all([bob.sees(/you are/), carol.sees(/you are/)]);
  alice.say("/cg team bob");
  const [id = ""] = /[0-9a-f]{8}/.exec(await alice.sees(/^group #team has the ID/)) ?? [];
  await bob.sees(new RegExp(`^\\* you are in #${id} now$`));
  alice.say("/cg team");
  await alice.sees(/^! there is a group team already$/);
  alice.say("/invite @carol");
  await alice.sees(/^added carol$/);
  await carol.sees(new RegExp(`^\\* you are in #${id} now$`));
  await bob.sees(new RegExp(`^\\* alice added carol in #${id}$`));

  bob.say(`/switch #${id}`);
  bob.say("/rename crew");
  await bob.sees(/^this group is #crew here/);
  bob.say("hi all");
  await alice.sees(/^\(1\) \[bob ~ #team\] hi all$/);
  await carol.sees(new RegExp(`^\\(1\\) \\[bob ~ #${id}\\] hi all$`));
  carol.say(`/switch ${id}`);
  carol.say("/members");
  for (const name of ["alice ~", "bob ~", "carol"]) await carol.sees(new RegExp(`^${name}$`));
  carol.say("/gi");
  await carol.sees(/^group conversation, 3 members, MLS epoch 2$/);

  alice.say("/rotate-key all");
  await alice.sees(/^keys renewed$/);
  await alice.sees(/^asked 2 others to renew theirs$/);
  await bob.sees(/^\* the members of #crew are asked to renew their keys$/);
  alice.say("/rotate-key some");
  await alice.sees(/^! usage: \/rotate-keys \[all\]$/);

  carol.say("/leave");
  await carol.sees(new RegExp(`^\\* you have left #${id}$`));
  await bob.sees(/^\* alice removed carol in #crew$/);
  alice.say("/remove bob");
  await alice.sees(/^removed bob$/);
  await bob.sees(/^\* alice removed you from #crew$/);
  bob.say("still there?");
  await bob.sees(/^! this account is not/);
  alice.say("/ls");
  await alice.sees(/^#team \(this one\)$/);
});

test("a file goes over, and replaces nothing", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob] = [stage.sit("alice"), stage.sit("bob")];
  await bob.sees(/you are/);
  const path = join(stage.folder, "my notes.txt");
  await writeFile(path, "what is in it");
  alice.say("/dm bob");
  alice.say(`/sf ${path}`);
  await bob.sees(/^\(1\) \* alice ~ sent the file my notes.txt \(13 bytes, text\/plain\)$/);
  bob.say("/switch alice");
  const copy = join(stage.folder, "copy.txt");
  bob.say(`/dl 1 ${copy}`);
  await bob.sees(/^wrote .*copy\.txt$/);
  assert.equal(await readFile(copy, "utf8"), "what is in it");
  bob.say(`/dl 1 ${copy}`);
  await bob.sees(/^! .* exists already; give another name$/);
  alice.say("/sf /no/such/file");
  await alice.sees(/^! cannot read \/no\/such\/file: ENOENT$/);
});

test(
  "what was said is there after a restart, for who has passphrase and name",
  TIMEOUT,
  async (t) => {
    const stage = await startStage(t);
    const alice = stage.sit("alice");
    const bob = stage.sit("bob");
    await bob.sees(/you are/);
    alice.say("/dm bob");
    alice.say("before");
    await bob.sees(/before/);
    await alice.leave();
    bob.say("/switch alice");
    bob.say("while you were away");
    await bob.sees(/^\(2\) sent$/);
    await bob.leave();

    const wrong = stage.sit("alice", { QPC_STORE_PASSPHRASE: "guess" });
    await assert.rejects(wrong.over, { name: "UsageError", message: /passphrase does not open/ });
    const stranger = stage.sit("bob", { QPC_STORE: join(stage.folder, "alice.db") });
    await assert.rejects(stranger.over, {
      name: "UsageError",
      message: /passphrase does not open/,
    });
    const passphrase = { QPC_STORE_PASSPHRASE: "passphrase of alice" };
    const other = stage.sit("bob", { QPC_STORE: join(stage.folder, "alice.db"), ...passphrase });
    await assert.rejects(other.over, { name: "MessengerError", fault: "other-account" });
    const guess = stage.sit("alice", { QPC_PASSWORD: "guess" });
    await assert.rejects(guess.over, { name: "AuthError", fault: "refused" });

    const again = stage.sit("alice");
    await again.sees(/^\(2\) \[bob ~\] while you were away$/);
    again.say("/switch bob");
    again.say("/history 1");
    await again.sees(/^\(2\) .*\[bob ~\] while you were away$/);
    again.say("/hist");
    await again.sees(/^\(1\) .*\[alice\] before$/);
  },
);

test("what is sent without the server arrives when it is back", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob] = [stage.sit("alice"), stage.sit("bob")];
  await bob.sees(/you are/);
  alice.say("/dm bob");
  await alice.sees(/^\* talking in @bob$/);
  await bob.sees(/you are in @alice/);
  stage.isOnline = false;
  alice.say("nobody hears me");
  await alice.sees(/^\(1\) queued until the server can be reached$/);
  alice.say("/hist");
  await alice.sees(/nobody hears me \(queued\)$/);
  alice.say("/verify dave");
  await alice.sees(/^! the server cannot be reached: the network is down$/);
  stage.isOnline = true;
  await bob.sees(/^\(1\) \[alice ~\] nobody hears me$/);
  alice.say("/hist");
  await alice.sees(/nobody hears me$/);
});

test("a store is good for reading without any server", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob] = [stage.sit("alice"), stage.sit("bob")];
  await bob.sees(/you are/);
  alice.say("/dm bob");
  alice.say("one");
  await alice.sees(/^\(1\) sent$/);
  await alice.leave();
  stage.isOnline = false;
  const again = stage.sit("alice");
  await again.sees(/^! the server cannot be reached: the network is down; trying again$/);
  again.say("/dm bob");
  await again.sees(/^\* talking in @bob$/);
  again.say("two");
  await again.sees(/^\(2\) queued/);
});

test("nonsense is told, and changes nothing", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const alice = stage.sit("alice");
  await stage.reference.signUp("keyless");
  for (const [line, answer] of [
    ["/fly", /^! no command \/fly; \/help lists them$/],
    ["/toString", /^! no command/],
    ["hello?", /^! no conversation is chosen/],
    ["/dm", /^! usage: \/dm USER$/],
    ["/dm a b", /^! usage: \/dm USER$/],
    ["/dm nobody", /^! NotFound \(4\)/],
    ["/dm keyless", /^! keyless has left no KeyPackage$/],
    ["/switch #nowhere", /^! there is no conversation #nowhere here$/],
    ["/cg @a", /^! a group has a name without spaces/],
    ["/cg a\u202eb", /^! a group has a name without spaces/],
    ["/history 0", /^! /],
    ["/recovery", /^! usage: \/recovery setup$/],
    ["/devices fly", /^! devices takes list, add NAME or rm ID$/],
    ["/unblock nobody", /^! there is no contact nobody$/],
    ["/export x", /^! no conversation is chosen/],
    ["/typing", /the protocol has an event for typing/],
    ["", undefined],
    ["/whoami", /^alice: identity key [0-9a-f]{64}$/],
    ["/help", /^\/quit +end$/],
  ] as const) {
    alice.say(line);
    if (answer) await alice.sees(answer);
  }
  await alice.leave();
});

test("texts of others steer no terminal and imitate no line", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const bob = stage.sit("bob");
  await bob.sees(/you are/);
  await stage.qpc("alice", ["register-state", "alice"]);
  const text = "\u001b[2J\u009b0mhi\n[carol ✓] it is me\u2028\u202e";
  await stage.qpc("alice", ["send", "bob", text]);
  await bob.sees(/^\(1\) \[alice ~\] \ufffd\[2J\ufffd0mhi⏎\[carol ✓\] it is me⏎\ufffd$/);
  bob.say("/switch alice");
  bob.say("/hist");
  await bob.sees(/^\(1\) .* \[alice ~\] \ufffd\[2J\ufffd0mhi⏎\[carol ✓\] it is me⏎\ufffd$/);
  assert.doesNotMatch(bob.shown.replaceAll("\n", ""), /[\p{Cc}\u2028\u202e]/u);
});

test("who is blocked is heard again after /unblock", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const [alice, bob] = [stage.sit("alice"), stage.sit("bob")];
  await bob.sees(/you are/);
  bob.say("/block alice");
  await bob.sees(/^alice is blocked$/);
  alice.say("/dm bob");
  alice.say("unheard");
  await alice.sees(/sent$/);
  await bob.sees(/you are in @alice/);
  bob.say("/join");
  bob.say("/unblock alice");
  await bob.sees(/not blocked any more/);
  alice.say("heard");
  await bob.sees(/\[alice ~\] heard$/);
  assert.doesNotMatch(bob.shown, /unheard/);
});

test("the account: who, devices, recovery codes, a transcript", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const alice = stage.sit("alice", { QPC_EXPORT_PASSPHRASE: "of the file" });
  const bob = stage.sit("bob");
  await bob.sees(/you are/);
  alice.say("/devices add my laptop");
  const [id] = /[0-9a-f]{32}/.exec(await alice.sees(/^this is device/)) ?? [];
  alice.say("/whoami");
  await alice.sees(new RegExp(`^device ${id}$`));
  await alice.sees(/^conversations of two: 0, groups: 0; store .*alice\.db$/);
  alice.say("/devices list");
  await alice.sees(new RegExp(`^${id} my laptop since`));
  alice.say("/recovery setup");
  for (let code = 0; code < 8; code++) await alice.sees(/^ {2}(\S{4}-){6}\S{4}$/);

  const file = join(stage.folder, "my talk.qpct");
  alice.say("/dm bob");
  alice.say("for the record");
  alice.say(`/export ${file}`);
  await alice.sees(/^wrote .*my talk\.qpct;/);
  const [record] = await readTranscript(await readFile(file), "of the file");
  assert.equal(record?.content?.body.value, "for the record");
});

test("an account is deleted by who types its name", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  const alice = stage.sit("alice");
  alice.say("/delete-account");
  alice.say("yes");
  await alice.sees(/^nothing was deleted$/);
  alice.say("/delete-account");
  alice.say("alice");
  await alice.sees(/^the account alice is deleted/);
  await alice.over;
  await assert.rejects(stage.sit("alice").over, { name: "AuthError" });
});

test("who needs a name for a new store is told so", TIMEOUT, async (t) => {
  const stage = await startStage(t);
  await stage.reference.signUp("taken");
  await assert.rejects(stage.sit("taken").over, { name: "AuthError", fault: "taken" });
  await assert.rejects(readFile(join(stage.folder, "taken.db")), { code: "ENOENT" });
  await assert.rejects(readFile(join(stage.folder, "taken.db.salt")), { code: "ENOENT" });
});
