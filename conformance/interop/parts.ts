// The parts of the run that are whole suites: pairs, clients, vectors, servers.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { QuicTransport } from "../../src/transport/transport.ts";
import { TOPICS } from "../../vectors/load.ts";
import { stdioChannel } from "../adapter/channel.ts";
import { examine } from "../adapter/doctor.ts";
import { plansOf } from "../adapter/plan/plans.ts";
import { runVectors } from "../adapter/run-vectors.ts";
import { openSession } from "../adapter/session.ts";
import { openClient } from "../cli/client.ts";
import { quote } from "../cli/running.ts";
import { launchOf } from "../cli/subject.ts";
import { runClients } from "../client/run.ts";
import { ALL_CLIENT_CASES } from "../client-cases/all.ts";
import { HarnessError } from "../judge/errors.ts";
import type { CaseResult } from "../judge/verdict.ts";
import { ALL_PAIR_CASES } from "../pair/cases/all.ts";
import { runPair } from "../pair/run.ts";
import { type Results, SPEC_VERSION, SUITE_VERSION } from "../report/results.ts";
import { type Cell, cellOfFindings, cellOfResults } from "./cell.ts";
import type { ClientPeer, ServerPeer } from "./peers.ts";

export interface Context {
  readonly transport: QuicTransport;
  readonly seed: number;
}

const PARALLEL = 4;
const VECTOR_MS = 60_000;
const DOCTOR_MS = 30_000;

/** judgePair has a client and a server meet. */
export function judgePair(client: ClientPeer, server: ServerPeer, context: Context): Promise<Cell> {
  const place = { part: "pairs", row: client.name, column: server.name } as const;
  return timed(place, async () => {
    const side = server.isReference ? "--reference" : `--server ${quote(String(server.command))}`;
    const { results } = await runPair({
      ...context,
      cases: ALL_PAIR_CASES,
      client: stdioChannel(client.command),
      server: await launchOf(server.command),
      parallel: PARALLEL,
      timeoutScale: 1,
      repro: (id) =>
        `npx qpc-conformance both --client ${quote(client.command)} ${side} --run ${id}`,
      onResult: () => {},
    });
    return results;
  });
}

/** judgeClient runs the suite for clients. */
export function judgeClient(client: ClientPeer, context: Context): Promise<Cell> {
  return timed({ part: "client", row: client.name, column: "" }, async () => {
    const { results } = await runClients({
      ...context,
      cases: ALL_CLIENT_CASES.filter(({ tier }) => tier !== "full"),
      session: await openClient(stdioChannel(client.command)),
      parallel: PARALLEL,
      timeoutScale: 1,
      mutantsOf: () => [],
      repro: (id) => `npx qpc-conformance client --command ${quote(client.command)} --run ${id}`,
      onResult: () => {},
    });
    return results;
  });
}

/** judgeVectors puts every golden vector to a client. */
export function judgeVectors(client: ClientPeer): Promise<Cell> {
  return timed({ part: "vectors", row: client.name, column: "" }, async () => {
    const versions = { suite: SUITE_VERSION, spec: SPEC_VERSION };
    const options = { ...versions, timeout: VECTOR_MS };
    const session = await openSession(stdioChannel(client.command), options);
    const repro = () => `npx qpc-conformance vectors --command ${quote(client.command)}`;
    const { results } = await runVectors(session, plansOf(TOPICS), { repro, onResult: () => {} });
    return results;
  });
}

/** judgeAdapter asks the doctor whether an adapter is sound; what it could not try is no matter. */
export async function judgeAdapter({ name, command }: ClientPeer): Promise<Cell> {
  const start = performance.now();
  const versions = { suite: SUITE_VERSION, spec: SPEC_VERSION };
  const examined = await examine(stdioChannel(command), { ...versions, timeout: DOCTOR_MS });
  const skipped = examined.filter(({ verdict }) => verdict === "skipped").length;
  const findings = examined
    .filter(({ verdict }) => verdict !== "skipped")
    .map(({ check, verdict, found }) => ({
      id: `doctor.${check.replaceAll(" ", "-")}`,
      why: verdict === "wrong" ? found : undefined,
    }));
  const place = { part: "doctor", row: name, column: "" } as const;
  return { ...cellOfFindings(place, findings, performance.now() - start), unsupported: skipped };
}

const JUDGE = fileURLToPath(new URL("../qpc-conformance.js", import.meta.url));

/** judgeServer runs the suite for servers, in a process of its own. */
export function judgeServer({ name, command }: ServerPeer, { seed }: Context): Promise<Cell> {
  return timed({ part: "server", row: name, column: "" }, async () => {
    const out = await mkdtemp(join(tmpdir(), "qpc-interop-"));
    try {
      const where = ["--reporter", "json", "--out", out, "--seed", String(seed)];
      await finished([JUDGE, "server", "--command", String(command), ...where]);
      const document = JSON.parse(await readFile(join(out, "results.json"), "utf8")) as Results;
      return document.cases;
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  });
}

function finished(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code) => {
      // 1 is a red case, 5 one that was left open; the report tells of both.
      if (code === 0 || code === 1 || code === 5 || code === 6) resolve();
      else reject(new HarnessError(`${args.slice(1, 4).join(" ")}: exit code ${code}`));
    });
  });
}

type Place = Pick<Cell, "part" | "row" | "column">;

/** timed turns a part that cannot even run into a red one. */
async function timed(place: Place, work: () => Promise<readonly CaseResult[]>): Promise<Cell> {
  const start = performance.now();
  try {
    return cellOfResults(place, await work(), performance.now() - start);
  } catch (error) {
    const red = [{ id: "run", why: (error as Error).message }];
    const ms = Math.round(performance.now() - start);
    return { ...place, passed: 0, total: 1, unsupported: 0, red, ms };
  }
}
