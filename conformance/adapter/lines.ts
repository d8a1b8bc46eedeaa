// Lines out of a byte stream, with a bound on what an unfinished line may hold.

/** The longest line either side may send, in bytes. */
export const LONGEST_LINE = 32 * 1024 * 1024;

export interface LineReader {
  /** push takes a chunk and answers the lines it completes; undefined when one is over-long. */
  push(chunk: Buffer): readonly string[] | undefined;
}

const LF = 0x0a;

/** createLineReader holds at most `longest` bytes and one chunk. Lines come without LF and CR. */
export function createLineReader(longest = LONGEST_LINE): LineReader {
  let held: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      const lines: string[] = [];
      let rest = chunk;
      for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
        if (size + end > longest) return undefined;
        lines.push(
          Buffer.concat([...held, rest.subarray(0, end)])
            .toString("utf8")
            .trimEnd(),
        );
        held = [];
        size = 0;
        rest = rest.subarray(end + 1);
      }
      size += rest.length;
      if (size > longest) {
        held = [];
        return undefined;
      }
      if (rest.length > 0) held.push(rest);
      return lines;
    },
  };
}
