// Programs that the judge starts, each in a process group of its own, so that what a shell started ends
// with it, and nothing is left behind when the judge itself goes.

import { type ChildProcess, spawn } from "node:child_process";

/** Process groups that are not known to be gone; an exit of the judge takes them along. */
const groups = new Set<number>();
process.on("exit", () => {
  for (const pid of groups) signalGroup(pid, "SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => process.exit(130));
}

// The group's SIGTERM reaches the shell, too: it is to wait for the program and end with its exit code.
// What it starts has the usual handling again, as a trap is not inherited.
const PATIENT_SHELL = "trap : TERM\n";

/** spawnGroup starts a program with pipes; a string is a command line for `sh -c`. */
export function spawnGroup(
  command: string | readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const line = typeof command === "string" ? ["sh", "-c", `${PATIENT_SHELL}${command}`] : command;
  const [program, ...args] = line;
  const child = spawn(program as string, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  if (child.pid !== undefined) groups.add(child.pid);
  return child;
}

/** signalGroup signals the group of a program; one that is gone is passed over. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

/** endGroup kills what is left of a group whose first process is gone, and forgets it. */
export function endGroup(pid: number | undefined): void {
  signalGroup(pid, "SIGKILL");
  if (pid !== undefined) groups.delete(pid);
}
