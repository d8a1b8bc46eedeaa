// Shared by the launchers: plain JavaScript, so that an old Node reaches the message below instead of a
// syntax error.

import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const NEEDED = 24;

/**
 * launch runs `main(argv)` of a module and exits with what it answers. `source` is the TypeScript file
 * of a clone, `built` its compiled twin in a package.
 */
export async function launch(base, source, built) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < NEEDED) {
    console.error(
      `needs Node ${NEEDED} or newer, this is ${process.versions.node}; in a clone, \`npm ci\` installs one that npm scripts and npx use`,
    );
    process.exit(2);
  }
  module.enableCompileCache?.();
  // A clone always runs its sources, so that no stale build is taken for them.
  const typescript = new URL(source, base);
  const entry = existsSync(fileURLToPath(typescript)) ? typescript : new URL(built, base);
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
}
