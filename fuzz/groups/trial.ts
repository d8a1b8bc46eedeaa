// Tries whether old secrets of a removed member open what was sent without him.

import { MlsError } from "../../src/crypto/mls/group-member.ts";
import type { Mls } from "../../src/crypto/mls/mls.ts";
import type { Facts, Finding, Sending } from "./facts.ts";
import { readOrder } from "./order.ts";

/** Keepsake is the state of a member's group at some time, as whoever steals his disk has it. */
export interface Keepsake {
  readonly member: number;
  readonly epoch: number;
  /** The encoded GroupMember. */
  readonly state: Uint8Array;
}

/** So many envelopes are tried with each state, the oldest first. */
const MOST_TRIES = 60;

/** tryKeepsakes answers a finding for each envelope of an epoch without the member that his state opens. */
export async function tryKeepsakes(
  mls: Mls,
  facts: Facts,
  keepsakes: readonly Keepsake[],
): Promise<{ readonly tries: number; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  let tries = 0;
  for (const keepsake of keepsakes) {
    const { member, epoch } = keepsake;
    const foreign = facts.sendings
      .filter((one) => one.epoch > epoch && !facts.epochs.holds(member, one.epoch))
      .slice(0, MOST_TRIES);
    if (foreign.length === 0) continue;
    for (const state of [keepsake.state, await followed(mls, facts, keepsake)]) {
      for (const sending of foreign) {
        tries += 1;
        if (await opens(mls, state, sending)) findings.push(opened(keepsake, sending));
      }
    }
  }
  return { tries, findings };
}

/** The state after all commits that the member was sent, the one that removed him included. */
async function followed(mls: Mls, facts: Facts, { state, epoch }: Keepsake): Promise<Uint8Array> {
  const { winners } = readOrder(facts);
  const byHash = new Map(facts.sendings.map((sending) => [sending.hash, sending]));
  let current = mls.decode(state);
  for (let at = epoch; ; at++) {
    const commit = byHash.get(winners.get(at) ?? "");
    if (commit === undefined || !current.active) return current.encode();
    try {
      current = (await current.receive(commit.message)).next;
    } catch (error) {
      // His own commits are not for him to read.
      if (error instanceof MlsError) return current.encode();
      throw error;
    }
  }
}

async function opens(mls: Mls, state: Uint8Array, { message }: Sending): Promise<boolean> {
  try {
    await mls.decode(state).receive(message);
    return true;
  } catch (error) {
    if (error instanceof MlsError) return false;
    throw error;
  }
}

function opened({ member, epoch }: Keepsake, sending: Sending): Finding {
  const what =
    `the state of member ${member} in epoch ${epoch} opens a ${sending.kind} of epoch ` +
    `${sending.epoch} of member ${sending.member}`;
  return { check: "secrecy", what, operation: sending.operation };
}
