// What the tests of the judge share: cases made up for one test, and a run of them in memory.

import assert from "node:assert/strict";
import { defaultProfile } from "../../src/registry/profile.ts";
import { createMemoryTransport } from "../../src/transport/memory.ts";
import type { QuicServer } from "../../src/transport/transport.ts";
import { type Case, type CaseSpec, defineCase } from "./case.ts";
import { type Plan, runPlan } from "./run.ts";
import type { Subject } from "./subject.ts";
import type { Trial } from "./trial.ts";
import type { CaseResult } from "./verdict.ts";

/** Deed is what a case does. */
export type Deed = (t: Trial) => Promise<void> | void;

/** GOOD is evidence of nothing. */
export const GOOD = { expected: "this", got: "that" };

/** fakeCase is a case of one Health rule with the id and the deeds that a test wants. */
export function fakeCase(id: string, run: Deed, spec: Partial<CaseSpec> = {}): Case {
  return defineCase({
    id,
    rules: ["health.no-session"],
    sends: "nothing",
    expects: "nothing",
    run: async (t) => run(t),
    ...spec,
  });
}

/** Setting is what a test changes about the run. */
export interface Setting extends Partial<Pick<Plan, "overrides">> {
  readonly declaration?: Subject["declaration"];
  readonly subject?: Partial<Subject>;
}

/** judgeOne judges a case that is alone. */
export async function judgeOne(spec: Case, setting?: Setting): Promise<CaseResult> {
  const [result] = await judge([spec], setting);
  assert.ok(result);
  return result;
}

/** judge runs cases against a server in memory that answers Ok to everything; 150 ms for each case. */
export async function judge(
  cases: readonly Case[],
  { declaration, overrides = {}, subject = {} }: Setting = {},
): Promise<readonly CaseResult[]> {
  const transport = createMemoryTransport();
  const server = await transport.listen({
    host: "127.0.0.1",
    port: 0,
    certPem: "",
    keyPem: "",
    alpn: ["qpc"],
    idleTimeoutMs: 0,
    maxBidiStreams: 100,
  });
  void answerAll(server);
  const outcome = await runPlan({
    cases,
    transport,
    running: { ...RUNNING, port: server.port, declaration, ...subject },
    overrides,
    defaults: defaultProfile(),
    seed: 1,
    parallel: 4,
    timeoutScale: 0.005,
    mutantsOf: () => [],
    repro: (id) => id,
    onResult: () => {},
    onNote: () => {},
  });
  await server.close(0);
  return outcome.results;
}

const RUNNING: Omit<Subject, "port"> = {
  host: "127.0.0.1",
  caPem: undefined,
  serverName: "localhost",
  declaration: undefined,
  limits: {},
  admin: undefined,
  operatorToken: undefined,
  dataDir: undefined,
  hook: async () => {},
  federation: undefined,
  kill: async () => {},
  startAgain: async () => {},
  terminate: () => {},
  exited: async () => 0,
  isAlive: () => true,
  peakMemory: () => undefined,
  stderr: () => "",
  stop: async () => {},
};

// Any request is answered Ok, without payload.
async function answerAll(server: QuicServer): Promise<void> {
  for await (const connection of server.connections()) {
    void (async () => {
      for await (const stream of connection.acceptBidi()) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of stream.chunks()) chunks.push(chunk);
        const response = Buffer.alloc(9);
        Buffer.concat(chunks).copy(response, 1, 2, 6);
        await stream.finish(response);
      }
    })();
  }
}
