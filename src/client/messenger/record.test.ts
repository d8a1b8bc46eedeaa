// Reading the record of a group from a server that may answer anything (spec/services/group.md).

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { GroupMemberSchema } from "../../gen/qpc/v1/group_pb.ts";
import { GroupService } from "../../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../registry/limits.ts";
import { answering } from "../contract/reference.ts";
import { recordMembers } from "./record.ts";

const GROUP = new Uint8Array(32).fill(7);
const MOST = LIMITS.groupMembers.value;

test("the pages of a record are read to the end", async () => {
  const keys = Array.from({ length: MOST }, (_, n) => keyOf(n + 1));
  const after = (key: Uint8Array) => keys.findIndex((other) => Buffer.compare(other, key) > 0);
  const members = await membersBy((key) => {
    const start = after(key);
    return start < 0 ? [] : keys.slice(start, start + 300);
  });
  assert.deepEqual(members, keys);
});

test("a record that cannot be right is no answer", async () => {
  let last = 0;
  const lies = {
    "the same page for ever": () => [keyOf(1), keyOf(2)],
    "a key twice": once(keyOf(1), keyOf(1)),
    "keys that descend": once(keyOf(2), keyOf(1)),
    "ever more members": () => [keyOf(++last)],
    "more members in one page": () => Array.from({ length: MOST + 1 }, () => keyOf(++last)),
    "a key of another length": once(new Uint8Array(33)),
    "no key": once(new Uint8Array(0)),
  };
  for (const [lie, page] of Object.entries(lies)) {
    last = 0;
    assert.equal(await membersBy(page), undefined, lie);
  }
});

function once(...keys: readonly Uint8Array[]) {
  return (afterKey: Uint8Array) => (afterKey.length === 0 ? keys : []);
}

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, number);
  return key;
}

function membersBy(page: (afterKey: Uint8Array) => readonly Uint8Array[]) {
  let calls = 0;
  const nothing = {
    call: () => assert.fail("only the record is asked for"),
    events: () => assert.fail("no events are asked for"),
    lostEvents: () => 0,
  };
  const caller = answering(nothing, GroupService.method.listGroupMembers, ({ afterKey }) => {
    assert.ok(++calls <= MOST + 1, "asked for ever");
    const members = page(afterKey).map((identityKey) => create(GroupMemberSchema, { identityKey }));
    return { members };
  });
  return recordMembers({ link: { caller } }, GROUP);
}
