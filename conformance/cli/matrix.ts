// `qpc-conformance matrix`: the authorisation matrix as observed. Rows are methods, columns are callers.

import { parseArgs } from "node:util";
import { defaultProfile } from "../../src/registry/profile.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { CALLERS } from "../cases/access/expected.ts";
import { ALL_CASES } from "../cases/all.ts";
import { runPlan } from "../judge/run.ts";
import { withTwins } from "../judge/select.ts";
import { matrixOf, printMatrix } from "../report/matrix.ts";
import { Exit, profileOf, wholeNumber } from "./options.ts";
import { describeSubject, resolveSubject, SUBJECT_FLAGS } from "./subject.ts";

const FLAGS = {
  ...SUBJECT_FLAGS,
  profile: { type: "string", multiple: true },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance matrix SUBJECT [options]

Calls every method as every kind of caller and prints the status that came back. SUBJECT is --reference,
--command CMD, or --target HOST:PORT --ca FILE [--preset FILE], as for the command server.

  --profile FLAG=VALUE   declare a reading
  --seed N               seed of the case data (default 1)
  --json                 as JSON

Answers 1 when a cell is not as expected; such a cell is marked with !.`;

/** matrixCommand runs the cases of the group access and answers 1 when a cell is not as expected. */
export async function matrixCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const seed = wholeNumber("seed", flags.seed, 0);
  const overrides = profileOf(flags.profile ?? []);
  const cells = ALL_CASES.filter(({ id }) => id.startsWith("access."));
  const { results } = await runPlan({
    cases: withTwins(cells, ALL_CASES),
    transport: createQuicTransport(),
    ...(await resolveSubject(flags, overrides)),
    overrides,
    defaults: defaultProfile(),
    seed,
    parallel: 8,
    timeoutScale: 1,
    mutantsOf: () => [],
    repro: (id) => id,
    onResult: () => {},
    onNote: (note) => process.stderr.write(`${note}\n`),
  });
  const matrix = matrixOf(results, CALLERS);
  process.stdout.write(
    flags.json ? `${JSON.stringify(matrix, null, 2)}\n` : `${printMatrix(matrix)}\n`,
  );
  process.stderr.write(`${describeSubject(flags)}: ${matrix.cells} cells, ${matrix.red} red\n`);
  return matrix.red > 0 ? Exit.Failure : Exit.AsExpected;
}
