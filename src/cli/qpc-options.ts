// Command line of qpc: flag, then environment, then default (CONFIG-026).

import { parseArgs } from "node:util";
import { type Method, methodById, methodByName } from "../registry/methods.ts";
import { address, UsageError } from "../server/options.ts";
import { fromWords, type Operands } from "./operands.ts";
import { TALK, type TalkFlag, type TalkFlags, type TalkName } from "./talk/table.ts";

/** Endpoint says how the server is found and how long it is waited for. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly caFile: string;
  readonly serverName: string;
  readonly alpn: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs: number;
}

export interface HealthCommand {
  readonly name: "health";
  readonly server: Endpoint;
}

export interface AccountCommand {
  readonly name: "register" | "login";
  readonly server: Endpoint;
  readonly username: string;
  /** Ed25519 public key, 32 bytes; undefined when the state file says which. */
  readonly identityKey: Uint8Array | undefined;
  readonly stateFile: string;
  readonly printToken: boolean;
}

export interface CallCommand {
  readonly name: "call";
  readonly server: Endpoint;
  readonly method: CalledMethod;
  /** JSON text, or bytes that are sent as they are. */
  readonly request: string | Uint8Array;
  readonly withToken: boolean;
  readonly stateFile: string;
}

/** TalkCommand is one of those of talk/table.ts. */
export interface TalkCommand {
  readonly name: "talk";
  readonly word: TalkName;
  readonly operands: readonly string[];
  readonly flags: TalkFlags;
  readonly server: Endpoint;
  readonly storeFile: string;
}

export interface ReplCommand {
  readonly name: "repl";
  readonly server: Endpoint;
  readonly storeFile: string;
  /** Undefined = the account of the store. */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface DemoCommand {
  readonly name: "demo";
  readonly lyingServer: boolean;
}

/** CalledMethod is a method of the table, or a number that the table does not have. */
export type CalledMethod = Method | { readonly id: number; readonly name: string };

export type Command =
  | { readonly name: "help" }
  | HealthCommand
  | AccountCommand
  | CallCommand
  | TalkCommand
  | ReplCommand
  | DemoCommand;

const SERVER_FLAGS = ["server", "ca-cert", "server-name", "alpn", "timeout"] as const;

const FLAGS = {
  server: { type: "string" },
  "ca-cert": { type: "string" },
  "server-name": { type: "string" },
  alpn: { type: "string" },
  timeout: { type: "string" },
  state: { type: "string" },
  "identity-key": { type: "string" },
  "print-token": { type: "boolean" },
  "raw-hex": { type: "string" },
  "no-token": { type: "boolean" },
  help: { type: "boolean" },
  store: { type: "string" },
  username: { type: "string", short: "u" },
  password: { type: "string", short: "p" },
  accept: { type: "string" },
  all: { type: "boolean" },
  limit: { type: "string" },
  stream: { type: "boolean" },
  yes: { type: "boolean" },
  "lying-server": { type: "boolean" },
} as const satisfies Readonly<Record<string, { type: string; short?: string }>> &
  Readonly<Record<TalkFlag, unknown>>;

type Flag = keyof typeof FLAGS;
type Flags = ReturnType<typeof parse>["values"];

/** What follows the name of a command, and the flags it takes beside those of the server. */
interface Shape {
  readonly operands: Operands;
  readonly flags: readonly Flag[];
}

const COMMANDS: Readonly<Record<string, Shape>> = {
  help: { operands: [], flags: [] },
  health: { operands: [], flags: [] },
  register: { operands: ["NAME"], flags: ["state", "identity-key"] },
  login: { operands: ["NAME"], flags: ["state", "identity-key", "print-token"] },
  call: { operands: ["METHOD", "[JSON]"], flags: ["state", "raw-hex", "no-token"] },
  demo: { operands: [], flags: ["lying-server"] },
  repl: { operands: [], flags: ["store", "username", "password"] },
  ...Object.fromEntries(
    Object.entries(TALK).map(([name, { operands, flags }]) => {
      return [name, { operands, flags: ["store", ...flags] }];
    }),
  ),
};

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["ping", "health"],
  ["demo-group", "demo"],
]);

const KEY_BYTES = 32;

