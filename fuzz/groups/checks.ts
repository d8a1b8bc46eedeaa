// What must hold of a simulated group when all is quiet, judged from the facts alone.

import type { Ending, Facts, Fault, Finding, HistoryEntry, Text } from "./facts.ts";
import { type Order, readOrder } from "./order.ts";

/** Expectation is the membership that successful calls lead to. */
export interface Expectation {
  readonly inside: ReadonlySet<number>;
  /** Members of whom nobody can tell: the last call about them broke off. */
  readonly unknown: ReadonlySet<number>;
}

/** Faults that honest members cause each other when they act at once. */
const HONEST_FAULTS: ReadonlySet<string> = new Set([
  // A commit that came second.
  "past-epoch",
  // A text of somebody who did not know yet that he was removed.
  "removed-sender",
  // What overtook the Welcome to its epoch, and waits for it.
  "future-epoch",
  // A Welcome to somebody who was removed before he looked.
  "welcome",
  // A text, or a wish to leave, of somebody who was removed before the server took it.
  "application-failed",
  "proposal-failed",
]);

/** How many epochs back a text is still read (client.past-epochs). */
const PAST_EPOCHS = 4;

/** checkEnding answers everything that is wrong. */
export function checkEnding(
  facts: Facts,
  ending: Ending,
  expected: Expectation,
): readonly Finding[] {
  const order = readOrder(facts);
  return [
    ...checkAgreement(ending),
    ...checkMembership(ending, expected),
    ...checkOrder(order),
    ...checkEpochs(facts),
    ...checkRecipients(facts, order),
    ...checkHistories(facts, ending),
    ...checkDelivery(facts, ending, order),
    ...checkReading(facts, ending, order),
    ...checkSecrecy(facts, ending),
    ...checkFaults(facts.faults),
  ];
}

/** All active members have the same epoch and secrets. That the sets are equal follows from `Epochs`. */
function checkAgreement({ views }: Ending): readonly Finding[] {
  const shown = views.map((view) => view && `epoch ${view.epoch}, ${view.authenticator}`);
  if (new Set(shown.filter((one) => one !== undefined)).size <= 1) return [];
  const all = shown.map((one, member) => `member ${member}: ${one ?? "outside"}`);
  return [finding("agreement", all.join("; "))];
}

function checkMembership({ views }: Ending, { inside, unknown }: Expectation): readonly Finding[] {
  const active = views.flatMap((view) => (view ? [view.member] : []));
  const [shown] = views.filter((view) => view !== undefined);
  const ghosts = (shown?.members ?? []).filter((member) => !active.includes(member));
  const wrong = views.flatMap((view, member) => {
    if (unknown.has(member) || inside.has(member) === (view !== undefined)) return [];
    const [is, should] = view ? ["inside", "outside"] : ["outside", "inside"];
    return [`member ${member} is ${is}, and should be ${should}`];
  });
  return [
    ...ghosts.map((ghost) => `member ${ghost} is inside for others, and does not know it`),
    ...wrong,
  ].map((what) => finding("membership", what));
}

function checkOrder({ disagreements }: Order): readonly Finding[] {
  return disagreements.map((where) => finding("order", `another first commit in ${where}`));
}

/** Nothing below can be judged in an epoch whose members nobody showed. */
function checkEpochs({ epochs, sendings }: Facts): readonly Finding[] {
  const blind = new Set(sendings.map(({ epoch }) => epoch));
  return [...blind]
    .filter((epoch) => epochs.membersOf(epoch) === undefined)
    .map((epoch) => finding("epochs", `nobody showed who was in epoch ${epoch}`));
}

/** An envelope goes to members of its epoch and to nobody else, a commit that wins to all of them. */
function checkRecipients({ sendings, epochs }: Facts, { winners }: Order): readonly Finding[] {
  return sendings.flatMap(({ member, kind, epoch, recipients, hash, operation }) => {
    const strangers = recipients.filter((one) => !epochs.holds(one, epoch));
    const members = winners.get(epoch) === hash ? (epochs.membersOf(epoch) ?? []) : [];
    const forgotten = members.filter((one) => !recipients.includes(one));
    const name = `the ${kind} of member ${member} in epoch ${epoch}`;
    return [
      ...strangers.map((one) => `${name} goes to member ${one}, who is outside`),
      ...forgotten.map((one) => `${name} does not go to member ${one}`),
    ].map((what) => finding("recipients", what, operation));
  });
}

