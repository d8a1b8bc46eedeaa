// Every check is seen to find what it is there for, and nothing in a group where all is well.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEnding } from "./checks.ts";
import { Expected } from "./expected.ts";
import {
  type Ending,
  type HistoryEntry,
  type Leave,
  newFacts,
  type Sending,
  type View,
} from "./facts.ts";

// Members 0, 1 and 2; member 2 is removed by the commit of epoch 1. Member 0 sends "one" in epoch 0 and
// "two" in epoch 2.

const MEMBERS = 3;
const SENT = { status: "sent", sender: 0 } as const;
const RECEIVED = { status: "received", sender: 0 } as const;

test("nothing is found where all is well", () => {
  assert.deepEqual(judge({}), []);
});

test("two active members in two epochs", () => {
  const behind = { member: 1, epoch: 1, members: [0, 1, 2], authenticator: "a1" };
  assert.deepEqual(judge({ views: [viewOf(0), behind, undefined] }), ["agreement"]);
});

test("a member who should be outside, and one who should be inside", () => {
  const expected = new Expected([0, 1, 2]);
  assert.deepEqual(judge({ expected }), ["membership"]);
  assert.deepEqual(judge({ expected: new Expected([0]) }), ["membership"]);
});

test("a member who is in the group for others only", () => {
  const views = [viewOf(0), undefined, undefined];
  assert.deepEqual(judge({ views, expected: new Expected([0]) }), ["membership"]);
});

test("nobody is asked of whom nobody can tell", () => {
  const expected = new Expected([0, 1, 2]);
  expected.note({ kind: "remove", actor: 0, target: 2 }, "open");
  assert.deepEqual(judge({ expected }), []);
});

test("two members for whom another commit came first", () => {
  const rival = sending({ member: 1, kind: "commit", epoch: 1, hash: "rival" });
  const sendings = [...SENDINGS, { ...rival, recipients: [0, 1], seqs: [9n, 1n] }];
  assert.deepEqual(judge({ sendings }), ["order"]);
});

test("an epoch that nobody showed, and an envelope for a member who was not in it", () => {
  const unseen = sending({ epoch: 7, hash: "unseen", recipients: [] });
  assert.deepEqual(judge({ sendings: [...SENDINGS, unseen] }), ["epochs"]);
  const stray = sending({ epoch: 2, hash: "stray", recipients: [1, 2] });
  assert.deepEqual(judge({ sendings: [...SENDINGS, stray] }), ["recipients"]);
  const [one, , remove, two] = SENDINGS as [Sending, Sending, Sending, Sending];
  const short = sending({ kind: "commit", hash: "update", recipients: [0, 1], seqs: [1n, 2n] });
  assert.deepEqual(judge({ sendings: [one, short, remove, two] }), ["recipients"]);
});

test("a text that is there twice, that nobody sent, and that another has signed", () => {
  const one = { ...RECEIVED, text: "one" };
  const two = { ...RECEIVED, text: "two" };
  assert.deepEqual(judge({ readBy1: [one, one, two] }), ["history"]);
  const invented = { ...RECEIVED, text: "three" };
  assert.deepEqual(judge({ readBy1: [one, two, invented] }), ["history", "secrecy"]);
  assert.deepEqual(judge({ readBy1: [one, { ...two, sender: 2 }] }), ["history"]);
});

test("a text that its sender lost, that he never got rid of, and that a reader does not have", () => {
  const one = { ...SENT, text: "one" };
  assert.deepEqual(judge({ writtenBy0: [one] }), ["delivery"]);
  assert.deepEqual(judge({ writtenBy0: [one, { ...SENT, text: "two", status: "queued" }] }), [
    "delivery",
  ]);
  const only = (text: string) => [{ ...RECEIVED, text }];
  assert.deepEqual(judge({ readBy1: only("one") }), ["delivery", "delivery"]);
});

test("a text that a member does not have who was removed later, unless he had left", () => {
  assert.deepEqual(judge({ readBy2: [] }), ["delivery"]);
  assert.deepEqual(judge({ readBy2: [], leaves: [{ member: 2, epoch: 0, seq: 0n }] }), []);
  assert.deepEqual(judge({ readBy2: [], leaves: [{ member: 2, epoch: 0, seq: 1n }] }), [
    "delivery",
  ]);
});

