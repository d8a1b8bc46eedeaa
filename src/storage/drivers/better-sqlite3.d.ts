// The part of better-sqlite3-multiple-ciphers that we call; the package hides its types from ES modules.

declare module "better-sqlite3-multiple-ciphers" {
  type SqliteValue = null | string | bigint | Uint8Array;

  export interface SqliteStatement {
    /** True for statements with result columns. */
    readonly reader: boolean;
    all(...params: readonly SqliteValue[]): Record<string, unknown>[];
    run(...params: readonly SqliteValue[]): unknown;
  }

  export interface SqliteDatabase {
    readonly inTransaction: boolean;
    key(key: Buffer): number;
    defaultSafeIntegers(on: boolean): this;
    exec(sql: string): this;
    prepare(sql: string): SqliteStatement;
    close(): this;
  }

  const Database: new (path: string, options: { readonly timeout: number }) => SqliteDatabase;
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it.
  export default Database;
}
