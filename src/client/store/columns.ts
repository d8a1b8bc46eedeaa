// Columns of the client's tables that the common readers do not know: absent values, flags, 64-bit numbers,
// any string. Spec: client/client.md.

import { blob, count, integer, type Row } from "../../storage/sql/statement.ts";

/** u64 is how unsigned 64-bit numbers of others (seqs, epochs) are stored: 8 bytes, big-endian, so that they sort. */
export function u64(value: bigint): Uint8Array {
  if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value} is not a 64-bit number`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** u64Of reads what u64 wrote. */
export function u64Of(row: Row, column: string): bigint {
  const bytes = blob(row, column);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
}

/** utf8 is how strings that others choose are stored: as text, some engines would cut them at a NUL. */
export function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function utf8Of(row: Row, column: string): string {
  return new TextDecoder().decode(blob(row, column));
}

export function flag(row: Row, column: string): boolean {
  return integer(row, column) !== 0n;
}

export function blobOrAbsent(row: Row, column: string): Uint8Array | undefined {
  return row[column] === null ? undefined : blob(row, column);
}

export function countOrAbsent(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : count(row, column);
}

/** oneOf reads a text column that holds one of the names in `known`. */
export function oneOf<T extends string>(row: Row, column: string, known: readonly T[]): T {
  const found = known.find((name) => name === row[column]);
  if (found === undefined) throw new TypeError(`column ${column} holds no known name`);
  return found;
}
