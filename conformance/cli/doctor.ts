// `qpc-conformance doctor`: is an adapter sound, before anything is judged with it?

import { parseArgs } from "node:util";
import { checkNames, examine, type Finding } from "../adapter/doctor.ts";
import { UsageError } from "../judge/errors.ts";
import { SPEC_VERSION, SUITE_VERSION } from "../report/results.ts";
import { ADAPTER_FLAGS, ADAPTER_USAGE, openAdapter } from "./adapter.ts";
import { Exit, wholeNumber } from "./options.ts";

const FLAGS = {
  ...ADAPTER_FLAGS,
  check: { type: "string", multiple: true },
  timeout: { type: "string", default: "10" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `Usage: qpc-conformance doctor ADAPTER [options]

Tries what every adapter must do, and says how to mend what is wrong: answers 1 if something is.

${ADAPTER_USAGE}

  --check NAME     only this one, and hello; may be given again (default: all)
  --timeout N      seconds an adapter may take for an answer (default 10)
  --json           as JSON`;

/** doctorCommand prints the findings. */
export async function doctorCommand(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...argv], options: FLAGS, strict: true });
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`);
    return Exit.AsExpected;
  }
  const timeout = wholeNumber("timeout", flags.timeout, 1) * 1000;
  const strange = flags.check?.find((name) => !checkNames().includes(name));
  if (strange !== undefined) {
    throw new UsageError(`--check ${strange}: there are ${checkNames().join(", ")}`);
  }
  const versions = { suite: SUITE_VERSION, spec: SPEC_VERSION };
  const findings = await examine(openAdapter(flags), {
    ...versions,
    timeout,
    ...(flags.check && { only: flags.check }),
  });
  const text = flags.json ? JSON.stringify(findings, null, 2) : findings.map(line).join("\n");
  process.stdout.write(`${text}\n`);
  return findings.some(({ verdict }) => verdict === "wrong") ? Exit.Failure : Exit.AsExpected;
}

function line({ check, verdict, found, mend }: Finding): string {
  const indent = " ".repeat(29);
  return [
    `${verdict.padEnd(8)} ${check.padEnd(18)}  ${found}`.trimEnd(),
    ...(mend === "" ? [] : [`${indent}mend: ${mend}`]),
  ].join("\n");
}
