// Writes the reports of one run into a folder: all formats from the same results.

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "../judge/errors.ts";
import { junit } from "./junit.ts";
import type { Results } from "./results.ts";

export const REPORTERS = ["console", "json", "ndjson", "junit"] as const;

export type Reporter = (typeof REPORTERS)[number];

export interface Reports {
  has(reporter: Reporter): boolean;
  /** finish writes the documents and answers the paths of all files. */
  finish(results: Results, strict: boolean): Promise<readonly string[]>;
}

/** openReports makes the folder. Throws UsageError for an unknown reporter or a folder it cannot make. */
export async function openReports(list: string, folder: string): Promise<Reports> {
  const chosen = list.split(",").map((word) => word.trim());
  const strange = chosen.find((word) => !(REPORTERS as readonly string[]).includes(word));
  if (strange !== undefined) {
    throw new UsageError(`--reporter ${strange}: there are ${REPORTERS.join(", ")}`);
  }
  const has = (reporter: Reporter) => chosen.includes(reporter);
  const path = (name: string) => resolve(join(folder, name));
  await makeFolder(folder);

  return {
    has,
    async finish(results, strict) {
      const written: string[] = [];
      if (has("json")) {
        await writeFile(path("results.json"), `${JSON.stringify(results, null, 2)}\n`);
        written.push(path("results.json"));
      }
      if (has("junit")) {
        await writeFile(path("junit.xml"), junit(results, strict));
        written.push(path("junit.xml"));
      }
      if (has("ndjson")) {
        await writeFile(path("results.ndjson"), ndjson(results));
        written.push(path("results.ndjson"));
      }
      return written;
    },
  };
}

// A case is a line; the last line closes the run.
function ndjson({ run, totals, cases }: Results): string {
  const lines = [
    ...cases.map((result) => ({ v: 1, type: "case", ...result })),
    { v: 1, type: "run.end", run, totals },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`--out ${folder}: ${(error as Error).message}`);
  }
}
