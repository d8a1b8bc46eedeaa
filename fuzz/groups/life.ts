// The life of a simulated group: its steps one after the other, then rest.

import { MessengerError } from "../../src/client/messenger/errors.ts";
import { Expected, movedBy, type Outcome } from "./expected.ts";
import type { Ending, HistoryEntry, View } from "./facts.ts";
import type { Member } from "./member.ts";
import { attempt, perform } from "./perform.ts";
import { founders, type Operation, type Step } from "./plan.ts";
import type { Keepsake } from "./trial.ts";
import type { World } from "./world.ts";

/** So many times everybody fetches at the end before it counts as never coming to rest. */
const MOST_ROUNDS = 40;

/** Life takes a world through a plan. */
export class Life {
  readonly expected: Expected;
  /** States of members just before others removed them. */
  readonly keepsakes: Keepsake[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.expected = new Expected(founders(world.members.length));
  }

  /** live begins the operations of a step at once; when all have ended, some members fetch. */
  async live({ operations, syncs }: Step): Promise<void> {
    const first = this.#world.operation + 1;
    this.#world.operation += operations.length;
    const disturbs = disturbanceOf(operations);
    await this.#keep(operations);
    const now = { operations, disturbs };
    await Promise.all(operations.map((one, place) => this.#do(one, first + place, now)));
    const present = this.#world.members.filter(({ number, offline }) => {
      return syncs.includes(number) && !offline;
    });
    await Promise.all(present.map((member) => this.#fetch(member)));
    for (const operation of operations) {
      if (operation.kind !== "restart-server") await this.#look(operation.actor);
    }
  }

  /** rest has everybody come back and fetch until nothing changes any more. */
  async rest(): Promise<Ending> {
    const { members } = this.#world;
    for (const member of members) member.offline = false;
    for (let [round, quiet] = [0, 0]; quiet < 2; round++) {
      const changes = await Promise.all(members.map((member) => this.#fetch(member)));
      quiet = changes.includes(true) ? 0 : quiet + 1;
      if (this.#world.findings.length > 0) break;
      if (round < MOST_ROUNDS) continue;
      this.#world.find("rest", `something still happens after ${round} rounds`);
      break;
    }
    const views = await Promise.all(members.map((member) => this.#world.observe(member)));
    const histories = await Promise.all(members.map((member) => this.#historyOf(member)));
    return { views, histories };
  }

  async #historyOf(member: Member): Promise<readonly HistoryEntry[]> {
    const entries = await member.history(this.#world.conversation);
    return entries.flatMap(({ body, status, sender }) => {
      if (body.kind !== "text") return [];
      return [{ text: body.text, status, sender: this.#world.numberOf(sender) }];
    });
  }

  async #do(operation: Operation, number: number, now: Now): Promise<void> {
    const started = performance.now();
    const outcome = await this.#attempt(operation, now);
    this.expected.note(operation, outcome);
    if (outcome === "refused") this.#world.counts.refused += 1;
    const took = Math.round(performance.now() - started);
    this.#world.log.push(`${number}: ${describe(operation)}: ${outcome}, ${took} ms`);
  }

  async #attempt(operation: Operation, now: Now): Promise<Outcome> {
    if (operation.kind === "restart" || operation.kind === "restart-server") {
      const { members } = this.#world;
      // Whatever ends now ends in the middle of reading.
      const busy = members.filter(({ number, offline }) => {
        return !offline && (operation.kind === "restart-server" || operation.actor === number);
      });
      const reading = busy.map((member) => this.#fetch(member, () => true));
      const [outcome] = await Promise.all([perform(this.#world, operation), ...reading]);
      return outcome;
    }
    const member = this.#world.members[operation.actor] as Member;
    const act = () => this.#act(member, operation, now);
    return attempt(this.#world, member, operation.kind, () => now.disturbs(member), act);
  }

  async #act(member: Member, operation: Operation, now: Now): Promise<Outcome> {
    const isIn = async () => (await member.view(this.#world.conversation)) !== undefined;
    let wasIn = await isIn();
    if (!wasIn && !member.offline && operation.kind !== "online") {
      await this.#sync(member);
      if (!(await isIn())) await this.#bringBack(member, now);
      wasIn = await isIn();
    }
    try {
      return await perform(this.#world, operation);
    } catch (error) {
      const wasRemoved = wasIn && error instanceof MessengerError && error.fault === "inactive";
      // Before or after his change of the group: he cannot tell.
      if (wasRemoved && movedBy(operation) !== undefined) return "open";
      throw error;
    }
  }

  /** bringBack has somebody add a member whom the plan takes for one, while others have decided otherwise. */
  async #bringBack({ number }: Member, { operations, disturbs }: Now): Promise<void> {
    const { members, conversation } = this.#world;
    const busy = operations.flatMap((one) => ("actor" in one ? [one.actor, movedBy(one)] : []));
    if (operations.some((one) => movedBy(one) === number)) return;
    for (const helper of members) {
      if (helper.offline || busy.includes(helper.number)) continue;
      if ((await helper.view(conversation)) === undefined) continue;
      const add = { kind: "add", actor: helper.number, target: number } as const;
      const act = () => perform(this.#world, add);
      const outcome = await attempt(this.#world, helper, "add", () => disturbs(helper), act);
      this.expected.note(add, outcome);
      this.#world.log.push(`   member ${helper.number} brings back member ${number}: ${outcome}`);
      if (outcome === "done") await this.#sync(this.#world.members[number] as Member);
      return;
    }
  }

  /** fetch answers whether anything has changed for the member. */
  async #fetch(member: Member, isDisturbed = () => member.offline): Promise<boolean> {
    let changed = true;
    const act = async () => {
      changed = await this.#sync(member);
      return "done" as const;
    };
    await attempt(this.#world, member, "sync", isDisturbed, act);
    return changed;
  }

  async #sync(member: Member): Promise<boolean> {
    const { facts, operation } = this.#world;
    const { number, messenger } = member;
    const { received, changes, faults, failed, waiting } = await messenger.sync();
    const note = (kind: string, { message }: Error) => {
      facts.faults.push({ member: number, kind, what: message, operation });
      this.#world.log.push(`   member ${number} reports ${kind}: ${message}`);
    };
    for (const { fault } of faults) note(fault.fault, fault);
    for (const { kind, error } of failed) note(`${kind}-failed`, error);
    // Whoever was removed has not seen the next epoch.
    for (const { epoch, added } of changes.filter(({ active }) => active)) {
      for (const key of added) facts.epochs.join(this.#world.numberOf(key), Number(epoch));
    }
    if (changes.some(({ by }) => by === undefined)) await messenger.publishKeys();
    if (waiting === 0) await this.#settle(member);
    return received.length + changes.length + waiting > 0;
  }

  async #settle(member: Member): Promise<void> {
    const { epochs } = this.#world.facts;
    const members = (await this.#world.observe(member))?.members;
    this.expected.settle(member.number, members ?? epochs.membersOf(epochs.last()) ?? []);
  }

  async #look(number: number): Promise<View | undefined> {
    const member = this.#world.members[number] as Member;
    await member.awake();
    return this.#world.observe(member);
  }

  async #keep(operations: readonly Operation[]): Promise<void> {
    for (const number of operations.map(movedBy)) {
      if (number === undefined) continue;
      const member = this.#world.members[number] as Member;
      const view = await member.view(this.#world.conversation);
      const state = view && (await member.stateOf(view.groupId));
      if (state) this.keepsakes.push({ member: number, epoch: Number(view.epoch), state });
    }
  }
}

/** Disturbance says of a member whether the server may be out of its reach during a step. */
type Disturbance = (member: Member) => boolean;

/** Now is what goes on at once. */
interface Now {
  readonly operations: readonly Operation[];
  readonly disturbs: Disturbance;
}

function disturbanceOf(operations: readonly Operation[]): Disturbance {
  const forAll = operations.some(({ kind }) => kind === "restart-server");
  return (member) => {
    const moves = operations.some((one) => {
      return one.kind === "offline" && one.actor === member.number;
    });
    return forAll || moves || member.offline;
  };
}

function describe(operation: Operation): string {
  const { kind } = operation;
  if (kind === "restart-server") return "the server restarts";
  if (kind === "add" || kind === "remove") {
    return `member ${operation.actor}: ${kind} ${operation.target}`;
  }
  const what = kind === "send" ? `send "${operation.text.slice(0, 20).trim()}"` : kind;
  return `member ${operation.actor}: ${what}`;
}
