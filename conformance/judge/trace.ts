// The trace of a case: every frame that went out or came in, as bytes, for the report.

export interface Trace {
  add(direction: "sent" | "got" | "note", what: string, bytes?: Uint8Array): void;
  lines(): readonly string[];
}

const MOST_LINES = 60;
const MOST_BYTES = 96;

/** createTrace keeps the newest lines; long payloads are cut and their length is told. */
export function createTrace(): Trace {
  const start = performance.now();
  const lines: string[] = [];
  return {
    add(direction, what, bytes) {
      const ms = (performance.now() - start).toFixed(1).padStart(8);
      lines.push(`${ms} ms ${direction.padEnd(4)} ${what}${bytes ? ` ${spell(bytes)}` : ""}`);
      if (lines.length > MOST_LINES) lines.shift();
    },
    lines: () => lines,
  };
}

/** spell writes bytes as hex, cut after 96 bytes. */
export function spell(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, MOST_BYTES)).toString("hex");
  return bytes.length > MOST_BYTES ? `${hex}… (${bytes.length} bytes)` : hex || "(empty)";
}
