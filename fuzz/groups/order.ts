// The order in which the server put envelopes, read from the inbox of each member.

import type { Facts, Sending } from "./facts.ts";

export interface Order {
  /** winners has the commit that ended each epoch: the first one of it in an inbox. */
  readonly winners: ReadonlyMap<number, string>;
  /** disagreements are epochs of which two inboxes have different first commits. */
  readonly disagreements: readonly string[];
  /** arrivals answers the epochs that a member is in when copies of a text come up in its inbox. */
  arrivals(member: number, text: string): readonly number[];
}

/** readOrder goes through the inboxes once. */
export function readOrder(facts: Facts): Order {
  const byHash = new Map(facts.sendings.map((sending) => [sending.hash, sending]));
  const winners = new Map<number, string>();
  const disagreements: string[] = [];
  const met = facts.arrivals.map((_, member) => {
    const epochs = new Map<string, number[]>();
    let current = -1;
    for (const hash of inboxOf(facts, member)) {
      const sending = byHash.get(hash);
      if (sending === undefined) continue;
      const { kind, epoch, text } = sending;
      if (kind === "commit" && epoch >= current) {
        current = epoch + 1;
        const winner = winners.get(epoch) ?? hash;
        winners.set(epoch, winner);
        if (winner !== hash) disagreements.push(`epoch ${epoch} for member ${member}`);
      } else if (text !== undefined) {
        epochs.set(text, [...(epochs.get(text) ?? []), Math.max(current, epoch)]);
      }
    }
    return epochs;
  });
  return {
    winners,
    disagreements,
    arrivals: (member, text) => met[member]?.get(text) ?? [],
  };
}

// What was fetched, and what the server said it stored: a member may never have fetched it.
function inboxOf(facts: Facts, member: number): readonly string[] {
  const inbox = new Map(facts.arrivals[member]);
  for (const sending of facts.sendings) {
    const seq = seqFor(sending, member);
    if (seq !== undefined) inbox.set(seq, sending.hash);
  }
  const bySeq = [...inbox].sort(([a], [b]) => (a < b ? -1 : 1));
  return bySeq.map(([, hash]) => hash);
}

function seqFor({ recipients, seqs }: Sending, member: number): bigint | undefined {
  const place = recipients.indexOf(member);
  return place < 0 ? undefined : seqs?.[place];
}
