// A small adapter that reads frames, connects and calls, sound or with one fault: what doctor and the
// runners are tried on.
// `node base.ts [FAULT [CASE]]`; a fault of a case shows only while that case is asked.

import { once } from "node:events";
import { createServer, connect as dial } from "node:net";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type Bytes, materialise } from "../../../vectors/bytes.ts";
import type { createConnections } from "./connections.ts";

type Connections = ReturnType<typeof createConnections>;

/** FAULTS of the whole adapter, each of which doctor finds. */
export const FAULTS = [
  "silent-hello",
  "other-version",
  "string-ids",
  "never-unsupported",
  "strict-fields",
  "one-at-a-time",
  "short-lines",
  "small-frames",
  "error-text",
  "own-classes",
  "flood",
  "second-reply",
  "half-json",
  "dies-of-arguments",
  "stays",
  "few-at-once",
  "any-certificate",
  "one-call",
  "in-order",
  "deaf-state",
  "no-deadline",
  "cancels-nothing",
  "small-bodies",
  "hex-for-all",
  "closes-nothing",
  "one-life-users",
] as const;

/** CASE_FAULTS show while one case is asked; the verdict is that of the case. */
export const CASE_FAULTS = {
  exits: "crash",
  "exits-after-reply": "crash",
  "crash-reply": "crash",
  hangs: "timeout",
  "second-reply": "harness-error",
  "late-second-reply": "harness-error",
  "other-id": "harness-error",
  "half-json": "harness-error",
  "long-line": "harness-error",
  flood: "harness-error",
  "no-form": "harness-error",
  "own-classes": "harness-error",
} as const;

/** CLIENT_CASE_FAULTS are those that a case with connections can meet besides. */
export const CLIENT_CASE_FAULTS = { ...CASE_FAULTS, "exits-after-close": "crash" } as const;

interface Request {
  readonly id: number;
  readonly op: string;
  readonly case?: string;
  readonly kind?: string;
  readonly bytes?: Bytes;
  readonly [field: string]: unknown;
}

const LAYOUTS: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  request: [
    ["method_id", 2],
    ["request_id", 4],
  ],
  response: [
    ["status", 1],
    ["request_id", 4],
  ],
  push: [["event_type", 2]],
};
const KNOWN_FIELDS = ["id", "op", "case", "kind", "bytes", "adapter", "suite", "spec", "role"];
const MESSAGES = ["NewMessage", "TypingIndicator", "PresenceUpdate", "GroupMembershipChange"];
const LEVEL_1 = ["open", "call", "cancel", "events", "state", "close"];
/** Operations that may be the last of a case. */
const LAST = ["frame.decode", "close"];
const KNOWN_STATUSES = [0, 1, 2, 3, 4, 5, 8, 9, 10, 11];

const FEATURES = ["frame", "call", "cancel", "raw-calls", "user"];

let connections: Promise<Connections> | undefined;

/** connect does the operations of level 1; QUIC is loaded for the first of them. */
async function connect(request: Request, fault: string): Promise<object | undefined> {
  connections ??= import("./connections.ts").then((loaded) => loaded.createConnections(fault));
  return (await connections).run(request);
}

const users = new Set<string>();

function user({ op, user: name }: Request, fault: string): object {
  if (op !== "user.open" && op !== "user.close") return { unsupported: op };
  const isKnown = users.has(String(name));
  users.add(String(name));
  return fault === "one-life-users" && op === "user.open" && isKnown
    ? { err: { class: "local.invalid" } }
    : { ok: {} };
}

async function answer(request: Request, fault: string): Promise<object | undefined> {
  const { op, kind = "", bytes } = request;
  if (op === "hello") {
    if (fault === "silent-hello") return undefined;
    const about = { name: "base", version: "1", language: "typescript", features: FEATURES };
    const most = fault === "few-at-once" ? 4 : 32;
    return { ok: { adapter: fault === "other-version" ? 2 : 1, ...about, max_parallel: most } };
  }
  if (op === "bye") return { ok: {} };
  if (fault === "strict-fields") {
    const strange = Object.keys(request).find((name) => !KNOWN_FIELDS.includes(name));
    if (strange) return { crash: `unknown field ${strange}` };
  }
  if (op === "call" && fault === "own-classes") return { err: { class: "ECALL" } };
  if (LEVEL_1.includes(op)) return connect(request, fault);
  if (op.startsWith("user.")) return user(request, fault);
  if (op !== "frame.decode")
    return fault === "never-unsupported" ? { ok: {} } : { unsupported: op };
  const layout = LAYOUTS[kind];
  if (bytes === undefined || layout === undefined) {
    if (fault === "dies-of-arguments") process.exit(1);
    return { crash: "no kind or no bytes" };
  }
  const frame = decode(layout, Buffer.from(materialise(bytes)));
  if (typeof frame !== "string") return { ok: frame };
  if (fault === "error-text") return { err: frame };
  return { err: { class: fault === "own-classes" ? "EFRAME" : frame } };
}

