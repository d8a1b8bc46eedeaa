// The client of this repository behind its adapter, and its mutants.

import { fileURLToPath } from "node:url";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { type OpenChannel, stdioChannel } from "../adapter/channel.ts";
import { MUTANT_VARIABLE } from "../broken/mutant.ts";
import { ALL_CLIENT_MUTANTS } from "../broken-clients/all.ts";
import type { ClientCase } from "../client/case.ts";
import { runClients } from "../client/run.ts";
import { ALL_CLIENT_CASES } from "../client-cases/all.ts";
import { withTwins } from "../judge/select.ts";
import { openClient } from "./client.ts";
import type { Side } from "./selftest.ts";

const HOOK = fileURLToPath(new URL("../broken/hook.ts", import.meta.url));
const ADAPTER = fileURLToPath(new URL("../peers/typescript/adapter.ts", import.meta.url));

/** sideOf answers the side of clients. */
export function sideOf(seed: number): Side {
  async function run(open: OpenChannel, cases: readonly ClientCase[]) {
    const { results, notes } = await runClients({
      cases,
      session: await openClient(open),
      transport: createQuicTransport(),
      seed,
      parallel: 4,
      timeoutScale: 1,
      mutantsOf: () => [],
      repro: (id) => `npx qpc-conformance client --command 'node ${ADAPTER}' --run ${id}`,
      onResult: () => {},
    });
    for (const note of notes) process.stdout.write(`${note}\n`);
    return results;
  }
  return {
    name: "client",
    cases: ALL_CLIENT_CASES,
    mutants: ALL_CLIENT_MUTANTS,
    intact: () => run(stdioChannel([process.execPath, ADAPTER]), ALL_CLIENT_CASES),
    mutated(mutant, ids) {
      const env = { [MUTANT_VARIABLE]: JSON.stringify(mutant) };
      const named = ALL_CLIENT_CASES.filter(({ id }) => ids.includes(id));
      const open = stdioChannel([process.execPath, "--import", HOOK, ADAPTER], env);
      return run(open, withTwins(named, ALL_CLIENT_CASES));
    },
  };
}
