// How much memory a subject has taken, where the system tells: /proc of Linux.

import { readdirSync, readFileSync } from "node:fs";

/**
 * peakMemory is the largest resident size of each process of a group so far, summed up, in bytes;
 * undefined where there is no /proc or no such process.
 */
export function peakMemory(group: number): number | undefined {
  const peaks = processes().flatMap((pid) => (groupOf(pid) === group ? [peakOf(pid)] : []));
  return peaks.length === 0 ? undefined : peaks.reduce((sum, peak) => sum + peak, 0);
}

function processes(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

// The name of a program stands in parentheses and may hold anything; the group is the third field
// behind it.
function groupOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[2] === undefined ? undefined : Number(fields[2]);
}

function peakOf(pid: string): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

// A process may end between two looks.
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
