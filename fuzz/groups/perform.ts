// Performs one operation of a plan, and says what came of it.

import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "../../src/client/messenger/changes.ts";
import { MessengerError, Unreachable } from "../../src/client/messenger/errors.ts";
import type { Outcome } from "./expected.ts";
import type { Member } from "./member.ts";
import type { Operation } from "./plan.ts";
import type { World } from "./world.ts";

/** What a member may answer to a wish that does not fit what it knows of the group. */
const REFUSALS: ReadonlySet<string> = new Set([
  "inactive",
  "unknown-conversation",
  "change-pending",
  "no-key-package",
]);

/** No call of a messenger takes longer on a machine that is slow, the server's restart included. */
const LONGEST_MS = 90_000;
const LATEST_RESTART_MS = 300;

/**
 * attempt does something with a member and answers what came of it. `isDisturbed` says whether the server
 * may be out of reach; everything else that is thrown is a finding.
 */
export async function attempt(
  world: World,
  member: Member,
  what: string,
  isDisturbed: () => boolean,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  await member.awake();
  const { life } = member;
  const operation = world.operation;
  try {
    return await Promise.race([act(), member.death(), tooLong(member)]);
  } catch (error) {
    if (life !== member.life) return "open";
    if (error instanceof MessengerError && REFUSALS.has(error.fault)) {
      world.log.push(`   member ${member.number} answers ${error.fault}: ${error.message}`);
      return "refused";
    }
    if (error instanceof Unreachable && isDisturbed()) return "open";
    const { stack = String(error), cause } = error as Error;
    const why = cause === undefined ? "" : `\ncaused by ${(cause as Error).stack ?? cause}`;
    world.find("error", `${what} of member ${member.number}: ${stack}${why}`, operation);
    return "open";
  }
}

/** perform does what an operation says. It throws what the messenger throws. */
export async function perform(world: World, operation: Operation): Promise<Outcome> {
  if (operation.kind === "restart-server") {
    await soon(world.asked.reached(operation.after));
    await world.restartServer();
    return "done";
  }
  const member = world.members[operation.actor] as Member;
  const { messenger } = member;
  const { conversation } = world;
  switch (operation.kind) {
    case "send":
      return send(world, member, operation.text);
    case "update":
      return of(await messenger.rotateKeys(conversation));
    case "add":
      return of(await messenger.add(conversation, [world.nameOf(operation.target)]));
    case "remove":
      return of(await messenger.remove(conversation, world.nameOf(operation.target)));
    case "leave":
      return leave(world, member);
    case "offline":
      await member.goOffline();
      return "done";
    case "online":
      member.offline = false;
      return "done";
    case "restart":
      await soon(member.answered.reached(operation.after));
      world.counts.restarts += 1;
      await member.crash();
      return "done";
  }
}

/** send notes the text whatever comes of it, unless the messenger refuses it. */
async function send(world: World, member: Member, text: string): Promise<Outcome> {
  const { operation, facts } = world;
  const view = await world.observe(member);
  const note = (taken: boolean) => {
    const epoch = view?.epoch ?? facts.epochs.last();
    facts.texts.push({ member: member.number, text, taken, epoch, operation });
  };
  try {
    const { status } = await member.messenger.sendText(world.conversation, text);
    note(true);
    return status === "sent" ? "done" : "open";
  } catch (error) {
    if (!(error instanceof MessengerError)) note(false);
    throw error;
  }
}

/** leave notes how far the member had read, unless the messenger refuses it. */
async function leave(world: World, member: Member): Promise<Outcome> {
  const { number } = member;
  const view = await world.observe(member);
  const seq = [...(world.facts.arrivals[number]?.keys() ?? [])].reduce(
    (a, b) => (a > b ? a : b),
    0n,
  );
  const note = () => {
    if (view) world.facts.leaves.push({ member: number, epoch: view.epoch, seq });
  };
  try {
    await member.messenger.leave(world.conversation);
    note();
    return "done";
  } catch (error) {
    if (!(error instanceof MessengerError)) note();
    throw error;
  }
}

/** A step that makes fewer calls than were waited for ends all the same. */
async function soon(moment: Promise<void>): Promise<void> {
  await Promise.race([moment, sleep(LATEST_RESTART_MS)]);
}

function of(progress: Progress): Outcome {
  return progress === "done" ? "done" : "open";
}

async function tooLong({ unanswered }: Member): Promise<never> {
  await sleep(LONGEST_MS, undefined, { ref: false });
  const calls = [...unanswered.values()].join(", ");
  throw new Error(`no end after ${LONGEST_MS / 1000} s; unanswered: ${calls || "nothing"}`);
}
