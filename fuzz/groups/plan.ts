// What a simulated group does: steps that a seed repeats. A plan knows what it has asked for, not what
// came of it: two members that commit at once decide between them, and the server decides the order.

import { createRandom, type Random } from "../random.ts";

/** Members are named by their number, from 0; member 0 makes the group. */
export type Operation =
  | { readonly kind: "send"; readonly actor: number; readonly text: string }
  | { readonly kind: "add" | "remove"; readonly actor: number; readonly target: number }
  | { readonly kind: "leave"; readonly actor: number }
  | { readonly kind: "update" | "offline" | "online"; readonly actor: number }
  // After so many answers to the actor, when the rest of its step has begun.
  | { readonly kind: "restart"; readonly actor: number; readonly after: number }
  // After so many calls of all members.
  | { readonly kind: "restart-server"; readonly after: number };

export interface Step {
  /** Begun at once; the next step begins when all have ended. */
  readonly operations: readonly Operation[];
  /** Who fetches afterwards, at once. */
  readonly syncs: readonly number[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly members: number;
  readonly operations: number;
}

/** How many of a plan's operations restart something, clients and server together. */
export const MOST_RESTARTS = 5;
/** One restart in this many operations, up to the most. */
const OPERATIONS_PER_RESTART = 15;
const MOST_ANSWERS = 6;
const MOST_CALLS = 30;

const WEIGHTS: readonly (readonly [Operation["kind"], number])[] = [
  ["send", 42],
  ["update", 12],
  ["add", 18],
  ["remove", 9],
  ["leave", 5],
  ["offline", 7],
  ["online", 10],
];
/** One in this many steps does something of a member who is not there to do it. */
const IMPOSSIBLE = 40;
/** One in this many who are added is in the group already, unless others have decided otherwise. */
const WELCOMED_AGAIN = 4;
/** A member fetches after one in so many steps, the diligent ones first. */
const DILIGENCE = [2, 2, 3, 4, 6, 8, 16, 32];
const LARGEST_BURST = 4;
/** Of so many who are added, one does not look at once whether somebody has added him. */
const UNAWARE = 6;
const LONGEST_TEXT = 400;

interface Intended {
  readonly random: Random;
  readonly all: readonly number[];
  readonly inside: Set<number>;
  readonly offline: Set<number>;
  /** Members whom an operation of the current step adds, removes or takes away. */
  readonly busy: Set<number>;
  readonly nextText: () => string;
}

/** founders are in the group from the start: more than half, member 0 among them. */
export function founders(members: number): readonly number[] {
  return numbers(Math.floor(members / 2) + 1);
}

/** fewest is the size of the group at which nobody leaves or is removed. */
export function fewest(members: number): number {
  return Math.max(2, Math.floor(members / 2) - 1);
}

/** plan answers the steps of a seed; all their operations together are `operations`. */
export function plan({ seed, members, operations }: PlanOptions): readonly Step[] {
  const random = createRandom(Math.imul(seed, 0x9e3779b1));
  const all = numbers(members);
  const restarts = restartsOf(random, members, operations);
  const everyHowMany = shuffled(random, all);
  const intended: Intended = {
    random,
    all,
    inside: new Set(founders(members)),
    offline: new Set(),
    busy: new Set(),
    nextText: texts(seed, random),
  };
  const steps: Step[] = [];
  for (let planned = 0; planned < operations; ) {
    intended.busy.clear();
    const wanted = burst(random);
    // What restarts does so in the middle of something.
    const isRestart = numbers(wanted).some((n) => restarts.has(planned + n));
    const size = Math.min(isRestart ? LARGEST_BURST : wanted, operations - planned);
    const step = Array.from({ length: size }, (_, n) => {
      return restarts.get(planned + n) ?? nextOperation(intended);
    });
    planned += size;
    const added = step.flatMap((one) => (one.kind === "add" ? [one.target] : []));
    const syncs = all.filter((member) => {
      const rarely = DILIGENCE[(everyHowMany[member] ?? 0) % DILIGENCE.length] ?? 1;
      const looks = random(rarely) === 0 || (added.includes(member) && random(UNAWARE) > 0);
      return looks && !intended.offline.has(member);
    });
    steps.push({ operations: step, syncs });
  }
  return steps;
}

function nextOperation(intended: Intended): Operation {
  for (;;) {
    const kind = weighted(intended.random);
    const operation = operationOf(kind, intended);
    if (operation === undefined) continue;
    apply(operation, intended);
    return operation;
  }
}

// Undefined when nobody can do it now.
function operationOf(
  kind: Operation["kind"],
  { random, all, inside, offline, busy, nextText }: Intended,
): Operation | undefined {
  const idle = [...inside].filter((member) => !busy.has(member));
  const present = idle.filter((member) => !offline.has(member));
  const isSmall = inside.size <= fewest(all.length);
  const actor = random(IMPOSSIBLE) === 0 ? pick(random, all) : pick(random, present);
  if (actor === undefined) return undefined;
  switch (kind) {
    // Whoever is offline writes as well, and may be removed in the same step.
    case "send":
      return { kind, actor: pick(random, [...inside]) ?? actor, text: nextText() };
    case "update":
      return { kind, actor };
    case "add": {
      const again = random(WELCOMED_AGAIN) === 0;
      const others = all.filter((member) => member !== actor && !busy.has(member));
      const target = pick(random, again ? others : others.filter((one) => !inside.has(one)));
      return target === undefined ? undefined : { kind, actor, target };
    }
    case "remove": {
      const target = pick(
        random,
        idle.filter((member) => member !== actor),
      );
      return target === undefined || isSmall ? undefined : { kind, actor, target };
    }
    case "leave":
      return isSmall || busy.has(actor) ? undefined : { kind, actor };
    case "offline": {
      const tooMany = offline.size >= Math.floor(all.length / 3) || present.length <= 1;
      return tooMany || offline.has(actor) ? undefined : { kind, actor };
    }
    case "online": {
      const away = pick(
        random,
        [...offline].filter((member) => !busy.has(member)),
      );
      return away === undefined ? undefined : { kind, actor: away };
    }
    default:
      return undefined;
  }
}

function apply(operation: Operation, { inside, offline, busy }: Intended): void {
  switch (operation.kind) {
    case "add":
      inside.add(operation.target);
      busy.add(operation.target);
      break;
    case "remove":
      inside.delete(operation.target);
      busy.add(operation.target);
      break;
    case "leave":
      inside.delete(operation.actor);
      busy.add(operation.actor);
      break;
    case "offline":
      offline.add(operation.actor);
      busy.add(operation.actor);
      break;
    case "online":
      offline.delete(operation.actor);
      busy.add(operation.actor);
      break;
  }
}

// Where in the plan something restarts, the server about every other time.
function restartsOf(random: Random, members: number, operations: number): Map<number, Operation> {
  const most = Math.min(MOST_RESTARTS, Math.floor(operations / OPERATIONS_PER_RESTART));
  const restarts = new Map<number, Operation>();
  while (restarts.size < most) {
    const isServer = restarts.size % 2 === 1;
    const after = 1 + random(isServer ? MOST_CALLS : MOST_ANSWERS);
    restarts.set(
      random(operations),
      isServer
        ? { kind: "restart-server", after }
        : { kind: "restart", actor: random(members), after },
    );
  }
  return restarts;
}

function burst(random: Random): number {
  const draw = random(10);
  return draw < 5 ? 1 : draw < 8 ? 2 : LARGEST_BURST - random(2);
}

function weighted(random: Random): Operation["kind"] {
  const total = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random(total);
  for (const [kind, weight] of WEIGHTS) {
    if (left < weight) return kind;
    left -= weight;
  }
  return "send";
}

// Every text is another one, so that a history shows what is missing and what is twice.
function texts(seed: number, random: Random): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `seed ${seed} text ${last} ${"·".repeat(random(LONGEST_TEXT))}`;
  };
}

function shuffled(random: Random, values: readonly number[]): readonly number[] {
  const left = [...values];
  return values.map(() => left.splice(random(left.length), 1)[0] ?? 0);
}

function pick<T>(random: Random, values: readonly T[]): T | undefined {
  return values[random(values.length)];
}

function numbers(below: number): readonly number[] {
  return Array.from({ length: below }, (_, n) => n);
}
