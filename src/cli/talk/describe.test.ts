import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { CallError } from "../../client/call.ts";
import { ClientFault } from "../../client/faults.ts";
import type { HistoryEntry } from "../../client/messenger/history.ts";
import type { Body } from "../../client/messenger/sending.ts";
import type { Contact } from "../../client/store/contacts.ts";
import type { Conversation } from "../../client/store/conversations.ts";
import { ContentSchema } from "../../gen/qpc/client/v1/content_pb.ts";
import { Status } from "../../registry/statuses.ts";
import { changeLine, failureLine, faultLine, historyLine, messageLine } from "./describe.ts";
import { loadLabels } from "./labels.ts";

const key = (byte: number) => new Uint8Array(32).fill(byte);
const id = (byte: number) => new Uint8Array(16).fill(byte);
const [ALICE, BOB, CAROL, STRANGER] = [key(1), key(2), key(3), key(9)];
const COMMON = { expireSecs: 0, left: false };
const TEAM: Conversation = {
  ...COMMON,
  id: id(1),
  kind: "group",
  groupRecordId: key(7),
  name: "team",
};
const NAMELESS: Conversation = { ...TEAM, id: id(2), name: "" };
const WITH_BOB: Conversation = { ...COMMON, id: id(3), kind: "direct", peerKey: BOB, name: "" };

const labels = await loadLabels({
  account: { username: "alice", identityKey: ALICE, identitySeed: key(0) },
  contacts: async () => [
    contact("bob", BOB, 2),
    contact("old-bob", BOB, 1),
    contact("carol ✓", CAROL, 1),
  ],
  conversations: async () => [TEAM, NAMELESS, WITH_BOB],
});

test("people and places have names, or parts of their keys", () => {
  assert.equal(labels.person(ALICE), "alice");
  assert.equal(labels.person(BOB), "bob");
  assert.equal(labels.person(CAROL), "carol\ufffd\ufffd");
  assert.match(labels.person(STRANGER), /^<[0-9a-f]{8}>$/);
  assert.equal(labels.place(TEAM), "#team");
  assert.equal(labels.place(NAMELESS), "#07070707");
  assert.equal(labels.placeOf(WITH_BOB.id), "@bob");
  assert.equal(labels.placeOf(id(9)), undefined);
});

test("a verified name is shown, whatever else the server calls its key", async () => {
  const contacts = [
    contact("new-bob", BOB, 2),
    { ...contact("bob", BOB, 1), trust: "verified" as const },
    contact("carla", CAROL, 3),
    contact("carol", CAROL, 3),
  ];
  const { person } = await loadLabels({
    account: { username: "alice", identityKey: ALICE, identitySeed: key(0) },
    contacts: async () => contacts,
    conversations: async () => [],
  });
  assert.equal(person(BOB), "bob");
  assert.equal(person(CAROL), "carla");
});

test("each kind of content has its words", () => {
  const target = { targetId: id(5) };
  const lines = [
    [{ case: "text", value: "hi" }, "[bob ✓ #team] hi"],
    [{ case: "reaction", value: { ...target, emoji: "👍" } }, "* bob ✓ #team put 👍 to a message"],
    [
      { case: "reaction", value: { ...target, emoji: "👍", remove: true } },
      "* bob ✓ #team took back 👍 from a message",
    ],
    [{ case: "edit", value: { ...target, text: "ho" } }, "* bob ✓ #team changed a message to: ho"],
    [{ case: "deletion", value: target }, "* bob ✓ #team deleted a message"],
    [{ case: "timer", value: { expireSecs: 0 } }, "* bob ✓ #team set messages to stay from now on"],
    [
      { case: "timer", value: { expireSecs: 90 } },
      "* bob ✓ #team set messages to disappear after 90 s from now on",
    ],
  ] as const;
  for (const [body, line] of lines) assert.equal(messageLine(received(TEAM, body), labels), line);
  assert.equal(
    messageLine(received(WITH_BOB, { case: "text", value: "hi" }), labels),
    "[bob ✓] hi",
  );
});

