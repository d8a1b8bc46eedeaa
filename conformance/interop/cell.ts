// What came of one part of the run: one field of the matrix, or one line below it.

import { type CaseResult, isGreen } from "../judge/verdict.ts";

export const PARTS = [
  "pairs",
  "client",
  "vectors",
  "doctor",
  "server",
  "envelopes",
  "logins",
  "group",
] as const;

export type Part = (typeof PARTS)[number];

/** isPart tells the name of a part from any other word. */
export function isPart(word: string): word is Part {
  return (PARTS as readonly string[]).includes(word);
}

export interface Cell {
  /** `build` is a peer that could not be built, though its tools are here. */
  readonly part: Part | "build";
  /** Names of the peers: for pairs the client and the server. */
  readonly row: string;
  readonly column: string;
  readonly passed: number;
  /** Without what is unsupported. */
  readonly total: number;
  readonly unsupported: number;
  /** What is not green, by id, with the reason. */
  readonly red: readonly { readonly id: string; readonly why: string }[];
  readonly ms: number;
}

/** Finding is what a part without cases of its own checked; `why` is set when it did not hold. */
export interface Finding {
  readonly id: string;
  readonly why?: string | undefined;
}

type Place = Pick<Cell, "part" | "row" | "column">;

/** cellOfResults counts verdicts. */
export function cellOfResults(place: Place, results: readonly CaseResult[], ms: number): Cell {
  const unsupported = results.filter(({ verdict }) => verdict === "unsupported").length;
  const red = results
    .filter(({ verdict }) => !isGreen(verdict, false))
    .map((result) => ({ id: result.id, why: reasonOf(result) }));
  const total = results.length - unsupported;
  return { ...place, passed: total - red.length, total, unsupported, red, ms: Math.round(ms) };
}

/** cellOfFindings counts checks. */
export function cellOfFindings(place: Place, findings: readonly Finding[], ms: number): Cell {
  const red = findings.flatMap(({ id, why }) => (why === undefined ? [] : [{ id, why }]));
  const total = findings.length;
  const passed = total - red.length;
  return { ...place, passed, total, unsupported: 0, red, ms: Math.round(ms) };
}

function reasonOf({ verdict, note, checks }: CaseResult): string {
  const [failed] = checks.filter((check) => !isGreen(check.verdict, false));
  const told = failed && `${failed.id}: expected ${failed.expected}, got ${failed.got}`;
  return [verdict, note ?? told].filter(Boolean).join(": ");
}
