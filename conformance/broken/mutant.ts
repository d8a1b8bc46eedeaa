// A mutant: the reference server with one fault, put into its source text as its process loads it.

export interface Mutant {
  /** Slug of three segments or more, as a case has. */
  readonly id: string;
  /** Source file, from the root of the repository. */
  readonly file: string;
  /** Text that stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Cases that must turn red, each of them. */
  readonly kills: readonly [string, ...string[]];
  /** How they turn red: by a failed check or a missing answer, unless the fault is of another kind. */
  readonly by?: "crash" | "timeout";
}

/** Environment variable that carries a mutant into the subject's process. */
export const MUTANT_VARIABLE = "QPC_MUTANT";
