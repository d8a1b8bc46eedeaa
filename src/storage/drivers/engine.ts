// Engine: one synchronous connection to SQLite, whichever build of it; and the edge where its values
// become ours. Spec: none, this is inside the server.

import type { Param, Row, Statement, Value } from "../sql/statement.ts";

export interface Engine {
  /**
   * run executes one statement to its end. It throws StorageUnavailable when the database is in trouble
   * (full, locked, unreadable), and the engine's own error for a mistake such as a violated constraint.
   */
  run(statement: Statement): readonly Row[];
  /** commit ends the open transaction and returns once it is durable. It throws when it may not be. */
  commit(): void;
  /** rollback leaves the engine in its last committed state, whether or not a transaction is open. */
  rollback(): void;
  close(): void;
}

/**
 * toEngine prepares a parameter for binding. Integers become bigints, because engines bind numbers as
 * floating point. It throws TypeError for true, false, undefined and fractions, which one engine takes
 * for something and the next refuses.
 */
export function toEngine(param: Param): Exclude<Param, number> {
  if (typeof param === "number") {
    if (Number.isSafeInteger(param)) return BigInt(param);
  } else if (
    param === null ||
    typeof param === "string" ||
    typeof param === "bigint" ||
    param instanceof Uint8Array
  ) {
    return param;
  }
  throw new TypeError(`a statement cannot bind ${typeof param} ${String(param)}`);
}

/** fromEngine checks the values of a row, and copies a blob that is not a plain Uint8Array of its own. */
export function fromEngine(row: Readonly<Record<string, unknown>>): Row {
  const values: Record<string, Value> = {};
  for (const column in row) values[column] = valueFrom(row[column]);
  return values;
}

function valueFrom(value: unknown): Value {
  if (value instanceof Uint8Array) {
    const own = value.constructor === Uint8Array && value.byteLength === value.buffer.byteLength;
    return own ? value : new Uint8Array(value);
  }
  if (value === null || typeof value === "bigint" || typeof value === "string") return value;
  throw new TypeError(`a row holds ${typeof value} ${String(value)}`);
}
