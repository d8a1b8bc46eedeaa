// Operations on the database, written once as generators and run by every driver.
// Spec: the storage rules of services/*.md; nothing here reaches the wire.
//
// An operation yields statements and receives their rows. A SQLite driver runs it to its end in one
// synchronous block; a driver whose calls are asynchronous (PostgreSQL) awaits each step. Hence the
// SQL dialect common to both: `?` parameters, ON CONFLICT, RETURNING, and row locks written as
// comments, /* FOR UPDATE */ and /* FOR UPDATE SKIP LOCKED */, which SQLite skips (its writers are
// alone) and a driver with concurrent writers has to uncomment.

/** Param is what a statement may bind. A number must be a safe integer; true, false and undefined are refused. */
export type Param = null | string | number | bigint | Uint8Array;

/** Value is what a row may hold: every integer a bigint, every blob a plain Uint8Array of its own. */
export type Value = null | string | bigint | Uint8Array;

export type Row = Readonly<Record<string, Value>>;

export interface Statement {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** Operation runs inside one transaction; what it throws undoes all of it. It must be started once only. */
export type Operation<T> = Generator<Statement, T, readonly Row[]>;

export interface Database {
  /** read runs an operation that only selects, on committed state. */
  read<T>(operation: Operation<T>): Promise<T>;
  /**
   * write runs an operation in a transaction and resolves after its COMMIT. It rejects with what the
   * operation threw, or with StorageUnavailable when the database refused; then nothing of it is stored.
   */
  write<T>(operation: Operation<T>): Promise<T>;
  /** close finishes pending writes. Later reads and writes reject with StorageUnavailable. */
  close(): Promise<void>;
}

/** q pairs SQL text with its parameters. The text must be a constant: drivers keep it prepared for ever. */
export function q(sql: string, ...params: readonly Param[]): Statement {
  return { sql, params };
}

/** integer reads a column that holds an integer. It throws TypeError on anything else, like blob and text. */
export function integer(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value === "bigint") return value;
  throw new TypeError(`column ${column} holds no integer`);
}

/** count reads an integer that stays far below 2^53: times, sizes, numbers of rows. */
export function count(row: Row, column: string): number {
  return Number(integer(row, column));
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`column ${column} holds no blob`);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new TypeError(`column ${column} holds no text`);
}
