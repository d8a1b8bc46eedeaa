// The honest half of `qpc demo`: two people, then three, talk end to end. Every step is checked, so that
// a story which goes wrong ends with an error.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { listDevices, registerDevice } from "../../client/devices.ts";
import { downloadFile, sealFile, uploadFile } from "../../client/files.ts";
import { restoreAccount, setUpRecovery } from "../../client/recovery.ts";
import { openClientStore } from "../../client/store/open.ts";
import { exportTranscript, readTranscript } from "../../client/transcript-export.ts";
import { count, type Narrator, short } from "./narrator.ts";
import { enter, type Person, settle, textsOf } from "./people.ts";
import type { Theatre } from "./theatre.ts";

/** playStory throws Error at the first thing that is not as it should be. */
export async function playStory(theatre: Theatre, narrator: Narrator): Promise<void> {
  const { step, tell } = narrator;

  step("Alice, Bob and Carol register with OPAQUE and publish their keys");
  const cast: Person[] = [];
  for (const name of ["alice", "bob", "carol"]) {
    const person = await enter(theatre, narrator, name);
    cast.push(person);
    await person.messenger.register();
    const packages = await person.messenger.publishKeys();
    const { identityKey } = person.messenger.account;
    tell(`${name.padEnd(6)} identity key ${short(identityKey)}, ${packages} KeyPackages`);
  }
  const [alice, bob, carol] = cast as [Person, Person, Person];

  step("Alice looks Bob up, and both compare their safety number");
  const contact = await alice.messenger.resolve("bob");
  tell(`the log proves: bob -> ${short(contact.identityKey)}, trust: ${contact.trust}`);
  const { identityKey: keyOfAlice } = await bob.messenger.resolve("alice");
  const number = await alice.messenger.safetyNumber("bob");
  demand(number === (await bob.messenger.safetyNumber("alice")), "equal safety numbers");
  tell(number.slice(0, 35));
  tell(number.slice(36));
  await alice.messenger.markVerified("bob", contact.identityKey);
  await bob.messenger.markVerified("alice", keyOfAlice);

  step("They talk, one to one");
  const direct = await alice.messenger.startDirect("bob");
  await alice.messenger.sendText(direct.id, "Hello Bob, nobody else reads this.");
  await settle(bob, alice);
  await bob.messenger.sendText(direct.id, "Hello Alice. I know that it is you.");
  await settle(alice, bob);
  const expected = ["Hello Bob, nobody else reads this.", "Hello Alice. I know that it is you."];
  for (const person of [alice, bob]) await demandTexts(person, direct.id, expected);
  const [greeting] = await bob.messenger.history(direct.id);
  demand(greeting?.trust === "verified", "the greeting counts as verified");
  tell(`bob    reads "${expected[0]}", sender ${greeting?.trust}`);

  step("Alice makes a group of three");
  for (const name of ["bob", "carol"]) await alice.messenger.resolve(name);
  const group = await alice.messenger.createGroup("excursion", ["bob", "carol"]);
  await settle(...cast);
  await agree(cast, group.id, 3);
  await carol.messenger.sendText(group.id, "Saturday at nine?");
  await settle(...cast);
  await bob.messenger.sendText(group.id, "Nine is fine.");
  await settle(...cast);
  for (const person of cast)
    await demandTexts(person, group.id, ["Saturday at nine?", "Nine is fine."]);

  step("Bob renews his keys; Carol and Alice both commit at once, and one has to wait");
  await bob.messenger.rotateKeys(group.id);
  await Promise.all([alice, carol].map(({ messenger }) => messenger.rotateKeys(group.id)));
  await settle(...cast);
  await agree(cast, group.id, 3);

  step("Carol is offline: what she writes waits, what others write waits for her");
  await carol.goOffline();
  const { status } = await carol.messenger.sendText(group.id, "Written in a tunnel.");
  demand(status === "queued", "a message without a connection is queued");
  tell(`carol  wrote a message, status ${status}`);
  await alice.messenger.sendText(group.id, "Carol, are you there?");
  carol.goOnline();
  await settle(...cast);
  const later = ["Carol, are you there?", "Written in a tunnel."];
  await demandIncludes(alice, group.id, later);
  await demandIncludes(carol, group.id, later);

  step("Alice shares a file");
  const file = randomBytes(200_000);
  const sealed = sealFile(file, "map.bin");
  await uploadFile(alice.messenger.session, sealed);
  await alice.messenger.send(group.id, { case: "file", value: sealed.reference });
  await settle(...cast);
  const shared = (await carol.messenger.history(group.id)).at(-1)?.body;
  if (shared?.kind !== "file") throw new Error("carol received no file");
  const received = await downloadFile(carol.messenger.session, shared.file);
  demand(file.equals(received), "the file of carol is that of alice");
  tell(`blob ${short(sealed.reference.blobId)}, ${count(sealed.blob.length)}, encrypted`);

  step("Alice removes Bob, who reads nothing after that");
  await alice.messenger.remove(group.id, "bob");
  await settle(...cast);
  await agree([alice, carol], group.id, 2);
  await carol.messenger.sendText(group.id, "Bob must not see this.");
  await settle(...cast);
  await demandIncludes(alice, group.id, ["Bob must not see this."]);
  const bobReads = textsOf(await bob.messenger.history(group.id, 100));
  demand(!bobReads.includes("Bob must not see this."), "bob reads nothing after his removal");
  tell("bob    is out: the new epoch has keys that he cannot derive");

  step("Messages that disappear, devices, a transcript");
  await alice.messenger.send(direct.id, { case: "timer", value: { expireSecs: 3600 } });
  await settle(alice, bob);
  const timed = await bob.messenger.sendText(direct.id, "This one goes in an hour.");
  await settle(alice, bob);
  const shown = await alice.messenger.history(direct.id);
  const entry = shown.find(({ contentId }) => Buffer.compare(contentId, timed.contentId) === 0);
  demand(entry?.expiresAt !== undefined, "the message has a time to go");
  await registerDevice({ ...alice.messenger.session }, "laptop");
  const devices = await listDevices(alice.messenger.session);
  tell(`alice  has ${devices.length} device: ${devices.map(({ name }) => name).join(", ")}`);
  const transcript = await exportTranscript(alice.messenger.session, group.id, alice.password);
  const records = await readTranscript(transcript, alice.password);
  tell(`transcript of ${records.length} messages, ${count(transcript.length)}, hash chain intact`);

  step("Carol loses her computer, and comes back with a recovery code");
  const [code = ""] = await setUpRecovery(carol.messenger.session, carol.password);
  await carol.leave();
  await restore(theatre, carol, code);
  tell("carol  has her identity key and her password again; her groups have to add her anew");

  for (const person of [alice, bob]) await person.leave();
}

