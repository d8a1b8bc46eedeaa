// What a client sends when an answer was lost: a method that is not idempotent is never called again on
// its own (spec/methods.md, Rules), and nobody calls at once again who was told to wait (spec/status.md).

import { METHODS } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { hex } from "../../cases/bytes.ts";
import { kebab } from "../../cases/requests.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { HostileCall } from "../../hostile/call.ts";
import { NoAnswer } from "../../judge/errors.ts";
import { EMPTY, HEALTHY } from "../frames.ts";
import { sampleOf } from "../messages.ts";
import { ask, openScene, PATIENT_MS, type Scene, SHORT_MS } from "../scene.ts";

/** Long enough for a client that repeats a call without waiting. */
const REPEAT_MS = 150;

const ONCE = METHODS.filter(({ idempotent }) => !idempotent);

/** Ways to lose the answer to a call that took effect. */
const LOSSES: readonly (readonly [string, string, ErrorClass, (call: HostileCall) => void])[] = [
  ["reset", "RESET_STREAM", "stream.reset", (call) => call.reset(Status.Internal)],
  ["silence", "nothing until the time of the call is over", "deadline", () => {}],
];

export const repeatCases: readonly ClientCase[] = [
  ...ONCE.flatMap(({ id, name, input }) =>
    LOSSES.map(([slug, what, wanted, lose]) =>
      defineClientCase({
        id: `client-calls.once.${kebab(name)}-${slug}`,
        rules: ["methods.client-retry"],
        sends: `${what} to ${name}, which is not idempotent`,
        expects: `${wanted}, and no second request`,
        twin: `client-calls.${kebab(name)}.ok`,
        checks: ["answer", "once"],
        errata: ["I-01"],
        async run(t) {
          const scene = await openScene(t);
          const timeoutMs = slug === "silence" ? SHORT_MS : PATIENT_MS;
          const { reply, call } = await ask(scene, {
            ...{ method: id, body: sampleOf(input.name), timeoutMs },
          });
          lose(call);
          t.refused(await reply, wanted);
          const again = await noCall(scene);
          t.check("once", again === undefined, { expected: "no more calls", got: `${again}` });
        },
      }),
    ),
  ),

  ...[
    ["rate-limited-hint", Status.RateLimited, "10b817", "RateLimited, retry_after_ms 3000"],
    ["rate-limited", Status.RateLimited, "", "RateLimited without a hint"],
    ["unavailable-hint", Status.Unavailable, "10b817", "Unavailable, retry_after_ms 3000"],
  ].map(([slug, status, detail, what]) =>
    defineClientCase({
      id: `client-calls.backoff.${slug}`,
      rules: ["status.client-backoff"],
      sends: `${what} to Health`,
      expects: "the status, and no second request at once",
      checks: ["answer", "once", "connection-lives"],
      async run(t) {
        const scene = await openScene(t);
        const { reply, call } = await ask(scene);
        await call.answer(status as number, hex(detail as string));
        t.answered(await reply, status as number);
        const again = await noCall(scene);
        t.check("once", again === undefined, { expected: "no more calls", got: `${again}` });
        await t.connectionLives(scene.sdk, scene.server);
      },
    }),
  ),

  defineClientCase({
    id: "client-calls.once.answered",
    rules: ["methods.client-retry", "transport.stream-per-call"],
    sends: "Ok to a call",
    expects: "Ok, and no second request",
    checks: ["answer", "once"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene, { body: EMPTY });
      await call.answer(Status.Ok, HEALTHY);
      t.answered(await reply, Status.Ok, HEALTHY);
      const again = await noCall(scene);
      t.check("once", again === undefined, { expected: "no more calls", got: `${again}` });
    },
  }),
];

/** noCall answers what call came after all. */
async function noCall({ server }: Scene): Promise<string | undefined> {
  try {
    const { method } = await server.call(REPEAT_MS);
    return `a call of method ${method}`;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}
