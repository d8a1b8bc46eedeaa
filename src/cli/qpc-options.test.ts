import assert from "node:assert/strict";
import { test } from "node:test";
import { methodByName } from "../registry/methods.ts";
import {
  type CallCommand,
  type ReplCommand,
  readCommand,
  type TalkCommand,
} from "./qpc-options.ts";

const KEY = "aa".repeat(32);

test("the defaults are those of CONFIG-026", () => {
  assert.deepEqual(readCommand(["health"], {}), {
    name: "health",
    server: {
      host: "127.0.0.1",
      port: 5001,
      caFile: "data/server-cert.der",
      serverName: "localhost",
      alpn: "qpc",
      timeoutMs: 40_000,
    },
  });
});

test("a flag wins over the environment, and the environment over the default", () => {
  const env = { QPC_SERVER: "[::1]:7000", QPC_CA_CERT: "ca.pem", QPC_SERVER_NAME: "one.example" };
  const server = { host: "::1", port: 7000, caFile: "ca.pem", serverName: "one.example" };
  const rest = { alpn: "qpc", timeoutMs: 40_000 };
  assert.deepEqual(readCommand(["health"], env), {
    name: "health",
    server: { ...server, ...rest },
  });

  const flags = ["--server", "two.example:1", "--ca-cert=b.der", "--server-name", "two.example"];
  const more = ["--alpn", "qpq", "--timeout", "0.5"];
  assert.deepEqual(readCommand([...flags, "health", ...more], env), {
    name: "health",
    server: {
      host: "two.example",
      port: 1,
      caFile: "b.der",
      serverName: "two.example",
      alpn: "qpq",
      timeoutMs: 500,
    },
  });
});

test("ping is health, and help is asked for in three ways", () => {
  assert.equal(readCommand(["ping"], {}).name, "health");
  for (const argv of [["help"], ["--help"], ["call", "--help"]]) {
    assert.deepEqual(readCommand(argv, {}), { name: "help" });
  }
});

test("register and login take a name, a key and a state file", () => {
  const plain = account(readCommand(["register", "alice"], {}));
  assert.deepEqual(plain, { name: "register", username: "alice", stateFile: "qpc-state.json" });

  const argv = ["login", "alice", "--identity-key", KEY, "--state", "s.json", "--print-token"];
  assert.deepEqual(account(readCommand(argv, {})), {
    name: "login",
    username: "alice",
    key: KEY,
    stateFile: "s.json",
    printToken: true,
  });
});

test("call takes a method by name or number, and JSON or bytes", () => {
  const enqueue = methodByName("Enqueue");
  const byName = readCall("call", "Enqueue", '{"payload":"aGk="}');
  assert.equal(byName.method, enqueue);
  assert.equal(byName.request, '{"payload":"aGk="}');
  assert.equal(byName.withToken, true);
  assert.equal(readCall("call", "200").method, enqueue);
  assert.equal(readCall("call", "Health").request, "{}");

  const raw = readCall("call", "Enqueue", "--raw-hex", "00fF", "--no-token");
  assert.deepEqual([...(raw.request as Uint8Array)], [0, 255]);
  assert.equal(raw.withToken, false);
  const unknown = readCall("call", "65535", "--raw-hex", "");
  assert.deepEqual(unknown.method, { id: 65_535, name: "method 65535" });
  assert.deepEqual(unknown.request, new Uint8Array(0));
});

test("commands that talk take operands, flags and a store", () => {
  const plain = readTalk({}, "send", "bob", "good", "day");
  assert.deepEqual(
    [plain.word, plain.operands, plain.storeFile],
    ["send", ["bob", "good day"], "qpc.db"],
  );
  assert.equal(readTalk({ QPC_STORE: "a.db" }, "recv").storeFile, "a.db");
  const given = readTalk({ QPC_STORE: "a.db" }, "recv", "--stream", "--store", "b.db");
  assert.deepEqual([given.flags.stream, given.storeFile], [true, "b.db"]);
  assert.equal(readTalk({}, "history", "bob", "--limit", "5").flags.limit, 5);
  assert.equal(readTalk({}, "verify", "bob", "--yes").flags.yes, true);
  assert.equal(readTalk({}, "send", "--all", "team", "hi").flags.all, true);
  const { accept } = readTalk({}, "fetch-key", "bob", "--accept", KEY).flags;
  assert.deepEqual(accept, new Uint8Array(32).fill(0xaa));
});

