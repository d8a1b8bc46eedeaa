// What a fuzz target is. A decoder may answer a value or throw the error it documents; a target throws
// when it does anything else.

export interface Target {
  readonly name: string;
  /** Sources whose coverage guides the loop, as ends of their URLs. */
  readonly covers: readonly string[];
  /** Inputs to begin with. */
  readonly seeds: () => readonly Uint8Array[];
  /** run feeds the decoder. It rejects with what is to be mended. */
  run(input: Uint8Array): Promise<void>;
}

/** outcomeOf answers what `work` returned, or the error where `isExpected` knows it; others are thrown. */
export async function outcomeOf<T>(
  work: () => T | Promise<T>,
  isExpected: (error: unknown) => error is Error,
): Promise<{ readonly value: T } | { readonly refusal: Error }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { refusal: error };
  }
}
