// Payloads that are no messages (spec/client/client.md, Payloads).

import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { directRoom, OPS, refusedInInbox, talks } from "../room.ts";

const NOTHING = new Uint8Array(0);
const BROKEN: readonly ErrorClass[] = ["msg.decode", "mls.reject", "hybrid.auth", "hybrid.version"];

const GARBAGE = [
  { id: "first-byte-2", sends: "a payload that begins with 02", bytes: Uint8Array.of(2, 1, 2, 3) },
  { id: "first-byte-ff", sends: "a payload of ff", bytes: new Uint8Array(40).fill(0xff) },
  { id: "text", sends: "a payload of plain text", bytes: new TextEncoder().encode("hello Alice") },
  { id: "one-zero", sends: "a payload of one zero byte", bytes: Uint8Array.of(0) },
  {
    id: "mls-header-alone",
    sends: "version and wire format of a PrivateMessage, and nothing behind them",
    bytes: Uint8Array.of(0, 1, 0, 2),
  },
  {
    id: "mls-version-2",
    sends: "an MLSMessage of version 2",
    bytes: Uint8Array.of(0, 2, 0, 2, 0, 0, 0, 0),
  },
  {
    id: "mls-unknown-format",
    sends: "an MLSMessage of wire format 9",
    bytes: Uint8Array.of(0, 1, 0, 9, 0, 0, 0, 0),
  },
  {
    id: "mls-length-beyond",
    sends: "a PrivateMessage whose group ID is longer than the payload",
    bytes: Uint8Array.of(0, 1, 0, 2, 0xbf, 0xff, 0xff, 0xff, 1, 2, 3),
  },
] as const;

export const garbageCases: readonly ClientCase[] = GARBAGE.flatMap(({ id, sends, bytes }) =>
  (["channel", "default-queue"] as const).map((where) =>
    defineClientCase({
      id: `client-delivery.garbage.${id}-${where}`,
      rules: ["client.faults", "client.payload"],
      sends: `${sends} on the ${where.replace("-", " ")}, then a good message`,
      expects: "the good message, a fault, and an answer that Bob reads",
      checks: ["shown", "fault", "honest-afterwards"],
      twin: "client-envelope.sealed.honest",
      ops: OPS.talk,
      async run(trial) {
        const room = await directRoom(trial);
        const channel = where === "channel" ? room.channel : NOTHING;
        room.world.enqueue(room.aliceKey, channel, bytes);
        await refusedInInbox(room, BROKEN);
        await talks(room);
      },
    }),
  ),
);
