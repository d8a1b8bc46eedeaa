// What the cases of delivery and of events share: messages put, inboxes looked at, lists compared.

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";

const { enqueue, fetch, fetchWait, peek, ack, batchEnqueue } = DeliveryService.method;

/** deliveryCase is a case that needs accounts and inboxes. */
export function deliveryCase(spec: Omit<CaseSpec, "features">): Case {
  return defineCase({ ...spec, features: ["auth", "delivery"] });
}

export interface Envelope {
  readonly seq: bigint;
  readonly data: Uint8Array;
}

/** Extras are the optional fields of an Enqueue. */
export interface Extras {
  readonly ttlSecs?: number;
  readonly messageId?: Uint8Array;
}

/** put enqueues for the default inbox of `to` and answers the response. Throws NoAnswer unless Ok. */
export async function put(from: User, to: User, payload: Uint8Array | string, extras?: Extras) {
  const data = typeof payload === "string" ? Buffer.from(payload) : payload;
  const answer = await from.call(enqueue, { recipientKey: to.key, payload: data, ...extras });
  demandOk(answer, "Enqueue");
  return answer.message();
}

/** putAll enqueues one payload after the other and answers their seqs. */
export async function putAll(from: User, to: User, payloads: readonly string[]): Promise<bigint[]> {
  const seqs: bigint[] = [];
  for (const payload of payloads) seqs.push((await put(from, to, payload)).seq);
  return seqs;
}

/** fill puts the same payload `count` times into the inbox of `to`, at most 100 in one call. */
export async function fill(from: User, to: User, count: number, payload = "x"): Promise<void> {
  for (let left = count; left > 0; left -= 100) {
    const recipientKeys = Array.from({ length: Math.min(left, 100) }, () => to.key);
    const answer = await from.call(batchEnqueue, { recipientKeys, payload: Buffer.from(payload) });
    demandOk(answer, "BatchEnqueue");
  }
}

/** peeked looks at an inbox and leaves it as it is, on a server that drains too (I-21). */
export async function peeked(user: User, limit = 0): Promise<readonly Envelope[]> {
  const answer = await user.call(peek, { recipientKey: user.key, limit });
  demandOk(answer, "Peek");
  return answer.message().payloads;
}

/** fetched is the last look that a case takes at an inbox. */
export async function fetched(user: User, limit = 0): Promise<readonly Envelope[]> {
  const answer = await user.call(fetch, { recipientKey: user.key, limit });
  demandOk(answer, "Fetch");
  return answer.message().payloads;
}

/** waitFor starts a FetchWait; the answer may come up to 5 s after its time. */
export function waitFor(user: User, timeoutMs: number, limit = 0) {
  const request = { recipientKey: user.key, timeoutMs: BigInt(timeoutMs), limit };
  return user.call(fetchWait, request, { ms: timeoutMs + 5000 });
}

/** Time for a FetchWait to reach the server and start, in milliseconds. */
export const START_MS = 150;

/** Time of a FetchWait that should be woken long before, in milliseconds. */
export const LONG_MS = 5000;

/**
 * isWoken checks that a FetchWait of LONG_MS returned these payloads before its time was over. The
 * bound is generous, because the machine may be busy; cases that run alone ask for a second.
 */
export async function isWoken(
  t: Trial,
  check: string,
  waiting: ReturnType<typeof waitFor>,
  expected: readonly string[],
): Promise<void> {
  const answer = await waiting;
  demandOk(answer, "FetchWait");
  const took = Math.round(answer.at - answer.sentAt);
  const list = answer.message().payloads;
  if (took < LONG_MS - 1000) return holdsTexts(t, check, list, expected);
  t.check(check, false, {
    expected: `${expected.join(", ")}, when it arrived`,
    got: `${list.length} messages after ${took} ms`,
  });
}

/** acknowledge acks up to a seq on the way of a case. */
export async function acknowledge(user: User, seqUpTo: bigint): Promise<void> {
  demandOk(await user.call(ack, { recipientKey: user.key, seqUpTo }), "Ack");
}

/** holdsTexts checks that a list has exactly these payloads in this order. */
export function holdsTexts(
  t: Trial,
  check: string,
  list: readonly Envelope[],
  expected: readonly string[],
): void {
  const got = list.map(({ data }) => Buffer.from(data).toString()).join(", ");
  t.check(check, got === expected.join(", "), {
    expected: expected.join(", ") || "no message",
    got: got || "no message",
  });
}

/** sameBytes compares two byte arrays of any kind. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

/** spellSeqs writes a list by its numbers and sizes, for evidence. */
export function spellSeqs(list: readonly Envelope[]): string {
  return list.map(({ seq, data }) => `seq ${seq} (${data.length} bytes)`).join(", ") || "none";
}
