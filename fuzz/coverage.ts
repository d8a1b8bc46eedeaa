// Which blocks of the sources under test have run, as the engine counts them.

import { Session } from "node:inspector";

export interface Coverage {
  /** grew says whether blocks have run since the last question that had never run before. */
  grew(): boolean;
  /** blocks is how many have run. */
  blocks(): number;
  stop(): void;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Taken {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly Range[] }[];
  }[];
}

/** startCoverage counts blocks of the scripts whose URL ends like one of `sources`. */
export function startCoverage(sources: readonly string[]): Coverage {
  const session = new Session();
  session.connect();
  call(session, "Profiler.enable");
  call(session, "Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const seen = new Set<string>();

  return {
    grew() {
      const before = seen.size;
      const { result } = call(session, "Profiler.takePreciseCoverage") as Taken;
      for (const { url, functions } of result) {
        if (!sources.some((source) => url.endsWith(source))) continue;
        for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
          // A block that did not run tells as much: the branch around it was taken.
          seen.add(`${url} ${startOffset}-${endOffset} ${count > 0}`);
        }
      }
      return seen.size > before;
    },
    blocks: () => seen.size,
    stop: () => session.disconnect(),
  };
}

function call(session: Session, method: string, parameters: object = {}): unknown {
  let answer: unknown;
  // Within one process the answer is there when post returns.
  session.post(method, parameters, (error, result) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
}