test("repl takes name and password", () => {
  const { server: _, ...repl } = readCommand(["repl", "-u", "bob", "-p", "pw"], {}) as ReplCommand;
  const known = { name: "repl", storeFile: "qpc.db" };
  assert.deepEqual(repl, { ...known, username: "bob", password: "pw" });
  const { server: __, ...bare } = readCommand(["repl"], {}) as ReplCommand;
  assert.deepEqual(bare, { ...known, username: undefined, password: undefined });
});

test("demo has two names", () => {
  assert.deepEqual(readCommand(["demo"], {}), { name: "demo", lyingServer: false });
  const lying = readCommand(["demo-group", "--lying-server"], {});
  assert.deepEqual(lying, { name: "demo", lyingServer: true });
});

const WRONG: readonly (readonly [argv: string[], message: RegExp])[] = [
  [[], /no command/],
  [["fly"], /no command fly/],
  [["toString"], /no command toString/],
  [["health", "now"], /usage: qpc health/],
  [["register"], /usage: qpc register NAME/],
  [["call"], /usage: qpc call METHOD \[JSON\]/],
  [["call", "Health", "{}", "{}"], /usage: qpc call/],
  [["health", "--fly"], /--fly/],
  [["health", "--server"], /--server/],
  [["health", "--server", "nowhere"], /not HOST:PORT/],
  [["health", "--timeout", "0"], /--timeout/],
  [["health", "--timeout", "soon"], /--timeout/],
  [["health", "--timeout", "1e9"], /--timeout/],
  [["health", "--print-token"], /qpc health takes no --print-token/],
  [["register", "alice", "--password", "x"], /--password/],
  [["login", "alice", "--identity-key", "aa"], /32 bytes, not 1/],
  [["login", "alice", "--identity-key", "zz"], /hexadecimal/],
  [["call", "enqueue"], /no method enqueue/],
  [["call", "65536", "--raw-hex", ""], /no method 65536/],
  [["call", "65535"], /--raw-hex/],
  [["call", "Health", "{}", "--raw-hex", ""], /not both/],
  [["call", "Health", "--raw-hex", "abc"], /hexadecimal/],
  [["send", "bob"], /usage: qpc send TO TEXT…/],
  [["send", "bob", "hi", "--stream"], /qpc send takes no --stream/],
  [["recv", "--password", "x"], /qpc recv takes no --password/],
  [["history", "bob", "--limit", "0"], /--limit takes a number/],
  [["history", "bob", "--limit", "2.5"], /--limit takes a number/],
  [["fetch-key", "bob", "--accept", "aa"], /--accept takes 32 bytes/],
  [["repl", "alice"], /usage: qpc repl/],
  [["call", "Health", "--store", "x"], /qpc call takes no --store/],
];

for (const [argv, message] of WRONG) {
  test(`qpc ${argv.join(" ")} is wrong usage, told in one line`, () => {
    assert.throws(
      () => readCommand(argv, {}),
      (error: Error) => {
        assert.equal(error.name, "UsageError");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

function account(command: ReturnType<typeof readCommand>) {
  assert.ok(command.name === "register" || command.name === "login");
  const { name, username, identityKey, stateFile, printToken } = command;
  const key = identityKey && Buffer.from(identityKey).toString("hex");
  return { name, username, ...(key && { key }), stateFile, ...(printToken && { printToken }) };
}

function readTalk(env: NodeJS.ProcessEnv, ...argv: string[]): TalkCommand {
  const command = readCommand(argv, env);
  assert.ok(command.name === "talk");
  return command;
}

function readCall(...argv: string[]): CallCommand {
  const command = readCommand(argv, {});
  assert.ok(command.name === "call");
  return command;
}