async function restore(theatre: Theatre, lost: Person, code: string): Promise<void> {
  const path = join(theatre.folder, `${lost.name}-again.db`);
  const store = await openClientStore({ kind: "file", path, passphrase: lost.password });
  const server = await theatre.connect();
  const restored = await restoreAccount({ ...server, database: store.database }, code);
  demand(restored.account.username === lost.name, "the code brings the right account back");
  await server.close();
  await store.close();
}

/** agree demands that all see one epoch and as many members, and says which. */
async function agree(people: readonly Person[], id: Uint8Array, members: number): Promise<void> {
  const views = await Promise.all(people.map(({ messenger }) => messenger.groupView(id)));
  const states = views.map(
    ({ epoch, epochAuthenticator }) => `${epoch} ${short(epochAuthenticator)}`,
  );
  demand(new Set(states).size === 1, `one epoch for all, not ${states.join(", ")}`);
  demand(
    views.every((view) => view.members.length === members),
    `${members} members`,
  );
}

async function demandTexts(
  { name, messenger }: Person,
  id: Uint8Array,
  expected: readonly string[],
): Promise<void> {
  const texts = textsOf(await messenger.history(id, 100));
  const equal = texts.length === expected.length && texts.every((text, i) => text === expected[i]);
  demand(equal, `${name} reads ${JSON.stringify(expected)}, not ${JSON.stringify(texts)}`);
}

async function demandIncludes(
  { name, messenger }: Person,
  id: Uint8Array,
  expected: readonly string[],
): Promise<void> {
  const texts = textsOf(await messenger.history(id, 100));
  for (const text of expected) demand(texts.includes(text), `${name} reads "${text}"`);
}

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`expected: ${what}`);
}
