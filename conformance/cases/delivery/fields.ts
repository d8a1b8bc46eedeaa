// Field rules of the six methods: one field of a good request is too short, too long or missing
// (spec/services/delivery.md, Fields).

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { CALLS, type CallRow, type Fields } from "./calls.ts";
import { deliveryCase, peeked, put, spellSeqs } from "./inbox.ts";

const KEY_LENGTHS = [0, 31, 33];
const ID_LENGTHS = [15, 17];
const POSTS = CALLS.filter(({ posts }) => posts);
const READERS = CALLS.filter(({ posts }) => !posts);

export const fieldCases: readonly Case[] = [
  ...CALLS.flatMap((row) =>
    KEY_LENGTHS.map((length) =>
      deliveryCase({
        id: `delivery.${row.name}.key-${length}-bytes`,
        rules: ["delivery.recipient-key"],
        twin: row.twin,
        sends: `${row.name} with a recipient_key of ${length} bytes`,
        expects: row.posts
          ? "BadRequest, and nothing stored for the key that it begins with"
          : "BadRequest, or a refusal because it is not the caller's key, and the inbox as before",
        checks: ["answer", "untouched"],
        errata: ["C-42", "I-24"],
        run: (t) =>
          refuse(t, row, ({ key }) => ({ recipientKey: resized(key, length) }), [
            Status.BadRequest,
            ...(row.posts ? [] : [Status.Forbidden, Status.Unauthorized]),
          ]),
      }),
    ),
  ),

  ...CALLS.flatMap((row) =>
    ID_LENGTHS.map((length) =>
      deliveryCase({
        id: `delivery.${row.name}.channel-${length}-bytes`,
        rules: ["delivery.channel-id-length"],
        twin: row.twin,
        sends: `${row.name} with a channel_id of ${length} bytes`,
        expects: "BadRequest, and the default inbox as before",
        checks: ["answer", "untouched"],
        errata: ["C-57"],
        run: (t) => refuse(t, row, () => ({ channelId: t.bytes(length) }), [Status.BadRequest]),
      }),
    ),
  ),

  ...READERS.flatMap((row) =>
    ID_LENGTHS.map((length) =>
      deliveryCase({
        id: `delivery.${row.name}.device-${length}-bytes`,
        rules: ["delivery.device-id-length"],
        twin: row.twin,
        when: { devices: ["on"] },
        sends: `${row.name} with a device_id of ${length} bytes`,
        expects: "BadRequest, and the inbox as before",
        checks: ["answer", "untouched"],
        errata: ["C-103"],
        run: (t) => refuse(t, row, () => ({ deviceId: t.bytes(length) }), [Status.BadRequest]),
      }),
    ),
  ),

  ...POSTS.flatMap((row) =>
    ID_LENGTHS.map((length) =>
      deliveryCase({
        id: `delivery.${row.name}.message-id-${length}-bytes`,
        rules: ["delivery.message-id-length"],
        twin: row.twin,
        sends: `${row.name} with a message_id of ${length} bytes`,
        expects: "BadRequest, and nothing stored",
        checks: ["answer", "untouched"],
        errata: ["C-37"],
        run: (t) => refuse(t, row, () => ({ messageId: t.bytes(length) }), [Status.BadRequest]),
      }),
    ),
  ),

  ...POSTS.map((row) =>
    deliveryCase({
      id: `delivery.${row.name}.empty-payload`,
      rules: ["delivery.payload-not-empty"],
      twin: row.twin,
      sends: `${row.name} without a payload`,
      expects: "BadRequest, and nothing stored",
      checks: ["answer", "untouched"],
      errata: ["C-105"],
      run: (t) => refuse(t, row, () => ({ payload: new Uint8Array(0) }), [Status.BadRequest]),
    }),
  ),
];

// One message lies in the inbox, so that a call which was run after all shows: it adds or removes.
async function refuse(
  t: Trial,
  row: CallRow,
  fault: (owner: User) => Fields,
  allowed: readonly Status[],
): Promise<void> {
  const [alice, bob] = [await t.user(), await t.user()];
  await put(alice, bob, "before");
  const answer = await row.send(row.posts ? alice : bob, bob.key, fault(bob));
  t.refused(answer, allowed);
  const left = await peeked(bob);
  t.check("untouched", left.length === 1, { expected: "the one message", got: spellSeqs(left) });
}

function resized(key: Uint8Array, length: number): Uint8Array {
  return Buffer.concat([key, Buffer.alloc(1)]).subarray(0, length);
}
