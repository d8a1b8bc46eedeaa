// Status codes that nobody may send: a client takes them for Internal (spec/status.md; C-09).

import { isStatus, Status } from "../../../src/registry/statuses.ts";
import { show } from "../../adapter/protocol.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { SdkReply } from "../../client/sdk.ts";
import { EMPTY, HEALTHY } from "../frames.ts";
import { ask, openScene } from "../scene.ts";

/** Codes that stand for themselves: the reserved ones, the next ones, and both sides of each power of two. */
const TELLING = [
  ...[6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31],
  ...[32, 63, 64, 127, 128, 129, 200, 254, 255],
];

const REST = [...Array(256).keys()].filter((code) => !isStatus(code) && !TELLING.includes(code));

export const unassignedCases: readonly ClientCase[] = [
  ...TELLING.map((code) =>
    defineClientCase({
      id: `client-status.unassigned.${code}`,
      rules: ["status.client-unassigned"],
      sends: `status ${code}, which nobody assigned, without a payload and with one`,
      expects: "an answer that counts as Internal, both times; the connection lives on",
      checks: ["answer", "with-payload", "connection-lives"],
      errata: ["C-09"],
      async run(t) {
        const scene = await openScene(t);
        const expected = `status ${code}, treated as Internal, or Internal`;
        const bare = await ask(scene);
        await bare.call.answer(code);
        const reply = await bare.reply;
        t.check("answer", isInternal(reply, code), { expected, got: show(reply) });
        const full = await ask(scene);
        await full.call.answer(code, HEALTHY);
        const second = await full.reply;
        t.check("with-payload", isInternal(second, code), { expected, got: show(second) });
        await t.connectionLives(scene.sdk, scene.server);
      },
    }),
  ),

  defineClientCase({
    id: "client-status.unassigned.all-others",
    rules: ["status.client-unassigned"],
    sends: `each of the ${REST.length} other codes that nobody assigned`,
    expects: "answers that count as Internal, all on one connection",
    checks: ["answer", "connection-lives"],
    errata: ["C-09"],
    async run(t) {
      const scene = await openScene(t);
      const strange: string[] = [];
      for (const code of REST) {
        const { reply, call } = await ask(scene);
        await call.answer(code, code % 2 === 0 ? EMPTY : HEALTHY);
        const got = await reply;
        if (!isInternal(got, code)) strange.push(`${code}: ${show(got)}`);
        if ("err" in got) break;
      }
      const expected = "each code, treated as Internal, or Internal";
      t.check("answer", strange.length === 0, { expected, got: strange.slice(0, 4).join("; ") });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  defineClientCase({
    id: "client-status.unassigned.undecodable-payload",
    rules: ["status.client-unassigned", "status.client-error-detail"],
    sends: "status 42 with a payload that is no message",
    expects: "an answer that counts as Internal; the connection lives on",
    checks: ["answer", "connection-lives"],
    errata: ["C-09", "C-11"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene);
      await call.answer(42, hex("0a7f00"));
      const got = await reply;
      const expected = "status 42, treated as Internal, or Internal";
      t.check("answer", isInternal(got, 42), { expected, got: show(got) });
      await t.connectionLives(scene.sdk, scene.server);
    },
  }),

  defineClientCase({
    id: "client-status.unassigned.three-at-once",
    rules: ["status.client-unassigned", "status.stream-isolation"],
    sends: "status 6, 7 and 12 to three of four calls at once, then Ok to the last",
    expects: "three answers that count as Internal, and an Ok",
    checks: ["answer", "ok"],
    errata: ["C-09"],
    async run(t) {
      const scene = await openScene(t);
      const codes = [6, 7, 12];
      const asked = [await ask(scene), await ask(scene), await ask(scene)];
      const last = await ask(scene);
      for (const [at, { call }] of asked.entries()) await call.answer(codes[at] as number);
      const replies = await Promise.all(asked.map(async ({ reply }) => reply));
      const fits = replies.every((got, at) => isInternal(got, codes[at] as number));
      const expected = "6, 7, 12, treated as Internal, or Internal";
      t.check("answer", fits, { expected, got: show(replies) });
      await last.call.answer(Status.Ok, HEALTHY);
      t.answered(await last.reply, Status.Ok, HEALTHY, "ok");
    },
  }),
];

/** isInternal: the code as it came, not treated as anything but Internal, or Internal itself. */
function isInternal(reply: SdkReply, code: number): boolean {
  if (!("ok" in reply)) return false;
  const { status, treat_as: treated = Status.Internal } = reply.ok;
  return (status === code || status === Status.Internal) && treated === Status.Internal;
}
