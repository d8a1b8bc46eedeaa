// npm run interop: every client with every server, every client by itself, and several SDKs together.

import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { Exit, wholeNumber } from "../cli/options.ts";
import { UsageError } from "../judge/errors.ts";
import { type Builder, createBuilder } from "./build.ts";
import { type Cell, cellOfFindings, isPart, PARTS, type Part } from "./cell.ts";
import {
  type Context,
  judgeAdapter,
  judgeClient,
  judgePair,
  judgeServer,
  judgeVectors,
} from "./parts.ts";
import { type ClientPeer, clientPeers, type ServerPeer, type Step, serverPeers } from "./peers.ts";
import { isAllGreen, matrix, summaryOf } from "./table.ts";
import { gather } from "./together.ts";

const NAMES = [...new Set([...clientPeers(), ...serverPeers()].map(({ name }) => name))];

const USAGE = `Usage: npm run interop -- [options]

Builds the peers of conformance/peers into ~/.cache/quicprochat (or $QPC_PEER_CACHE), and has every client
meet every server, and the clients each other. A peer whose tools are not here is left out, and that is
said.

  --only NAME     a part or a peer, any number of times
                  (parts: ${PARTS.join(", ")}; peers: ${NAMES.join(", ")})
  --quick         leaves out the suite for servers
  --seed N        seed of the case data and of the group (default: random, and printed)
  --out FILE      writes the result as JSON as well
  --help

Exit codes: 0 all green, 1 something is red or nothing ran, 2 wrong usage.`;

const FLAGS = {
  only: { type: "string", multiple: true },
  quick: { type: "boolean", default: false },
  seed: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const seed = flags.seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", flags.seed, 0);
  const { parts, chosen } = choose(flags.only ?? [], flags.quick);
  say(`seed ${seed}`);
  const cells: Cell[] = [];
  const leftOut: string[] = [];
  const build = createBuilder(say);
  const keep = (cell: Cell): void => void cells.push(cell);
  const clients = await usable(chosen(clientPeers()), build, leftOut, keep);
  const servers = await usable(chosen(serverPeers()), build, leftOut, keep);
  for (const line of leftOut) say(`left out: ${line}`);

  const start = performance.now();
  await runParts({ clients, servers, seed, parts }, (cell) => {
    cells.push(cell);
    const at = Math.round((performance.now() - start) / 1000);
    say(`${String(at).padStart(4)} s  ${summaryOf(cell)}`);
  });
  process.stdout.write(`\n${matrix(cells)}\n`);
  for (const line of leftOut) process.stdout.write(`left out: ${line}\n`);
  if (flags.out !== undefined) {
    const document = { v: 1, seed, left_out: leftOut, cells };
    await writeFile(flags.out, `${JSON.stringify(document, null, 2)}\n`);
  }
  return isAllGreen(cells) ? Exit.AsExpected : Exit.Failure;
}

interface Plan {
  readonly clients: readonly ClientPeer[];
  readonly servers: readonly ServerPeer[];
  readonly seed: number;
  readonly parts: readonly Part[];
}

async function runParts(plan: Plan, add: (cell: Cell) => void): Promise<void> {
  const { clients, servers, seed, parts } = plan;
  const context: Context = { transport: createQuicTransport(), seed };
  if (parts.includes("pairs")) {
    for (const client of clients) {
      for (const server of servers) add(await judgePair(client, server, context));
    }
  }
  if (parts.includes("client")) for (const one of clients) add(await judgeClient(one, context));
  if (parts.includes("vectors")) for (const one of clients) add(await judgeVectors(one));
  if (parts.includes("doctor")) for (const one of clients) add(await judgeAdapter(one));
  if (parts.includes("server")) {
    for (const one of servers) if (!one.isReference) add(await judgeServer(one, context));
  }
  await gather({ ...plan, add });
}

// Parts, clients and servers are narrowed apart: a kind of which nobody is named is there as a whole.
function choose(only: readonly string[], quick: boolean) {
  const strange = only.find((name) => !isPart(name) && !NAMES.includes(name));
  if (strange !== undefined) {
    throw new UsageError(`--only ${strange}: there are ${[...PARTS, ...NAMES].join(", ")}`);
  }
  const named = only.filter(isPart);
  const parts = PARTS.filter((part) => named.length === 0 || named.includes(part));
  return {
    parts: parts.filter((part) => !(quick && part === "server")),
    chosen<P extends { readonly name: string }>(peers: readonly P[]): readonly P[] {
      const own = peers.filter(({ name }) => only.includes(name));
      return own.length === 0 ? peers : own;
    },
  };
}

/** usable builds peers and answers those that can run; one that does not build is a red cell. */
async function usable<P extends { readonly name: string; readonly build: readonly Step[] }>(
  peers: readonly P[],
  build: Builder,
  leftOut: string[],
  add: (cell: Cell) => void,
): Promise<readonly P[]> {
  const ready: P[] = [];
  for (const peer of peers) {
    const built = await build(peer.build);
    if (built.state === "ready") ready.push(peer);
    else if (built.state === "left-out") leftOut.push(`${peer.name}: ${built.why}`);
    else
      add(
        cellOfFindings(
          { part: "build", row: peer.name, column: "" },
          [{ id: "build", why: built.why }],
          0,
        ),
      );
  }
  return ready;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isOurs = !(error instanceof UsageError || error instanceof TypeError);
  say(`interop: ${isOurs ? (error as Error).stack : (error as Error).message}`);
  process.exitCode = isOurs ? Exit.Harness : Exit.Usage;
}
