// qpc-conformance: finds the command, turns errors into exit codes.

import { HarnessError, SubjectUnusable, UsageError } from "../judge/errors.ts";
import { Exit } from "./options.ts";

const USAGE = `qpc-conformance: judges implementations of the qpc protocol

Usage: qpc-conformance COMMAND [options]     (COMMAND --help says more)

  server     test a server: --reference, --command CMD, or --target HOST:PORT
  client     test a client SDK through its adapter
  both       a client and a server together: --client CMD, and --server CMD or --reference
  vectors    golden vectors against a client's adapter; vectors export DIR copies them
  doctor     is a client's adapter sound?
  list       the cases; with --requirements the ledger of all rules
  matrix     who may call what: every method called by every kind of caller
  explain    a rule, a case or an erratum in full
  compare    two reports: same cases, same verdicts?
  selftest   prove the suite: every mutant of the reference server, or client, must be caught

Exit codes: 0 all as expected, 1 a deviation, 2 wrong usage or configuration, 3 the subject could not
be started or reached, 4 a stale baseline, 5 nothing ran or nothing conclusive, 6 a fault of the suite,
130 interrupted.`;

type Command = (argv: readonly string[]) => Promise<number>;

// Loaded on demand: listing and explaining must work where QUIC does not.
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  server: async () => (await import("./server.ts")).serverCommand,
  both: async () => (await import("./both.ts")).bothCommand,
  client: async () => (await import("./client.ts")).clientCommand,
  list: async () => (await import("./list.ts")).listCommand,
  matrix: async () => (await import("./matrix.ts")).matrixCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  compare: async () => (await import("./compare.ts")).compareCommand,
  selftest: async () => (await import("./selftest.ts")).selftestCommand,
  vectors: async () => (await import("./vectors.ts")).vectorsCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
};

/** main answers the exit code. */
export async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "help") {
    process.stdout.write(`${USAGE}\n`);
    return name === undefined ? Exit.Usage : Exit.AsExpected;
  }
  const strayErrors = watchStrayErrors();
  try {
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) {
      throw new UsageError(`${name} is no command; there are ${Object.keys(COMMANDS).join(", ")}`);
    }
    const code = await (await load())(argv);
    return strayErrors() === 0 ? code : Exit.Harness;
  } catch (error) {
    // What parseArgs adds in further lines is advice that does not fit here.
    const [told] = (error as Error).message.split("\n");
    process.stderr.write(`qpc-conformance: ${told}\n`);
    return exitCodeOf(error);
  }
}

// A promise that a case forgot must not end the whole run; it is a fault of the suite all the same.
function watchStrayErrors(): () => number {
  let count = 0;
  process.on("unhandledRejection", (error) => {
    count += 1;
    process.stderr.write(`qpc-conformance: an error that nobody awaited: ${error}\n`);
  });
  return () => count;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || isParseError(error)) return Exit.Usage;
  if (error instanceof SubjectUnusable) return Exit.SubjectUnusable;
  if (!(error instanceof HarnessError)) process.stderr.write(`${(error as Error).stack}\n`);
  return Exit.Harness;
}

function isParseError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}
