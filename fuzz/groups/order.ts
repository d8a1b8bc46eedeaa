// The order in which the server put envelopes, read from the inbox of each member.

import type { Facts, Sending } from "./facts.ts";

export interface Order {
  /** winners has the commit that ended each epoch: the first one of it in an inbox. */
  readonly winners: ReadonlyMap<number, string>;
  /** disagreements are epochs of which two inboxes have different first commits. */
  readonly disagreements: readonly string[];
  /** By member: the texts in its inbox, in their order there. */
  readonly arrivals: readonly (readonly Arrival[])[];
}

/** Arrival is one copy of a text in the inbox of a member. */
export interface Arrival {
  readonly text: string;
  readonly seq: bigint;
  /** The epoch that the text was encrypted in. */
  readonly epoch: number;
  /** The epoch that the member is in when it comes to this place. */
  readonly at: number;
}

/** readOrder goes through the inboxes once. */
export function readOrder(facts: Facts): Order {
  const byHash = new Map(facts.sendings.map((sending) => [sending.hash, sending]));
  const winners = new Map<number, string>();
  const disagreements: string[] = [];
  const arrivals = facts.arrivals.map((_, member) => {
    const texts: Arrival[] = [];
    let current = -1;
    for (const [seq, hash] of inboxOf(facts, member)) {
      const sending = byHash.get(hash);
      if (sending === undefined) continue;
      const { kind, epoch, text } = sending;
      if (kind === "commit" && epoch >= current) {
        current = epoch + 1;
        const winner = winners.get(epoch) ?? hash;
        winners.set(epoch, winner);
        if (winner !== hash) disagreements.push(`epoch ${epoch} for member ${member}`);
      } else if (text !== undefined) {
        texts.push({ text, seq, epoch, at: Math.max(current, epoch) });
      }
    }
    return texts;
  });
  return { winners, disagreements, arrivals };
}

// What was fetched, and what the server said it stored: a member may never have fetched it.
function inboxOf(facts: Facts, member: number): readonly (readonly [bigint, string])[] {
  const inbox = new Map(facts.arrivals[member]);
  for (const sending of facts.sendings) {
    const seq = seqFor(sending, member);
    if (seq !== undefined) inbox.set(seq, sending.hash);
  }
  return [...inbox].sort(([a], [b]) => (a < b ? -1 : 1));
}

function seqFor({ recipients, seqs }: Sending, member: number): bigint | undefined {
  const place = recipients.indexOf(member);
  return place < 0 ? undefined : seqs?.[place];
}
