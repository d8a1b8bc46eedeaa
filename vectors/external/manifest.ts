// manifest.json: what was published. A file that is missing or has another hash is never judged.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { VectorFile } from "./case.ts";

/** VectorSet is one row of the report: one published file, or the files of a folder. */
export interface VectorSet {
  readonly suite: string;
  readonly set: string;
  /** How many cases were published. */
  readonly cases: number;
  /** Path relative to the folder of vectors, and SHA-256 in hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

/** loadManifest reads the sets that the project knows. */
export function loadManifest(): readonly VectorSet[] {
  const text = readFileSync(new URL("manifest.json", import.meta.url), "utf8");
  const { sets }: { sets: readonly VectorSet[] } = JSON.parse(text);
  return sets;
}

/** readFiles answers the files of a set. Throws an error with one line for each that is not as published. */
export function readFiles(folder: string, { files }: VectorSet): readonly VectorFile[] {
  const faults: string[] = [];
  const read = Object.entries(files).map(([path, sha256]): VectorFile => {
    const bytes = bytesOf(join(folder, path));
    if (bytes === undefined) faults.push(`${path} cannot be read`);
    else if (hashOf(bytes) !== sha256) faults.push(`${path} is not the file that was published`);
    return { path, bytes: bytes ?? new Uint8Array(0) };
  });
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return read;
}

function bytesOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
