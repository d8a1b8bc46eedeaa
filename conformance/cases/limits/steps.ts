// What the cases of the rate limit share: bursts of calls, and what a window let through.

import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { PrerequisiteFailed } from "../../judge/errors.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import type { User } from "../../judge/user.ts";

const { peek } = DeliveryService.method;

/** Calls per second that the servers of these cases are told to allow. */
export const RATE = 50;
const WINDOW_MS = 1_000;
/** ROUNDING_MS allows for clocks of whole milliseconds on both sides. */
export const ROUNDING_MS = 10;
/** A window that is full now has moved on after this, in milliseconds. */
const NEXT_WINDOW_MS = 1_050;
/** On a slow machine a window may move on between filling it and the next call. */
const MOST_ROUNDS = 8;

/** rateCase is a case on a server of its own that limits calls, as the subject declares to do (C-86). */
export function rateCase(spec: CaseSpec): Case {
  return defineCase({
    features: ["auth", "delivery"],
    when: { "rate-limit": ["on"] },
    server: { limits: { rate_per_s: RATE } },
    ...spec,
  });
}

/** Shot is a call whose refusal is wanted: it is not waited out. */
export interface Shot {
  /** performance.now() before it was sent. */
  readonly start: number;
  readonly answer: Answer;
}

/** UNPACED leaves a RateLimited answer as it is. */
export const UNPACED = { paced: false } as const;

/** burst makes `count` calls at once. */
export function burst(count: number, call: () => Promise<Answer>): Promise<readonly Shot[]> {
  const shoot = async (): Promise<Shot> => {
    const start = performance.now();
    return { start, answer: await call() };
  };
  return Promise.all(Array.from({ length: count }, shoot));
}

/** look is a call that changes nothing. */
export function look({ call, key }: User): Promise<Answer> {
  return call(peek, { recipientKey: key }, UNPACED);
}

/** lookWithoutSession is refused with Unauthorized, unless the address made too many calls. */
export function lookWithoutSession(peer: Peer, token?: Uint8Array): Promise<Answer> {
  return peer.call(
    peek,
    { recipientKey: new Uint8Array(32) },
    { ...UNPACED, ...(token && { token }) },
  );
}

/** countOf counts the answers of a status. */
export function countOf(shots: readonly Shot[], status: Status): number {
  return shots.filter(({ answer }) => answer.status === status).length;
}

/**
 * busiestWindow counts the Ok answers of the busiest window: calls that were certainly made within one
 * second, because the first was not sent and the last was answered outside it.
 */
export function busiestWindow(shots: readonly Shot[]): number {
  const served = shots.filter(({ answer }) => answer.status === Status.Ok);
  const counts = served.map(({ start }) => {
    const end = start + WINDOW_MS - ROUNDING_MS;
    return served.filter((one) => one.start >= start && one.answer.at <= end).length;
  });
  return Math.max(0, ...counts);
}

/**
 * whileLimited fills a window with `fill` until one of its calls is refused, and makes other calls at
 * once. It does so again, with a new window, until all of these are refused as well, or a few times.
 */
export async function whileLimited<T extends readonly Answer[]>(
  fill: () => Promise<Answer>,
  calls: () => Promise<T>,
): Promise<T> {
  for (let round = 1; ; round++) {
    await exhaust(fill);
    const answers = await calls();
    const limited = answers.every(({ status }) => status === Status.RateLimited);
    if (limited || round === MOST_ROUNDS) return answers;
  }
}

/** exhaust makes calls until one is refused. Throws PrerequisiteFailed when none ever is. */
export async function exhaust(call: () => Promise<Answer>): Promise<Shot> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const shots = await burst(RATE + 10, call);
    const refused = shots.findLast(({ answer }) => answer.status === Status.RateLimited);
    if (refused) return refused;
  }
  throw new PrerequisiteFailed(`no call was answered RateLimited at ${RATE} calls per second`);
}

/** nextWindow waits until the calls of now count no longer. */
export async function nextWindow(): Promise<void> {
  await sleep(NEXT_WINDOW_MS);
}
