// The reference server and its mutants.

import { fileURLToPath } from "node:url";
import { defaultProfile } from "../../src/registry/profile.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { ALL_MUTANTS } from "../broken/all.ts";
import { MUTANT_VARIABLE } from "../broken/mutant.ts";
import { ALL_CASES } from "../cases/all.ts";
import type { Case } from "../judge/case.ts";
import { runPlan } from "../judge/run.ts";
import { withTwins } from "../judge/select.ts";
import type { Launch } from "../judge/subject.ts";
import type { Side } from "./selftest.ts";
import { launchOf, REFERENCE } from "./subject.ts";

const HOOK = fileURLToPath(new URL("../broken/hook.ts", import.meta.url));

/** sideOf answers the side of servers. */
export function sideOf(seed: number): Side {
  async function run(launch: Launch, cases: readonly Case[], parallel: number) {
    const { results } = await runPlan({
      cases,
      transport: createQuicTransport(),
      launch,
      overrides: {},
      defaults: defaultProfile(),
      seed,
      parallel,
      timeoutScale: 1,
      mutantsOf: () => [],
      repro: (id) => `npx qpc-conformance server --reference --run ${id} --seed ${seed}`,
      onResult: () => {},
      onNote: (note) => process.stdout.write(`${note}\n`),
    });
    return results;
  }
  return {
    name: "server",
    cases: ALL_CASES,
    mutants: ALL_MUTANTS,
    intact: async () => run(await launchOf(REFERENCE), ALL_CASES, 8),
    async mutated(mutant, ids) {
      const [program, ...args] = REFERENCE;
      const launch = await launchOf([program, "--import", HOOK, ...args], {
        [MUTANT_VARIABLE]: JSON.stringify(mutant),
      });
      const named = ALL_CASES.filter(({ id }) => ids.includes(id));
      return run(launch, withTwins(named, ALL_CASES), 4);
    },
  };
}
