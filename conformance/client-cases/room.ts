// What the cases of users begin with: a world, one user of the SDK in it, and people whom the judge plays.

import type { ErrorClass } from "../adapter/protocol.ts";
import { bytesOf, type SdkReply, type SdkUser } from "../client/sdk.ts";
import type { ClientTrial } from "../client/trial.ts";
import { type Heard, join, type Person } from "../hostile/world/person.ts";
import { hex, same } from "../hostile/world/state.ts";
import type { World } from "../hostile/world/world.ts";
import { PrerequisiteFailed } from "../judge/errors.ts";

/** Operations that the cases of an area need. */
export const OPS = {
  login: ["user.register", "user.login"],
  publish: ["user.register", "keys.publish"],
  verify: ["user.register", "verify.user"],
  begin: ["user.register", "keys.publish", "channel.create", "send"],
  talk: ["user.register", "keys.publish", "send", "recv"],
  group: ["user.register", "keys.publish", "group.create", "send", "recv"],
  blob: ["user.register", "blob.put", "blob.get"],
} as const;

/** Guest is a world with one registered user of the SDK. */
export interface Guest {
  readonly trial: ClientTrial;
  readonly world: World;
  readonly alice: SdkUser;
  readonly aliceKey: Uint8Array;
}

/**
 * arrive makes a world and registers a user of the SDK, with keys published if told so. Throws
 * PrerequisiteFailed when the SDK says that it has done so, and the world knows nothing of it.
 */
export async function arrive(
  trial: ClientTrial,
  { publish = false }: { readonly publish?: boolean } = {},
): Promise<Guest> {
  const world = await trial.world();
  const alice = await trial.user(world);
  const aliceKey = await alice.register();
  const { accounts, keyPackages } = world.state;
  if (!same(accounts.get(alice.name)?.identityKey ?? new Uint8Array(0), aliceKey)) {
    throw new PrerequisiteFailed("user.register: the server has no account with this identity key");
  }
  if (publish) {
    await alice.publish();
    if ((keyPackages.get(hex(aliceKey)) ?? []).length === 0) {
      throw new PrerequisiteFailed("keys.publish: the server has no KeyPackage of this identity");
    }
  }
  return { trial, world, alice, aliceKey };
}

/** Room is a conversation of the user with Bob, or with Bob and Carol. */
export interface Room extends Guest {
  readonly bob: Person;
  readonly carol: Person;
  readonly channel: Uint8Array;
}

/** directRoom: Bob has begun a one-to-one conversation and said "first". Carol is there as well. */
export async function directRoom(trial: ClientTrial): Promise<Room> {
  const guest = await arrive(trial, { publish: true });
  const bob = await join(guest.world, "bob");
  const carol = await join(guest.world, "carol");
  const channel = await bob.startDirect(guest.aliceKey);
  await bob.say(channel, "first");
  await demandHeard(guest.alice, "first");
  return { ...guest, bob, carol, channel };
}

/** groupRoom: Bob has begun a group with the user and Carol and said "first". */
export async function groupRoom(trial: ClientTrial): Promise<Room> {
  const guest = await arrive(trial, { publish: true });
  const bob = await join(guest.world, "bob");
  const carol = await join(guest.world, "carol");
  const channel = await bob.startGroup([guest.aliceKey, carol.identityKey]);
  await carol.read();
  await bob.say(channel, "first");
  await carol.read();
  await demandHeard(guest.alice, "first");
  return { ...guest, bob, carol, channel };
}

async function demandHeard(alice: SdkUser, text: string): Promise<void> {
  const { messages, faults } = await alice.recv(1);
  if (messages.some((message) => message.text === text)) return;
  throw new PrerequisiteFailed(`recv: no "${text}", faults ${JSON.stringify(faults)}`);
}

/** verify asks the SDK whom a name leads to. */
export function verify({ alice }: Guest, username: string): Promise<SdkReply> {
  return alice.ask("verify.user", { username });
}

/** believed checks that a name is led to its key, by a log that holds. */
export async function believed(
  guest: Guest,
  username: string,
  identityKey: Uint8Array,
  id = "honest-afterwards",
): Promise<void> {
  const reply = await verify(guest, username);
  const isIt = "ok" in reply && same(bytesOf(reply.ok, "identity_key"), identityKey);
  guest.trial.check(id, isIt && "ok" in reply && reply.ok.kt === "ok", {
    expected: `ok, identity_key ${hex(identityKey)}, kt ok`,
    got: JSON.stringify(reply),
  });
}

/** talks checks that both sides of a conversation still hear each other. */
export async function talks(
  { trial, alice, bob, channel }: Pick<Room, "trial" | "alice" | "bob" | "channel">,
  id = "honest-afterwards",
): Promise<void> {
  const sent = await alice.send(channel, "from the sdk");
  const heard = textsOf(await bob.read());
  const isHeard = heard.includes("from the sdk");
  const got = `${JSON.stringify(sent)}; Bob reads ${JSON.stringify(heard)}`;
  trial.check(id, isHeard, { expected: 'Bob reads "from the sdk"', got });
}

/** textsOf lists the texts among what a person heard. */
export function textsOf(heard: readonly Heard[]): readonly string[] {
  return heard.flatMap(({ text }) => text ?? []);
}

/**
 * refusedInInbox has Bob say "after" and checks that the user gets just the `shown` texts, "after" the last
 * of them, and reports a fault of one of the classes. Check ids: `shown` and `fault`.
 */
export async function refusedInInbox(
  { trial, alice, bob, channel }: Pick<Room, "trial" | "alice" | "bob" | "channel">,
  classes: readonly ErrorClass[],
  shown: readonly string[] = [],
): Promise<void> {
  await bob.say(channel, "after");
  await gets({ trial, alice }, [...shown, "after"], classes);
}

/** getsOnly is gets, and checks as `no-fault` that an honest server and an honest peer are accused of nothing. */
export async function getsOnly(
  { trial, alice }: Pick<Room, "trial" | "alice">,
  texts: readonly string[],
): Promise<void> {
  const { messages, faults } = await alice.recv(texts.length);
  const got = JSON.stringify(messages.map(({ text }) => text));
  const expected = JSON.stringify(texts);
  trial.check("shown", got === expected, { expected, got });
  trial.check("no-fault", faults.length === 0, { expected: "none", got: JSON.stringify(faults) });
}

/** gets checks that the user gets exactly these texts in this order, and a fault of one of the classes. */
export async function gets(
  { trial, alice }: Pick<Room, "trial" | "alice">,
  texts: readonly string[],
  classes: readonly ErrorClass[] = [],
  timeoutMs = 5_000,
): Promise<void> {
  const { messages, faults } = await alice.recv(texts.length, timeoutMs);
  const got = messages.map(({ text }) => text);
  trial.check("shown", JSON.stringify(got) === JSON.stringify(texts), {
    expected: JSON.stringify(texts),
    got: JSON.stringify(got),
  });
  if (classes.length === 0) return;
  const named = faults.find((one) => (classes as readonly string[]).includes(one.class));
  const fault = named ?? faults.find((one) => one.class === "unspecified");
  trial.refused(fault ? { err: fault } : { ok: { faults } }, classes, "fault");
}
