// What a restart, a crash and a day leave of blobs (spec/services/blob.md; C-65, I-17, I-25).

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import {
  blobCase,
  contentOf,
  holdsRange,
  isHeld,
  PIECE,
  put,
  range,
  send,
  sendWhole,
  withId,
} from "./steps.ts";

const HOUR = 3_600_000;

const LEFT = {
  rules: ["blob.upload", "blob.download", "blob.gap"],
  expects:
    "the upload goes on where it stood and becomes complete; both blobs are there with their type; " +
    "the repeated upload is complete",
  checks: [
    "answer",
    "resumed",
    "gap",
    "last",
    "resumed-bytes",
    "complete-bytes",
    "empty",
    "repeated",
  ],
  errata: ["I-17", "I-25"],
} as const;

const SENDS = "a blob, the empty blob, and two thirds of another";

export const lastingCases: readonly Case[] = [
  blobCase({
    id: "blob.restart.hook",
    ...LEFT,
    twin: "blob.upload.resumed",
    hooks: ["restart"],
    sends: `${SENDS}; a restart`,
    run: (t) => outlives(t, () => t.hook("restart")),
  }),

  blobCase({
    id: "blob.restart.kill",
    ...LEFT,
    twin: "blob.upload.resumed",
    needs: "own-server",
    sends: `${SENDS}; SIGKILL, and a new start`,
    run: (t) => outlives(t, () => t.kill()),
  }),

  blobCase({
    id: "blob.partial.24-hours",
    rules: ["blob.partial-lifetime", "blob.gap"],
    twin: "blob.upload.resumed",
    hooks: ["clock.advance"],
    sends:
      "half of a blob; 23 hours later a quarter; 25 hours later the last quarter, then all of it",
    expects: "three quarters received; BadRequest, for the upload was dropped; then complete",
    checks: ["before", "answer", "fresh"],
    errata: ["I-17"],
    async run(t) {
      const alice = await t.user();
      const content = contentOf(t, alice, 4 * PIECE);
      await put(alice, content, 2 * PIECE);
      await t.hook("clock.advance", 23 * HOUR);
      const before = await t.logIn(alice.account);
      const third = await send(before, content, 2 * PIECE, 3 * PIECE);
      isHeld(t, "before", third, content, 3 * PIECE);
      // A lifetime may as well be counted from the newest chunk.
      await t.hook("clock.advance", 25 * HOUR);
      const after = await t.logIn(alice.account);
      const last = await send(after, content, 3 * PIECE, 4 * PIECE);
      t.refused(last, Status.BadRequest);
      isHeld(t, "fresh", await sendWhole(after, content), content, 4 * PIECE);
    },
  }),
];

async function outlives(t: Trial, restart: () => Promise<void>): Promise<void> {
  const [alice, bob] = [await t.user(), await t.user()];
  const complete = contentOf(t, alice, 2 * PIECE, "complete");
  const begun = contentOf(t, alice, 3 * PIECE, "begun");
  const empty = withId(new Uint8Array(0));
  t.status(await sendWhole(alice, complete, { mimeType: "text/plain" }), Status.Ok);
  await sendWhole(alice, empty);
  await put(alice, begun, 2 * PIECE);
  await restart();

  const [owner, other] = [await t.logIn(alice.account), await t.logIn(bob.account)];
  isHeld(t, "resumed", await send(owner, begun, 0, PIECE), begun, 2 * PIECE);
  t.refused(await send(owner, begun, 2 * PIECE + 1, 3 * PIECE), Status.BadRequest, "gap");
  isHeld(t, "last", await send(owner, begun, 2 * PIECE, 3 * PIECE), begun, 3 * PIECE);
  holdsRange(t, "resumed-bytes", await range(other, begun), begun);
  holdsRange(t, "complete-bytes", await range(other, complete), complete);
  holdsRange(t, "empty", await range(other, empty), empty);
  isHeld(t, "repeated", await send(owner, complete, 0, PIECE), complete, 2 * PIECE);
}