/** decode answers the class of an error as text. */
function decode(layout: readonly (readonly [string, number])[], data: Buffer): object | string {
  const fields: Record<string, number> = {};
  let offset = 0;
  for (const [name, size] of [...layout, ["len", 4] as const]) {
    if (offset + size > data.length) return "frame.truncated";
    fields[name] = data.readUIntBE(offset, size);
    offset += size;
  }
  const { len = 0, ...header } = fields;
  const payload = data.subarray(offset);
  if (len > 4_194_304) return "frame.too_large";
  if (len !== payload.length) return payload.length < len ? "frame.truncated" : "frame.trailing";
  const { status, event_type } = header;
  return {
    ...header,
    payload:
      payload.length === 0 || payload.length > 1e6
        ? run(payload)
        : { hex: payload.toString("hex") },
    ...(status !== undefined && { treat_as: KNOWN_STATUSES.includes(status) ? status : 10 }),
    ...(event_type !== undefined && { message: MESSAGES[event_type - 1000] ?? null }),
  };
}

function run(payload: Buffer): object {
  const byte = payload[0] ?? 0;
  const isRun = payload.every((one) => one === byte);
  return isRun ? { fill: payload.length, byte } : { hex: payload.toString("hex") };
}

async function serve(
  input: Readable,
  output: Writable,
  leave: () => void,
  fault = "",
  onlyCase?: string,
): Promise<void> {
  const write = (value: object) => output.write(`${JSON.stringify(value)}\n`);
  const owed: object[] = [];
  let busy = false;
  for await (const line of createInterface({ input })) {
    const request = JSON.parse(line) as Request;
    const { id, op } = request;
    const isOn = onlyCase === undefined || request.case === onlyCase;
    const now = isOn ? fault : "";
    if (now === "short-lines" && line.length > 65_536) process.exit(2);
    if (now === "hangs" || (now === "one-at-a-time" && busy)) continue;
    if (now === "exits") process.exit(3);
    if (now === "flood" && op !== "hello") output.write("DEBUG here I am\n".repeat(20_000));
    if (now === "half-json" && op !== "hello") output.write(`{"id":${id},\n`);
    if (now === "long-line") output.write(`{"id":${id},"ok":{"x":"${"x".repeat(33 * 1024 * 1024)}`);
    // It comes with the next request: when the case may be over.
    for (const late of owed.splice(0)) write(late);
    const finish = async () => {
      if (now === "crash-reply") write({ id, crash: "panic" });
      else if (now === "no-form") write({ id });
      else {
        const reply = await answer(request, now);
        const isSmall =
          now === "small-frames" && JSON.stringify(request).includes('"fill":4194304');
        const said = now === "string-ids" ? String(id) : now === "other-id" ? 999_999 : id;
        if (reply) write({ id: said, ...(isSmall ? { crash: "too big" } : reply) });
        if (now === "second-reply" && op !== "hello") write({ id, ...reply });
        if (now === "late-second-reply" && LAST.includes(op)) owed.push({ id, ...reply });
      }
    };
    const done = finish();
    const exits = now === "exits-after-reply" || (now === "exits-after-close" && op === "close");
    if (!LEVEL_1.includes(op) || exits) await done;
    if (exits) process.exit(4);
    if (now === "one-at-a-time" && op !== "hello") {
      busy = true;
      setTimeout(() => {
        busy = false;
      }, 50);
    }
    if (op === "bye" && fault !== "stays") leave();
  }
}

if (import.meta.main) {
  const [fault, onlyCase] = process.argv.slice(2);
  if (fault === "stays") {
    process.on("SIGTERM", () => {});
    setInterval(() => {}, 1000);
  }
  const { QPC_RUNNER: runner, QPC_LISTEN: listen } = process.env;
  const exit = () => process.exit(0);
  if (listen !== undefined) {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      void serve(socket, socket, () => socket.end(), fault, onlyCase);
    });
    server.listen(Number(listen), "127.0.0.1");
    await once(server, "listening");
    process.stdout.write(`${JSON.stringify(server.address())}\n`);
  } else if (runner !== undefined) {
    const [host = "", port] = runner.split(":");
    const socket = dial(Number(port), host);
    await serve(socket, socket, exit, fault, onlyCase);
  } else {
    await serve(process.stdin, process.stdout, exit, fault, onlyCase);
  }
}
