// A group whose members use different SDKs: operations drawn from a seed, one after the other and
// sometimes two at once, and in the end the question whether all agree and have read everything once
// (spec/crypto/mls.md).

import { readBytes } from "../adapter/compare.ts";
import { isObject, type Json, show } from "../adapter/protocol.ts";
import type { Subject } from "../judge/subject.ts";
import type { Finding } from "./cell.ts";
import { placeOf, told } from "./logins.ts";
import type { Party } from "./party.ts";
import { createRandom, type Random } from "./random.ts";

const PASSWORD = "correct horse battery staple";

/** Each add takes one, and everybody may come and go several times. */
const KEY_PACKAGES = 30;

const RECV_MS = 30_000;
const NOTHING_MS = 500;
const LEAST_MEMBERS = 2;

/** joinsGroups: the SDK has what this needs. */
export function joinsGroups(party: Party): boolean {
  return party.has("user.open", "user.register", "keys.publish", "send", "recv", "group.create");
}

interface Player {
  readonly name: string;
  readonly party: Party;
  /** Identity key, as hex. */
  readonly key: string;
  /** What others wrote while the player was a member, and what it has read, both in order. */
  readonly expected: string[];
  readonly read: string[];
  /** What it refused on the way, which tells why something is missing. */
  readonly faults: string[];
  ask(op: string, args?: Json): Promise<Json>;
}

/** playGroup plays `count` operations with one player for each party given; a party may stand twice. */
export async function playGroup(
  parties: readonly Party[],
  server: Subject,
  seed: number,
  count: number,
): Promise<Finding[]> {
  const random = createRandom(seed);
  const players = await Promise.all(parties.map((party, at) => enter(party, server, seed, at)));
  const [owner, ...others] = players as [Player, ...Player[]];
  const invited = others.slice(0, 2);
  const created = await owner.ask("group.create", {
    name: "mixed",
    members: invited.map(({ name }) => name),
  });
  const { channel } = created;
  const group = { channel, players, members: new Set([owner, ...invited]), random };
  const findings: Finding[] = [];
  for (let n = 0; n < count; n++) {
    const kind = nextKind(group);
    const why = await told(() => PLAYS[kind](group, n));
    findings.push({ id: `group.operation-${n}.${kind}`, why });
  }
  return [...findings, ...(await outcome(group))];
}

interface Group {
  readonly channel: unknown;
  readonly players: readonly Player[];
  readonly members: Set<Player>;
  readonly random: Random;
}

type Kind = "send" | "add" | "remove" | "rotate" | "rotate-at-once" | "send-beside-rotate" | "read";

const WEIGHTS: readonly (readonly [Kind, number])[] = [
  ["send", 50],
  ["rotate", 12],
  ["add", 14],
  ["remove", 10],
  ["rotate-at-once", 4],
  ["send-beside-rotate", 6],
  ["read", 10],
];

function nextKind({ players, members, random }: Group): Kind {
  const possible = WEIGHTS.filter(([kind]) => {
    if (kind === "add") return members.size < players.length;
    return kind !== "remove" || members.size > LEAST_MEMBERS;
  });
  return random.weighted(possible);
}

const PLAYS: Readonly<Record<Kind, (group: Group, n: number) => Promise<string | undefined>>> = {
  async send(group, n) {
    await write(group, await actor(group), n);
    return undefined;
  },
  async add(group) {
    const who = await actor(group);
    const newcomer = group.random.pick(group.players.filter((one) => !group.members.has(one)));
    const usernames = [newcomer.name];
    const ok = await who.ask("group.add", { channel: group.channel, usernames });
    if (ok.lost === true) return "lost, though nobody else changed the group";
    group.members.add(newcomer);
    return undefined;
  },
  async remove(group) {
    const who = await actor(group);
    const leaver = group.random.pick([...group.members].filter((one) => one !== who));
    const username = leaver.name;
    const ok = await who.ask("group.remove", { channel: group.channel, username });
    if (ok.lost === true) return "lost, though nobody else changed the group";
    group.members.delete(leaver);
    return undefined;
  },
  async rotate(group) {
    const who = await actor(group);
    const ok = await who.ask("group.rotate", { channel: group.channel });
    return ok.lost === true ? "lost, though nobody else changed the group" : undefined;
  },
  async "rotate-at-once"(group) {
    const [one, other] = await twoActors(group);
    const rotate = (who: Player) => who.ask("group.rotate", { channel: group.channel });
    const done = await Promise.all([rotate(one), rotate(other)]);
    return done.every(({ lost }) => lost === true) ? "both lost" : undefined;
  },
  // What was written in the epoch before is read all the same.
  async "send-beside-rotate"(group, n) {
    const [one, other] = await twoActors(group);
    const rotated = one.ask("group.rotate", { channel: group.channel });
    const [{ lost }] = await Promise.all([rotated, write(group, other, n)]);
    return lost === true ? "lost, though nobody else changed the group" : undefined;
  },
  async read(group) {
    await readAll(group.random.pick([...group.members]));
    return undefined;
  },
};

