// What follows the name of a command, on the command line and in the REPL: `NAME` is needed, `[NAME]` may
// be left out, and the last may be `TEXT…`, which takes all that is left.

/** Operands are the names of what a command takes, in order. */
export type Operands = readonly string[];

/** fromWords fits the words of a command line to the operands; undefined when they do not fit. */
export function fromWords(operands: Operands, words: readonly string[]): string[] | undefined {
  const last = operands.length - 1;
  const values = isGreedy(operands) && words.length > last ? merged(words, last) : [...words];
  return fits(operands, values.length) ? values : undefined;
}

/** fromLine does the same with a line, of which the last operand keeps the spaces. */
export function fromLine(operands: Operands, line: string): string[] | undefined {
  const values: string[] = [];
  let rest = line.trim();
  while (rest !== "") {
    const isLast = isGreedy(operands) && values.length === operands.length - 1;
    const [value = ""] = isLast ? [rest] : rest.split(/\s/, 1);
    values.push(value);
    rest = rest.slice(value.length).trimStart();
  }
  return fits(operands, values.length) ? values : undefined;
}

function merged(words: readonly string[], last: number): string[] {
  return [...words.slice(0, last), words.slice(last).join(" ")];
}

function isGreedy(operands: Operands): boolean {
  return operands.at(-1)?.includes("…") ?? false;
}

function fits(operands: Operands, count: number): boolean {
  const needed = operands.filter((operand) => !operand.startsWith("[")).length;
  return count >= needed && count <= operands.length;
}