test("numbers stand before messages, and name those that others are about", () => {
  const numbering = { of: () => 4, find: () => 3 };
  const text = received(WITH_BOB, { case: "text", value: "hi" });
  assert.equal(messageLine(text, labels, numbering), "(4) [bob ✓] hi");
  const deletion = received(WITH_BOB, { case: "deletion", value: { targetId: id(5) } });
  assert.equal(messageLine(deletion, labels, numbering), "* bob ✓ deleted (3)");
});

test("only who was compared has the mark of the verified", () => {
  const marks = ["verified", "pinned", "unknown", "revoked", "own"] as const;
  const shown = marks.map((trust) => {
    const message = { ...received(WITH_BOB, { case: "text", value: "x" }), trust };
    return messageLine(message, labels);
  });
  assert.deepEqual(shown, ["[bob ✓] x", "[bob ~] x", "[bob ?] x", "[bob ✗] x", "[bob] x"]);
});

test("a history shows what became of a message", () => {
  const entry: HistoryEntry = {
    ...{ contentId: id(4), sender: ALICE, senderName: "alice", sentAt: 0, receivedAt: 0 },
    ...{ expiresAt: undefined, isEdited: true },
    trust: "own",
    status: "failed",
    body: { kind: "text", text: "hi" },
    reactions: [{ emoji: "👍", sender: BOB, senderName: "bob" }],
  } as const;
  assert.match(
    historyLine(entry, labels, 2),
    /^\(2\) \S+ \S+ \[alice\] hi \(edited, failed, 👍 bob\)$/,
  );
});

test("who comes and goes is told", () => {
  const change = { conversationId: TEAM.id, epoch: 2n, by: BOB, active: true };
  const line = (added: Uint8Array[], removed: Uint8Array[]) =>
    changeLine({ ...change, added, removed }, labels);
  assert.equal(line([], []), "* bob renewed keys in #team");
  assert.equal(line([ALICE], []), "* bob added alice in #team");
  const stranger = labels.person(STRANGER);
  assert.equal(
    line([STRANGER, ALICE], [ALICE, BOB]),
    `* bob added ${stranger} and added anew alice and removed bob in #team`,
  );
  const none = { ...change, added: [], removed: [] };
  assert.equal(changeLine({ ...none, by: undefined }, labels), "* you are in #team now");
  assert.equal(changeLine({ ...none, active: false }, labels), "* bob removed you from #team");
});

test("what went wrong is told, with its place", () => {
  const fault = new ClientFault("undecryptable", "no key opens it");
  const at = (channelId: Uint8Array | undefined) =>
    faultLine({ fault, channelId, seq: 1n }, labels);
  assert.equal(at(TEAM.id), "! fault in #team: undecryptable: no key opens it");
  assert.equal(at(new Uint8Array(0)), "! fault: undecryptable: no key opens it");
  const refusal = {
    method: "Enqueue",
    status: Status.Forbidden,
    code: "",
    retryAfterMs: 0,
    detail: "",
  };
  const failed = { conversationId: WITH_BOB.id, contentId: id(4), error: new CallError(refusal) };
  assert.equal(
    failureLine({ ...failed, kind: "application" }, labels),
    "! a message to @bob was not taken: Forbidden (3)",
  );
  assert.equal(
    failureLine({ ...failed, kind: "welcome", conversationId: undefined }, labels),
    "! a welcome was not taken: Forbidden (3)",
  );
});

function contact(username: string, identityKey: Uint8Array, resolvedAt: number): Contact {
  return { username, identityKey, trust: "pinned", revoked: false, blocked: false, resolvedAt };
}

function received({ id: conversationId }: Conversation, body: Body) {
  const content = create(ContentSchema, { id: id(4), body });
  const sender = { sender: BOB, senderName: "bob", trust: "verified" } as const;
  return { conversationId, ...sender, content, receivedAt: 0 };
}
