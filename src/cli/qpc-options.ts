// Command line of qpc: flag, then environment, then default (CONFIG-026).

import { parseArgs } from "node:util";
import { type Method, methodById, methodByName } from "../registry/methods.ts";
import { address, UsageError } from "../server/options.ts";

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

/** CalledMethod is a method of the table, or a number that the table does not have. */
export type CalledMethod = Method | { readonly id: number; readonly name: string };

export type Command = { readonly name: "help" } | HealthCommand | AccountCommand | CallCommand;

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
} as const;

type Flag = keyof typeof FLAGS;
type Flags = ReturnType<typeof parse>["values"];

/** What follows the name of a command, and the flags it takes beside those of the server. */
const COMMANDS: Readonly<Record<string, { operands: readonly string[]; flags: readonly Flag[] }>> =
  {
    help: { operands: [], flags: [] },
    health: { operands: [], flags: [] },
    register: { operands: ["NAME"], flags: ["state", "identity-key"] },
    login: { operands: ["NAME"], flags: ["state", "identity-key", "print-token"] },
    call: { operands: ["METHOD", "[JSON]"], flags: ["state", "raw-hex", "no-token"] },
  };

const KEY_BYTES = 32;

/** readCommand answers what to do. It throws UsageError. */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values: flags, positionals } = parse(argv);
  const [word, ...operands] = positionals;
  if (flags.help || word === "help") return { name: "help" };
  if (word === undefined) throw new UsageError("no command; `qpc help` lists them");
  const name = word === "ping" ? "health" : word;
  checkShape(name, flags, operands);

  const server = readServer(flags, env);
  const stateFile = flags.state ?? "qpc-state.json";
  const [first = "", json] = operands;
  switch (name) {
    case "register":
    case "login": {
      const keyText = flags["identity-key"];
      const identityKey = keyText === undefined ? undefined : hex("identity-key", keyText);
      if (identityKey !== undefined && identityKey.length !== KEY_BYTES) {
        throw new UsageError(`--identity-key takes ${KEY_BYTES} bytes, not ${identityKey.length}`);
      }
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

function checkShape(name: string, flags: Flags, operands: readonly string[]): void {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`no command ${name}; \`qpc help\` lists them`);
  const allowed: readonly string[] = [...SERVER_FLAGS, ...command.flags];
  const foreign = Object.keys(flags).find((flag) => !allowed.includes(flag));
  if (foreign !== undefined) throw new UsageError(`qpc ${name} takes no --${foreign}`);
  const required = command.operands.filter((operand) => !operand.startsWith("["));
  if (operands.length < required.length || operands.length > command.operands.length) {
    throw new UsageError(`usage: qpc ${[name, ...command.operands].join(" ")} [options]`);
  }
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

function hex(flag: Flag, text: string): Uint8Array {
  if (/^([0-9a-f]{2})*$/i.test(text)) return Uint8Array.from(Buffer.from(text, "hex"));
  throw new UsageError(`--${flag} takes hexadecimal digits in pairs`);
}
