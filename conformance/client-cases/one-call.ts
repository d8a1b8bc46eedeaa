// The shape of most cases of a client: one call, one answer that is wrong in one way, and the question
// whether the connection lives on.

import type { RuleSlug } from "../../src/registry/rules.ts";
import type { ErrorClass } from "../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../client/case.ts";
import type { HostileCall } from "../hostile/call.ts";
import { type AskOptions, ask, openScene, type Scene } from "./scene.ts";

export interface RefusedAnswer {
  readonly id: string;
  readonly rules: readonly [RuleSlug, ...RuleSlug[]];
  readonly sends: string;
  readonly expects: string;
  readonly twin: string;
  readonly errata?: readonly string[];
  readonly request?: AskOptions;
  /** answer is what the server does about the request. */
  readonly answer: (call: HostileCall, scene: Scene) => void | Promise<void>;
  readonly classes: ErrorClass | readonly ErrorClass[];
}

/** refusedAnswer is a case whose call must fail with one of the classes, while the connection lives. */
export function refusedAnswer(spec: RefusedAnswer): ClientCase {
  const { id, rules, sends, twin, errata = [] } = spec;
  return defineClientCase({
    id,
    rules,
    sends,
    expects: `${spec.expects}; the connection lives on`,
    twin,
    errata,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene, spec.request);
      await spec.answer(call, scene);
      t.refused(await reply, spec.classes);
      await t.connectionLives(scene.sdk, scene.server);
    },
  });
}

export interface TakenAnswer extends Omit<RefusedAnswer, "twin" | "classes"> {
  readonly twin?: string;
  readonly status: number;
  /** Payload that the SDK must hand out; not looked at when absent. */
  readonly body?: Uint8Array;
}

/** takenAnswer is a case whose call must end with a status, whatever it looked like on the way. */
export function takenAnswer(spec: TakenAnswer): ClientCase {
  const { id, rules, sends, expects, twin, errata = [] } = spec;
  return defineClientCase({
    id,
    rules,
    sends,
    expects: `${expects}; the connection lives on`,
    ...(twin !== undefined && { twin }),
    errata,
    checks: ["answer", "connection-lives"],
    async run(t) {
      const scene = await openScene(t);
      const { reply, call } = await ask(scene, spec.request);
      await spec.answer(call, scene);
      t.answered(await reply, spec.status, spec.body);
      await t.connectionLives(scene.sdk, scene.server);
    },
  });
}
