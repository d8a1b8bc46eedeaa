// What the cases of transport share: small calls on streams of the case's own, and whether all of them
// were answered.

import { HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Peer } from "../../judge/peer.ts";
import { describe, type RawStream, type Reaction } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { frame } from "../frames.ts";

/** Longest time of an answer that waits for nothing; the frame deadline, 3 s, must not be what ends it. */
export const AT_ONCE_MS = 2_000;

const NOTHING = new Uint8Array(0);

/** transportCase is a case that makes Health calls, of which the subject must know what they are. */
export function transportCase({ features = [], ...spec }: CaseSpec): Case {
  return defineCase({ ...spec, features: ["health", ...features] });
}

/** healthFrame is a whole Health request. */
export function healthFrame(requestId: number): Uint8Array {
  return frame(methodOf(HealthService.method.health).id, requestId, NOTHING);
}

/** unfinishedFrame is the header of a Health request that announces bytes which do not follow. */
export function unfinishedFrame(requestId: number, announced = 3): Uint8Array {
  return frame(methodOf(HealthService.method.health).id, requestId, NOTHING, announced);
}

/** health makes a Health call of which an answer at once is expected, the wait for credit included. */
export async function health(peer: Peer, requestId = 1): Promise<Reaction> {
  const got = await within(AT_ONCE_MS, peer.send(healthFrame(requestId), AT_ONCE_MS));
  return got ?? { kind: "silence", at: performance.now() };
}

/** isOk tells a response with status Ok from every other end of a stream. */
export function isOk(got: Reaction): boolean {
  return got.kind === "response" && got.status === Status.Ok;
}

/** allOk checks that every one of several calls was answered Ok. */
export function allOk(t: Trial, got: readonly Reaction[], check = "answer"): void {
  const other = got.find((one) => !isOk(one));
  t.check(check, other === undefined, {
    expected: `${got.length} times Ok`,
    got: `${got.filter(isOk).length} times Ok, and ${other ? describe(other) : "nothing else"}`,
  });
}

/** inARow makes calls one after the other until one is not answered Ok. */
export async function inARow(
  count: number,
  call: (i: number) => Promise<Reaction>,
): Promise<readonly Reaction[]> {
  const got: Reaction[] = [];
  while (got.length < count && got.every(isOk)) got.push(await call(got.length));
  return got;
}

/** openMany opens streams as far as the subject gives credit for them within `ms` milliseconds. */
export async function openMany(
  peer: Peer,
  count: number,
  ms: number,
): Promise<readonly RawStream[]> {
  const opened: RawStream[] = [];
  const all = Promise.all(
    Array.from({ length: count }, async () => opened.push(await peer.open())),
  );
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([all, late.promise]);
  clearTimeout(timer);
  // The rest fails with the connection, when the case has long ended.
  all.catch(() => {});
  return [...opened];
}

/** within answers the value of a promise, or undefined when it takes longer than `ms` milliseconds. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
