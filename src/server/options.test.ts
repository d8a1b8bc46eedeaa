// Options of qpc-server: where each comes from, and every way to get them wrong (C-80).

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "./limits.ts";
import {
  address,
  readServerOptions,
  SERVER_USAGE,
  type ServerOptions,
  UsageError,
} from "./options.ts";

const OPEN = "--allow-insecure-auth";

test("defaults", () => {
  assert.deepEqual(read([OPEN]), {
    host: "0.0.0.0",
    port: 5001,
    dataDir: "data",
    certFile: join("data", "server-cert.der"),
    keyFile: join("data", "server-key.der"),
    keyType: "p256",
    authToken: undefined,
    admins: [],
    storeBackend: "sql",
    dbPath: join("data", "qpc.db"),
    limits: DEFAULT_LIMITS,
    sealedSender: false,
    deliveryProof: false,
    printPreset: false,
    federation: undefined,
  });
});

test("files follow the data directory unless they are named", () => {
  const moved = read([OPEN, "--data-dir", "/srv"]);
  assert.equal(moved.certFile, join("/srv", "server-cert.der"));
  assert.equal(moved.dbPath, join("/srv", "qpc.db"));
  const named = read([OPEN, "--data-dir", "/srv", "--tls-cert", "c", "--tls-key", "k"]);
  assert.deepEqual([named.certFile, named.keyFile], ["c", "k"]);
});

test("a flag wins over the environment, the environment over the default", () => {
  const env = { QPC_LISTEN: "127.0.0.1:1", QPC_STORE_BACKEND: "memory", QPC_RPC_TIMEOUT: "2" };
  const fromEnv = read([OPEN], env);
  assert.deepEqual([fromEnv.host, fromEnv.port, fromEnv.storeBackend], ["127.0.0.1", 1, "memory"]);
  assert.equal(fromEnv.limits.rpcTimeoutMs, 2000);
  const flagged = read([OPEN, "--listen", "[::]:2", "--store-backend", "file"], env);
  assert.deepEqual([flagged.host, flagged.port, flagged.storeBackend], ["::", 2, "file"]);
});

test("every option has a variable", () => {
  const options = read([], {
    QPC_DATA_DIR: "d",
    QPC_TLS_CERT: "c",
    QPC_TLS_KEY: "k",
    QPC_TLS_KEY_TYPE: "ed25519",
    QPC_AUTH_TOKEN: "secret",
    QPC_DB_PATH: "p",
    QPC_DRAIN_TIMEOUT: "0.5",
    QPC_PRINT_PRESET: "true",
  });
  const { dataDir, certFile, keyFile, keyType, authToken, dbPath, limits, printPreset } = options;
  assert.deepEqual([dataDir, certFile, keyFile, keyType], ["d", "c", "k", "ed25519"]);
  assert.deepEqual([authToken, dbPath, limits.drainTimeoutMs], ["secret", "p", 500]);
  assert.equal(printPreset, true);
  assert.equal(read([], { QPC_ALLOW_INSECURE_AUTH: "true" }).authToken, undefined);
});

test("administrators are named by their keys, with commas between", () => {
  const [one, two] = ["a1".repeat(32), "B2".repeat(32)];
  const { admins } = read([OPEN, "--admin-key", `${one},${two}`]);
  assert.deepEqual(admins, [Buffer.from(one, "hex"), Buffer.from(two, "hex")]);
  assert.deepEqual(read([OPEN], { QPC_ADMIN_KEY: one }).admins, [Buffer.from(one, "hex")]);
});

test("it does not start without an operator token unless that is wanted", () => {
  assert.equal(read(["--auth-token", "secret"]).authToken, "secret");
  for (const env of [{}, { QPC_AUTH_TOKEN: "" }, { QPC_ALLOW_INSECURE_AUTH: "yes" }]) {
    assert.throws(() => read([], env), usage(/no operator token/));
  }
  assert.throws(() => read(["--auth-token", ""]), usage(/no operator token/));
  assert.equal(read(["--print-preset"]).printPreset, true);
});

test("--help asks for nothing else, and tells of every flag", () => {
  assert.equal(readServerOptions(["--help"], {}), "help");
  const flags = ["listen", "data-dir", "tls-cert", "tls-key", "tls-key-type", "auth-token"];
  flags.push("allow-insecure-auth", "store-backend", "db-path", "rpc-timeout", "drain-timeout");
  for (const flag of [...flags, "admin-key", "print-preset", "help"]) {
    assert.ok(SERVER_USAGE.includes(`--${flag}`), flag);
  }
});

const WRONG = [
  [["--listen", "5001"], /5001 is not HOST:PORT/],
  [["--listen", "::1:5001"], /::1:5001 is not HOST:PORT/],
  [["--listen", "localhost:65536"], /localhost:65536 is not HOST:PORT/],
  [["--listen", "localhost:-1"], /is not HOST:PORT/],
  [["--listen", ":5001"], /is not HOST:PORT/],
  [["--tls-key-type", "rsa"], /--tls-key-type is p256, ed25519, not rsa/],
  [["--store-backend", "pg"], /--store-backend is sql, file, memory, not pg/],
  [["--rpc-timeout", "0"], /--rpc-timeout takes a number of seconds above 0, not 0/],
  [["--rpc-timeout", "-1"], /./],
  [["--rpc-timeout", "soon"], /--rpc-timeout takes a number of seconds above 0, not soon/],
  [["--drain-timeout", "Infinity"], /--drain-timeout takes a number of seconds above 0/],
  [["--drain-timeout", ""], /--drain-timeout takes a number of seconds above 0/],
  [["--admin-key", "a1"], /an administrator has 64 hexadecimal digits, not a1/],
  [["--admin-key", `${"a1".repeat(32)};`], /64 hexadecimal digits/],
  [["--no-such-flag"], /no-such-flag/],
  [["--listen"], /listen/],
  [["--help=yes"], /help/],
  [["surplus"], /surplus/],
] as const;

for (const [argv, message] of WRONG) {
  test(`usage error: ${argv.join(" ")}`, () => {
    assert.throws(() => read([OPEN, ...argv]), usage(message));
  });
}

test("an address is a name, an IPv4 address, or an IPv6 address in brackets", () => {
  assert.deepEqual(address("localhost:0"), { host: "localhost", port: 0 });
  assert.deepEqual(address("127.0.0.1:65535"), { host: "127.0.0.1", port: 65_535 });
  assert.deepEqual(address("[::1]:5001"), { host: "::1", port: 5001 });
});

function read(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ServerOptions {
  const options = readServerOptions(argv, env);
  assert.notEqual(options, "help");
  return options as ServerOptions;
}

function usage(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"), "one line");
    return true;
  };
}
