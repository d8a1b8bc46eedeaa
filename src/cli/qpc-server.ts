// qpc-server: argv to runServer, errors to exit codes.

import { readServerOptions, SERVER_USAGE, UsageError } from "../server/options.ts";
import { runServer } from "../server/run.ts";

/** main answers the exit code: 0 stopped, 1 failed, 2 wrong usage or configuration. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = readServerOptions(argv, process.env);
    if (options === "help") process.stdout.write(`${SERVER_USAGE}\n`);
    else await runServer(options, process.env);
    return 0;
  } catch (error) {
    process.stderr.write(`qpc-server: ${(error as Error).message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