test("a removed member with a later text", () => {
  const both = ["one", "two"].map((text) => ({ ...RECEIVED, text }));
  assert.deepEqual(judge({ readBy2: both }), ["secrecy"]);
});

test("faults that honest members do not cause", () => {
  const fault = { member: 1, what: "", operation: 1 };
  assert.deepEqual(judge({ fault: { ...fault, kind: "past-epoch" } }), []);
  assert.deepEqual(judge({ fault: { ...fault, kind: "undecryptable" } }), ["faults"]);
});

test("an epoch that two members show differently", () => {
  const { epochs } = newFacts(MEMBERS);
  assert.equal(epochs.observe(viewOf(0)), undefined);
  assert.equal(epochs.observe(viewOf(1)), undefined);
  assert.match(epochs.observe({ ...viewOf(1), authenticator: "other" }) ?? "", /authenticator/);
  assert.match(epochs.observe({ ...viewOf(1), members: [0, 1, 2] }) ?? "", /has \[0,1,2\]/);
});

interface Changes {
  readonly views?: Ending["views"];
  readonly sendings?: readonly Sending[];
  readonly expected?: Expected;
  readonly writtenBy0?: readonly HistoryEntry[];
  readonly readBy1?: readonly HistoryEntry[];
  readonly readBy2?: readonly HistoryEntry[];
  readonly leaves?: readonly Leave[];
  readonly fault?: { member: number; kind: string; what: string; operation: number };
}

/** judge answers the checks that found something. */
function judge(changes: Changes): readonly string[] {
  const facts = newFacts(MEMBERS);
  facts.sendings.push(...(changes.sendings ?? SENDINGS));
  facts.texts.push({ member: 0, text: "one", taken: true, epoch: 0, operation: 1 });
  facts.texts.push({ member: 0, text: "two", taken: true, epoch: 2, operation: 3 });
  for (const epoch of [0, 1]) {
    const authenticator = `a${epoch}`;
    facts.epochs.observe({ member: 0, epoch, members: [0, 1, 2], authenticator });
  }
  facts.epochs.observe(viewOf(0));
  facts.leaves.push(...(changes.leaves ?? []));
  if (changes.fault) facts.faults.push(changes.fault);
  const of = (...entries: readonly HistoryEntry[]) => entries;
  const histories = [
    changes.writtenBy0 ?? of({ ...SENT, text: "one" }, { ...SENT, text: "two" }),
    changes.readBy1 ?? of({ ...RECEIVED, text: "one" }, { ...RECEIVED, text: "two" }),
    changes.readBy2 ?? of({ ...RECEIVED, text: "one" }),
  ];
  const views = changes.views ?? [viewOf(0), viewOf(1), undefined];
  const findings = checkEnding(facts, { views, histories }, changes.expected ?? EXPECTED);
  return findings.map(({ check }) => check);
}

const EXPECTED = new Expected([0, 1]);

const SENDINGS: readonly Sending[] = [
  sending({ epoch: 0, hash: "one", text: "one", recipients: [1, 2], seqs: [1n, 1n] }),
  sending({ kind: "commit", epoch: 0, hash: "update", recipients: [0, 1, 2], seqs: [1n, 2n, 2n] }),
  sending({ kind: "commit", epoch: 1, hash: "remove", recipients: [0, 1, 2], seqs: [2n, 3n, 3n] }),
  sending({ epoch: 2, hash: "two", text: "two", recipients: [1], seqs: [4n] }),
];

function sending(changes: Partial<Sending>): Sending {
  return {
    ...{ member: 0, kind: "application", epoch: 0, hash: "", message: new Uint8Array(0) },
    ...{ recipients: [], seqs: undefined, text: undefined, operation: 0 },
    ...changes,
  };
}

function viewOf(member: number): View {
  return { member, epoch: 2, members: [0, 1], authenticator: "a2" };
}