/** Nobody holds a text twice, or under another name, or one that was never sent; nobody loses his own. */
function checkHistories({ texts }: Facts, { histories }: Ending): readonly Finding[] {
  const sent = new Map(texts.map((text) => [text.text, text]));
  const held = histories.map((history) => new Set(history.map(({ text }) => text)));
  const strange = histories.flatMap((history, member) =>
    history.flatMap((entry, place) => {
      const text = sent.get(entry.text);
      const isTwice = history.findIndex((other) => other.text === entry.text) < place;
      const wrong = isTwice ? "is there twice" : mistake(entry, text);
      if (wrong === undefined) return [];
      const what = `${quote(entry.text)} with member ${member} ${wrong}`;
      return [finding("history", what, text?.operation)];
    }),
  );
  const lost = texts.filter(({ member, text, taken }) => {
    const isKnown = taken || held.some((texts) => texts.has(text));
    return isKnown && !held[member]?.has(text);
  });
  return [...strange, ...lost.map((text) => missing(text, text.member))];
}

function mistake({ sender }: HistoryEntry, text: Text | undefined): string | undefined {
  if (text === undefined) return "was never sent";
  return text.member === sender ? undefined : `is not by member ${sender}`;
}

/** A text that was sent is with whoever is in the group from before it was sent until the end. */
function checkDelivery(facts: Facts, { histories, views }: Ending, order: Order): Finding[] {
  const { texts, epochs } = facts;
  const held = histories.map((entries) => new Map(entries.map((entry) => [entry.text, entry])));
  const readers = views.flatMap((view) => (view ? [view.member] : []));
  return texts.flatMap((sent) => {
    const { member: sender, text, epoch, operation } = sent;
    const status = held[sender]?.get(text)?.status;
    // Whoever was removed meanwhile had nobody to send to.
    const mustGo = views[sender] !== undefined && epochs.stays(sender, epoch);
    if (mustGo && (status === "queued" || status === "failed")) {
      return [finding("delivery", `${nameOf(sent)} is ${status} in the end`, operation)];
    }
    if (status !== "sent") return [];
    return readers
      .filter((reader) => reader !== sender && !held[reader]?.has(text))
      .filter((reader) => epochs.stays(reader, epoch))
      .filter((reader) => {
        // Refused, and rightly so: whenever it came, its sender was not a member any more.
        const copies = order.arrivals[reader]?.filter((one) => one.text === text) ?? [];
        return copies.length === 0 || copies.some(({ at }) => epochs.holds(sender, at));
      })
      .map((reader) => missing(sent, reader));
  });
}

/** What lies in an inbox within four epochs of its own is read, whatever became of its reader later. */
function checkReading(facts: Facts, { histories }: Ending, { arrivals }: Order): Finding[] {
  const { texts, epochs, leaves } = facts;
  const sent = new Map(texts.map((text) => [text.text, text]));
  return arrivals.flatMap((inbox, reader) => {
    const held = new Set(histories[reader]?.map(({ text }) => text));
    const left = leaves.filter(({ member }) => member === reader);
    return inbox.flatMap(({ text, seq, epoch, at }) => {
      const message = sent.get(text);
      if (message === undefined || message.member === reader || held.has(text)) return [];
      const isReadable =
        at <= epoch + PAST_EPOCHS &&
        epochs.stays(reader, epoch, at) &&
        epochs.holds(message.member, at);
      const isAway = left.some(
        (leave) => seq > leave.seq && epochs.stays(reader, leave.epoch, epoch),
      );
      return isReadable && !isAway ? [missing(message, reader, `, which came in epoch ${at}`)] : [];
    });
  });
}

/** Nobody holds a text that was encrypted in epochs only that he was not in. */
function checkSecrecy({ sendings, epochs }: Facts, { histories }: Ending): readonly Finding[] {
  const sentIn = new Map<string, number[]>();
  for (const { text, epoch } of sendings) {
    if (text !== undefined) sentIn.set(text, [...(sentIn.get(text) ?? []), epoch]);
  }
  return histories.flatMap((history, member) =>
    history.flatMap(({ sender, text }) => {
      const of = sentIn.get(text) ?? [];
      if (sender === member || of.some((epoch) => epochs.holds(member, epoch))) return [];
      return [finding("secrecy", `member ${member} holds ${quote(text)} of epochs [${of}]`)];
    }),
  );
}

function checkFaults(faults: readonly Fault[]): readonly Finding[] {
  return faults
    .filter(({ kind }) => !HONEST_FAULTS.has(kind))
    .map(({ member, kind, what, operation }) => {
      return finding("faults", `member ${member}: ${kind}: ${what}`, operation);
    });
}

function missing(text: Text, member: number, when = ""): Finding {
  const what = `member ${member} does not have ${nameOf(text)}${when}`;
  return finding("delivery", what, text.operation);
}

function nameOf({ text, member, epoch, operation }: Text): string {
  return `${quote(text)} of member ${member}, sent from epoch ${epoch} in operation ${operation}`;
}

function quote(text: string): string {
  return `"${text.slice(0, 24).replace(/ ·*$/, "")}"`;
}

function finding(check: string, what: string, operation = 0): Finding {
  return { check, what, operation };
}
