// One seed: a group lives through a plan, comes to rest, and is judged.

import { checkEnding } from "./checks.ts";
import type { Ending, Finding } from "./facts.ts";
import { Life } from "./life.ts";
import { type PlanOptions, plan } from "./plan.ts";
import { tryKeepsakes } from "./trial.ts";
import { World, type WorldOptions } from "./world.ts";

export interface RunOptions extends PlanOptions, Pick<WorldOptions, "site" | "newDisk"> {}

export interface RunResult {
  readonly findings: readonly Finding[];
  readonly summary: Summary;
  /** What each operation came to, a line for each, the newest last. */
  readonly log: readonly string[];
}

export interface Summary {
  readonly epochs: number;
  readonly texts: number;
  /** Texts in the histories of others than their senders. */
  readonly read: number;
  /** Commits that came first, and that came second. */
  readonly won: number;
  readonly lost: number;
  readonly restarts: number;
  /** Operations that a member could not do, because the group had gone on without it. */
  readonly refused: number;
  /** Envelopes that were tried with the old secrets of a removed member. */
  readonly tries: number;
}

/** run resolves with the findings. After the first one that shows at work, the group works no further. */
export async function run(options: RunOptions): Promise<RunResult> {
  const world = await World.create(options);
  const life = new Life(world);
  try {
    return await liveAndJudge(world, life, options);
  } catch (error) {
    world.find("error", (error as Error).stack ?? String(error));
    return result(world, NOTHING, 0);
  } finally {
    await Promise.all(world.members.map((member) => member.close()));
  }
}

const NOTHING: Ending = { views: [], histories: [] };

async function liveAndJudge(world: World, life: Life, options: PlanOptions): Promise<RunResult> {
  for (const step of plan(options)) {
    await life.live(step);
    if (world.findings.length > 0) return result(world, NOTHING, 0);
  }
  const ending = await life.rest();
  if (world.findings.length > 0) return result(world, ending, 0);
  const { tries, findings } = await tryKeepsakes(world.mls, world.facts, life.keepsakes);
  world.findings.push(...checkEnding(world.facts, ending, life.expected), ...findings);
  return result(world, ending, tries);
}

function result(
  { facts, counts, findings, log }: World,
  { histories }: Ending,
  tries: number,
): RunResult {
  const others = histories.flatMap((history, member) => {
    return history.filter(({ sender }) => sender !== member);
  });
  const epochs = facts.epochs.last() + 1;
  const summary = { epochs, texts: facts.texts.length, read: others.length, ...counts, tries };
  return { findings, summary, log };
}
