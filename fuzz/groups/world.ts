// A simulated group with its server, and what is seen of it.

import type { TraceEvent } from "../../src/client/messenger/trace.ts";
import { ENVELOPE_VERSION, openEnvelope } from "../../src/crypto/hybrid/envelope.ts";
import { createMls, type Mls } from "../../src/crypto/mls/mls.ts";
import { createCounter } from "./counter.ts";
import type { Disk } from "./disk.ts";
import { type Facts, type Finding, newFacts, type View } from "./facts.ts";
import { Member } from "./member.ts";
import { founders } from "./plan.ts";
import type { Site } from "./site.ts";
import { listenIn, type WiretapOptions } from "./wiretap.ts";

export interface WorldOptions {
  readonly members: number;
  readonly site: Site;
  newDisk(member: number): Disk;
}

export interface Counts {
  /** Commits that came first, and commits that came second, as their senders learnt it. */
  won: number;
  lost: number;
  restarts: number;
  /** Operations that a member could not do, because the group had gone on without it. */
  refused: number;
}

/** KEY_PACKAGES is how many a member offers at a time. */
export const KEY_PACKAGES = 10;

/** World is the members of one simulation, their server, and all that is seen of them. */
export class World {
  readonly site: Site;
  readonly mls: Mls;
  readonly facts: Facts;
  readonly members: readonly Member[];
  readonly counts: Counts = { won: 0, lost: 0, restarts: 0, refused: 0 };
  /** Counts the calls of all members. */
  readonly asked = createCounter();
  /** What each operation came to, and what members reported, the newest last. */
  readonly log: string[] = [];
  /** What was found while the group was at work. */
  readonly findings: Finding[] = [];
  /** The operation under way, from 1; 0 before the first. */
  operation = 0;
  /** The conversation has the same 16 bytes for every member. */
  conversation: Uint8Array = new Uint8Array(0);
  readonly #numbers = new Map<string, number>();

  private constructor({ site, members, newDisk }: WorldOptions, mls: Mls) {
    this.site = site;
    this.mls = mls;
    this.facts = newFacts(members);
    this.members = Array.from({ length: members }, (_, number) => {
      const member: Member = new Member({
        ...{ number, username: `member-${number}`, disk: newDisk(number) },
        connect: site.connect,
        tap: (caller) => listenIn(caller, this.#wiretap(member)),
        trace: (event) => this.#trace(number, event),
      });
      return member;
    });
  }

  /** create registers the members; member 0 makes a group with the founders. */
  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options, await createMls());
    for (const member of world.members) {
      await member.open();
      const { messenger } = member;
      await messenger.register();
      await messenger.publishKeys({ keyPackages: KEY_PACKAGES });
      world.#numbers.set(hex(messenger.account.identityKey), member.number);
    }
    for (const { messenger } of world.members) {
      for (const { username } of world.members) await messenger.resolve(username);
    }
    const [first, ...others] = founders(options.members).map((number) => world.nameOf(number));
    const founder = world.members.find(({ username }) => username === first) as Member;
    world.conversation = (await founder.messenger.createGroup("simulation", others)).id;
    for (const { messenger } of world.members) await messenger.sync();
    await Promise.all(world.members.map((member) => world.observe(member)));
    return world;
  }

  /** observe takes down what a member shows of the group. */
  async observe(member: Member): Promise<View | undefined> {
    const view = await member.view(this.conversation);
    if (view === undefined) return undefined;
    const shown = {
      member: member.number,
      epoch: Number(view.epoch),
      members: view.members.map(({ identityKey }) => this.numberOf(identityKey)),
      authenticator: hex(view.epochAuthenticator),
    };
    this.#take(shown);
    return shown;
  }

  nameOf(number: number): string {
    return this.members[number]?.username ?? "nobody";
  }

  /** restartServer kills the server in the middle of whatever it does, and starts it again. */
  async restartServer(): Promise<void> {
    this.counts.restarts += 1;
    await this.site.kill();
    await Promise.all(this.members.map((member) => member.disconnect()));
    await this.site.revive();
  }

  /** numberOf answers -1 for the key of a stranger. */
  numberOf(key: Uint8Array): number {
    return this.#numbers.get(hex(key)) ?? -1;
  }

  find(check: string, what: string, operation = this.operation): void {
    this.findings.push({ check, what, operation });
  }

  #take(shown: Parameters<Facts["epochs"]["observe"]>[0]): void {
    const wrong = this.facts.epochs.observe(shown);
    if (wrong !== undefined) this.find("epochs", wrong);
  }

  #trace(member: number, event: TraceEvent): void {
    if (event.kind === "lost") this.counts.lost += 1;
    if (event.kind !== "epoch") return;
    if (event.cause === "own-commit") this.counts.won += 1;
    const authenticator = hex(event.epochAuthenticator);
    this.#take({ member, epoch: Number(event.epoch), authenticator });
  }

  #wiretap(member: Member): WiretapOptions {
    return {
      ...{ member: member.number, facts: this.facts, unanswered: member.unanswered },
      asked: this.asked.count,
      answered: member.answered.count,
      memberOf: (key) => this.numberOf(key),
      textOf: async (payload) => member.textOf(payload),
      messageIn: (payload, recipient) => {
        if (payload[0] !== ENVELOPE_VERSION) return payload;
        const { hybridKey } = this.members[recipient]?.messenger.account ?? {};
        if (hybridKey === undefined) throw new Error(`member ${recipient} has no hybrid key`);
        return openEnvelope(hybridKey, payload);
      },
      peek: (message) => this.mls.peek(message),
      operation: () => this.operation,
    };
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
