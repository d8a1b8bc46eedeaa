// What all suites share: a case is one published vector, or one value of it where the files count so.

import assert from "node:assert/strict";

/** Case passes when `check` returns, and fails when it throws. */
export interface Case {
  /** How the file calls it, for example "tcId 12". */
  readonly name: string;
  check(): void | Promise<void>;
}

/** VectorFile is one published file; `path` is relative to the folder of vectors. */
export interface VectorFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** CasesOf makes the cases of a set of files; a file that it cannot read throws. */
export type CasesOf = (files: readonly VectorFile[]) => readonly Case[];

/** textOf answers a file as text. */
export function textOf({ bytes }: VectorFile): string {
  return Buffer.from(bytes).toString("utf8");
}

/** eachOf is for a file that holds an array of vectors, each of them a case. */
export function eachOf<V>(check: (vector: V) => void | Promise<void>): CasesOf {
  return (files) =>
    files.flatMap((file) => {
      const vectors: readonly V[] = JSON.parse(textOf(file));
      return vectors.map((vector, index) => ({ name: `#${index}`, check: () => check(vector) }));
    });
}

/** hex reads hexadecimal; anything else in the text throws. */
export function hex(text: string): Uint8Array {
  const bytes = Buffer.from(text, "hex");
  assert.equal(bytes.length * 2, text.length, "this is no hexadecimal");
  return new Uint8Array(bytes);
}

/** toHex is in lower case, as in every file here. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** equal compares bytes with what a file says in hexadecimal. */
export function equal(actual: Uint8Array, expected: string, what: string): void {
  assert.equal(toHex(actual), expected.toLowerCase(), what);
}