/** actor is a member who has seen all that happened. */
async function actor(group: Group): Promise<Player> {
  const member = group.random.pick([...group.members]);
  await synced(group, member);
  return member;
}

async function twoActors(group: Group): Promise<readonly [Player, Player]> {
  const one = await actor(group);
  const other = group.random.pick([...group.members].filter((member) => member !== one));
  await synced(group, other);
  return [one, other];
}

async function write({ channel, members }: Group, sender: Player, n: number): Promise<void> {
  const text = `${n} by ${sender.name}`;
  await sender.ask("send", { channel, text });
  for (const member of members) if (member !== sender) member.expected.push(text);
}

function synced({ channel }: Group, player: Player): Promise<Json> {
  return player.ask("group.state", { channel });
}

async function readAll(player: Player): Promise<void> {
  const want = player.expected.length - player.read.length;
  if (want > 0) keep(player, await player.ask("recv", { want, timeout_ms: RECV_MS }));
}

function keep(player: Player, { messages, faults }: Json): void {
  for (const fault of Array.isArray(faults) ? faults : []) player.faults.push(show(fault));
  for (const message of Array.isArray(messages) ? messages : []) {
    if (isObject(message)) player.read.push(String(message.text));
  }
}

async function outcome(group: Group): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const player of group.players) {
    const why = await told(async () => {
      await readAll(player);
      keep(player, await player.ask("recv", { want: 1, timeout_ms: NOTHING_MS }));
      return difference(player);
    });
    findings.push({ id: `group.${player.name}.read-everything-once`, why });
  }
  const members = [...group.members];
  const keys = members.map(({ key }) => key).sort();
  const states = new Map<string, string>();
  for (const member of members) {
    const why = await told(async () => {
      const state = await synced(group, member);
      const { epoch, authenticator } = state;
      const listed = Array.isArray(state.members) ? state.members : [];
      const seen = listed.map((one) => Buffer.from(readBytes(one) ?? []).toString("hex"));
      states.set(member.name, JSON.stringify([epoch, seen, authenticator]));
      const isRight = JSON.stringify(seen) === JSON.stringify(keys);
      return isRight ? undefined : `${seen.length} members are seen, there are ${keys.length}`;
    });
    findings.push({ id: `group.${member.name}.members`, why });
  }
  const isAgreed = new Set(states.values()).size === 1;
  const spelled = [...states].map(([name, state]) => `${name} ${state}`).join("; ");
  findings.push({ id: "group.all-agree", why: isAgreed ? undefined : spelled });
  return findings;
}

function difference({ expected, read, faults }: Player): string | undefined {
  if (JSON.stringify(read) === JSON.stringify(expected)) return undefined;
  const missing = expected.filter((text) => !read.includes(text));
  const strange = read.filter((text, at) => !expected.includes(text) || read.indexOf(text) !== at);
  const told = Object.entries({ missing, "twice or not meant for it": strange, refused: faults });
  const parts = told.flatMap(([what, list]) =>
    list.length > 0 ? `${what}: ${list.join(", ")}` : [],
  );
  return parts.join("; ") || "in another order";
}

async function enter(party: Party, server: Subject, seed: number, at: number): Promise<Player> {
  const name = `${party.name}-${at}-of-${seed}`;
  const ask: Player["ask"] = (op, args = {}) => party.ask(op, { user: name, ...args });
  await ask("user.open", placeOf(server));
  const { identity_key } = await ask("user.register", { username: name, password: PASSWORD });
  await ask("keys.publish", { key_packages: KEY_PACKAGES });
  const key = Buffer.from(readBytes(identity_key) ?? []).toString("hex");
  return { name, party, key, expected: [], read: [], faults: [], ask };
}
