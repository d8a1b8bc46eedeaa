// Key rotation (413): an event for the others, and their number (spec/services/group.md; C-60).

import { MembershipChange } from "../../../src/gen/qpc/v1/push_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { groupCase, groupOf } from "../channel/steps.ts";
import { put } from "../delivery/inbox.ts";
import { changeArrives, changesOf } from "../events/membership-events.ts";
import { announcement } from "../events/received.ts";
import { removed, rotation } from "./steps.ts";

const { KEYS_ROTATED } = MembershipChange;
const PUSH = { features: ["push"], when: { push: ["on"] } } as const;

export const rotateCases: readonly Case[] = [
  groupCase({
    id: "group.notified.others",
    rules: ["group.notified"],
    sends: "RotateKeys by one of three members",
    expects: "Ok with notified = 2",
    checks: ["answer", "notified"],
    tier: "smoke",
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      const answer = await rotation(bob, groupId);
      t.status(answer, Status.Ok);
      isNotified(t, "notified", answer.message().notified, 2);
    },
  }),

  groupCase({
    id: "group.notified.changes",
    rules: ["group.notified"],
    sends: "RotateKeys before and after the removal of the one other member",
    expects: "notified = 1, then 0",
    checks: ["before", "alone"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob);
      isNotified(t, "before", await rotated(alice, groupId), 1);
      await removed(alice, groupId, bob);
      isNotified(t, "alone", await rotated(alice, groupId), 0);
    },
  }),

  groupCase({
    id: "group.rotate.event",
    rules: ["group.rotate", "events.membership"],
    ...PUSH,
    sends: "RotateKeys by one of three members",
    expects: "event 1003 with KEYS_ROTATED and no key for the two others",
    checks: ["bob", "carol"],
    errata: ["C-60"],
    async run(t) {
      const [alice, bob, carol] = [await t.user(), await t.user(), await t.user()];
      const { groupId } = await groupOf(alice, bob, carol);
      await rotated(alice, groupId);
      const event = { groupId, memberKey: new Uint8Array(0), change: KEYS_ROTATED };
      await changeArrives(t, "bob", bob.peer, event);
      await changeArrives(t, "carol", carol.peer, event);
    },
  }),

  groupCase({
    id: "group.rotate.not-to-caller",
    rules: ["group.rotate"],
    ...PUSH,
    sends: "RotateKeys by a member; a stranger and a removed member are connected too",
    expects: "the event for the other member alone",
    checks: ["bob", "caller", "removed", "stranger"],
    errata: ["C-60"],
    async run(t) {
      const [alice, bob, carol, dave] = [
        await t.user(),
        await t.user(),
        await t.user(),
        await t.user(),
      ];
      const { groupId } = await groupOf(alice, bob, carol);
      await removed(alice, groupId, carol);
      await rotated(alice, groupId);
      const event = { groupId, memberKey: new Uint8Array(0), change: KEYS_ROTATED };
      await changeArrives(t, "bob", bob.peer, event);
      await noneCame(t, "caller", alice, bob, groupId);
      await noneCame(t, "removed", carol, bob, groupId);
      await noneCame(t, "stranger", dave, bob, groupId);
    },
  }),
];

async function rotated(user: User, groupId: Uint8Array): Promise<number> {
  const answer = await rotation(user, groupId);
  demandOk(answer, "RotateKeys");
  return answer.message().notified;
}

function isNotified(t: Trial, check: string, got: number, expected: number): void {
  t.check(check, got === expected, { expected: `notified ${expected}`, got: `${got}` });
}

// What was sent before a later event has arrived when that has.
async function noneCame(
  t: Trial,
  check: string,
  user: User,
  sender: User,
  groupId: Uint8Array,
): Promise<void> {
  const { seq } = await put(sender, user, "marker");
  await announcement(t, user.peer, user.key, seq);
  const rotations = changesOf(t, user.peer, groupId).filter(
    ({ change }) => change === KEYS_ROTATED,
  );
  t.check(check, rotations.length === 0, { expected: "no event", got: `${rotations.length}` });
}
