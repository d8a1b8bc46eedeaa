// The part of sql.js that we call; the package carries no types.

declare module "sql.js" {
  type SqlJsValue = null | string | number | bigint | Uint8Array;

  export interface SqlJsStatement {
    bind(params: readonly Exclude<SqlJsValue, bigint>[]): boolean;
    step(): boolean;
    getAsObject(params: null, config: { useBigInt: boolean }): Record<string, SqlJsValue>;
    reset(): void;
  }

  export interface SqlJsDatabase {
    run(sql: string): SqlJsDatabase;
    prepare(sql: string): SqlJsStatement;
    export(): Uint8Array;
    close(): void;
  }

  interface SqlJs {
    readonly Database: new (image?: Uint8Array) => SqlJsDatabase;
  }

  const initSqlJs: () => Promise<SqlJs>;
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it.
  export default initSqlJs;
}