/** readCommand answers what to do. It throws UsageError. */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values: flags, positionals } = parse(argv);
  const [word, ...words] = positionals;
  if (flags.help || word === "help") return { name: "help" };
  if (word === undefined) throw new UsageError("no command; `qpc help` lists them");
  const name = ALIASES.get(word) ?? word;
  const operands = checkShape(name, flags, words);

  const server = readServer(flags, env);
  const stateFile = flags.state ?? "qpc-state.json";
  const storeFile = flags.store ?? env.QPC_STORE ?? "qpc.db";
  const [first = "", json] = operands;
  if (isTalk(name)) {
    return { name: "talk", word: name, operands, flags: readTalkFlags(flags), server, storeFile };
  }
  switch (name) {
    case "demo":
      return { name, lyingServer: flags["lying-server"] ?? false };
    case "repl": {
      const { username, password } = flags;
      return { name, server, storeFile, username, password };
    }
    case "register":
    case "login": {
      const keyText = flags["identity-key"];
      const identityKey = keyText === undefined ? undefined : key("identity-key", keyText);
      const printToken = flags["print-token"] ?? false;
      return { name, server, username: first, identityKey, stateFile, printToken };
    }
    case "call": {
      const method = findMethod(first);
      const request = readRequest(method, json, flags["raw-hex"]);
      return { name, server, method, request, withToken: !flags["no-token"], stateFile };
    }
    default:
      return { name: "health", server };
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split("\n")[0] ?? "wrong usage");
  }
}

/** checkShape answers the operands. */
function checkShape(name: string, flags: Flags, words: readonly string[]): readonly string[] {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`no command ${name}; \`qpc help\` lists them`);
  const allowed: readonly string[] = [...SERVER_FLAGS, ...command.flags];
  const foreign = Object.keys(flags).find((flag) => !allowed.includes(flag));
  if (foreign !== undefined) throw new UsageError(`qpc ${name} takes no --${foreign}`);
  const operands = fromWords(command.operands, words);
  if (operands) return operands;
  throw new UsageError(`usage: qpc ${[name, ...command.operands].join(" ")} [options]`);
}

function isTalk(name: string): name is TalkName {
  return Object.hasOwn(TALK, name);
}

function readTalkFlags({ accept, all, limit, stream, yes }: Flags): TalkFlags {
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
    throw new UsageError(`--limit takes a number of messages from 1 on, not ${limit}`);
  }
  return {
    ...{ all, stream, yes, limit: limit === undefined ? undefined : Number(limit) },
    accept: accept === undefined ? undefined : key("accept", accept),
  };
}

function readServer(flags: Flags, env: NodeJS.ProcessEnv): Endpoint {
  return {
    ...address(flags.server ?? env.QPC_SERVER ?? "127.0.0.1:5001"),
    caFile: flags["ca-cert"] ?? env.QPC_CA_CERT ?? "data/server-cert.der",
    serverName: flags["server-name"] ?? env.QPC_SERVER_NAME ?? "localhost",
    alpn: flags.alpn ?? "qpc",
    timeoutMs: readTimeout(flags.timeout ?? "40"),
  };
}

// The longest delay that a timer of Node takes.
const LONGEST_MS = 2 ** 31 - 1;

function readTimeout(text: string): number {
  const ms = Math.round(Number(text) * 1000);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new UsageError(`--timeout takes a number of seconds above 0, not ${text}`);
}

function findMethod(text: string): CalledMethod {
  const method = methodByName(text);
  if (method !== undefined) return method;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) {
    throw new UsageError(`no method ${text}; METHOD is a name as in Enqueue, or a number`);
  }
  const id = Number(text);
  return methodById(id) ?? { id, name: `method ${id}` };
}

function readRequest(
  method: CalledMethod,
  json: string | undefined,
  rawHex: string | undefined,
): string | Uint8Array {
  if (rawHex === undefined) {
    if ("input" in method) return json ?? "{}";
    throw new UsageError(`${method.name} is not assigned: give the payload with --raw-hex`);
  }
  if (json !== undefined) throw new UsageError("give JSON or --raw-hex, not both");
  return hex("raw-hex", rawHex);
}

function key(flag: Flag, text: string): Uint8Array {
  const bytes = hex(flag, text);
  if (bytes.length === KEY_BYTES) return bytes;
  throw new UsageError(`--${flag} takes ${KEY_BYTES} bytes, not ${bytes.length}`);
}

function hex(flag: Flag, text: string): Uint8Array {
  if (/^([0-9a-f]{2})*$/i.test(text)) return Uint8Array.from(Buffer.from(text, "hex"));
  throw new UsageError(`--${flag} takes hexadecimal digits in pairs`);
}
