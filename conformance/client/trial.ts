// What a case for clients works with: hostile servers, the SDK behind its adapter, checks, seeded bytes.

import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../src/registry/statuses.ts";
import type { QuicTransport } from "../../src/transport/transport.ts";
import { hex } from "../../vectors/bytes.ts";
import { compare } from "../adapter/compare.ts";
import type { Loss } from "../adapter/link.ts";
import {
  ERROR_CLASSES,
  type ErrorClass,
  type Hello,
  isDeclared,
  type Json,
  show,
} from "../adapter/protocol.ts";
import type { Asked, Session } from "../adapter/session.ts";
import { answerHealth, isHealth } from "../hostile/call.ts";
import {
  type HostileOptions,
  type HostileServer,
  openHostile,
  type Reachable,
} from "../hostile/endpoint.ts";
import type { World } from "../hostile/world/world.ts";
import { draw } from "../judge/draw.ts";
import { CheckFailed, HarnessError, NoAnswer, SubjectLost, Unsupported } from "../judge/errors.ts";
import { createTrace, type Trace } from "../judge/trace.ts";
import { type CheckResult, deviation } from "../judge/verdict.ts";
import type { ClientCase } from "./case.ts";
import {
  type Ask,
  okOf,
  type SdkConnection,
  type SdkReply,
  type SdkUser,
  sdkConnection,
  sdkUser,
} from "./sdk.ts";

export interface Evidence {
  readonly expected: string;
  readonly got: string;
}

export interface OpenArguments {
  readonly host: string;
  readonly port: number;
  readonly server_name: string;
  readonly ca_pem: string;
  readonly alpn: string;
  readonly timeout_ms: number;
}

export interface ClientTrial {
  readonly spec: ClientCase;
  readonly hello: Hello;
  readonly seed: number;

  /** server is a fresh hostile server, closed at the end of the case. */
  server(options?: HostileOptions): Promise<HostileServer>;
  /** world is an honest server that the case may bend, closed at the end of the case. */
  world(options?: HostileOptions): Promise<World>;
  /** open connects the SDK to a server. Throws PrerequisiteFailed when it is refused. */
  open(server: Reachable, more?: Partial<OpenArguments>): Promise<SdkConnection>;
  /** tryOpen answers whatever came of it. */
  tryOpen(server: Reachable, more?: Partial<OpenArguments>): Promise<SdkReply>;
  /** ask sends any operation; `ms` is how long the adapter may take, 10 s by default. */
  ask(op: string, args: Json, ms?: number): Promise<SdkReply>;
  /** user makes a user of the SDK, who has called nothing yet. */
  user(world: Reachable, name?: string): Promise<SdkUser>;
  /** bytes are drawn from the seed and the case: the same in every run. */
  bytes(length: number, label?: string): Uint8Array;

  /** check records a statement; `otherwise` is its verdict when it does not hold. */
  check(id: string, holds: boolean, evidence: Evidence, otherwise?: "fail" | "warn" | "info"): void;
  /** demand is a check that the rest of the case stands on. */
  demand(id: string, holds: boolean, evidence: Evidence): void;
  /** answered checks that a call came out with this status, and this body if one is given. */
  answered(reply: SdkReply, status: number, body?: Uint8Array, id?: string): void;
  /** refused checks that the SDK refused for one of these reasons. The case must have a twin. */
  refused(reply: SdkReply, classes: ErrorClass | readonly ErrorClass[], id?: string): void;
  /** ok answers the fields of a good reply. Throws PrerequisiteFailed for a refusal. */
  ok(reply: SdkReply, what?: string): Json;
  /** connectionLives checks that a Health call reaches the server and comes back, with no new connection. */
  connectionLives(on: SdkConnection, server: HostileServer, id?: string): Promise<void>;
  /** trace keeps a line for the report. */
  trace: Trace["add"];
  note(text: string): void;
}

/** Ground is what all cases of a run stand on. */
export interface Ground {
  readonly session: Session;
  readonly transport: QuicTransport;
  readonly seed: number;
  readonly timeoutScale: number;
  /** False while other cases run: then a loss of the adapter may be the fault of one of them. */
  readonly isAlone: () => boolean;
  /** Takes what is left to do when the case is over and its verdict is known. */
  readonly later: (work: Promise<unknown>) => void;
}

export interface FinishedClientTrial {
  readonly checks: readonly CheckResult[];
  readonly trace: readonly string[];
  readonly note: string | null;
  /** Ids of all requests of the case. */
  readonly ids: ReadonlySet<number>;
  /** Another case, as it seems, ended the adapter while this one ran. */
  readonly disturbed: boolean;
  /** The adapter was lost, and for this case's sake. */
  readonly lost: Pick<Loss, "verdict" | "why"> | undefined;
}

export interface OpenClientTrial extends ClientTrial {
  /** fault rejects as soon as something is lost that no case can do without; it never resolves. */
  readonly fault: Promise<never>;
  /** finish closes what the case opened. */
  finish(): Promise<FinishedClientTrial>;
}

const ASK_MS = 10_000;
const WAIT_MS = 5_000;
const OPEN_MS = 5_000;
const PASSWORD = "correct horse battery staple";

let connectionsMade = 0;

/** openClientTrial prepares a run of a case. */
export function openClientTrial(spec: ClientCase, ground: Ground): OpenClientTrial {
  const { session, transport, seed, timeoutScale, isAlone, later } = ground;
  const trace = createTrace();
  const checks: CheckResult[] = [];
  const ids = new Set<number>();
  const servers: HostileServer[] = [];
  const open = new Set<string>();
  const opened = new Map<Reachable, number>();
  const users = new Set<string>();
  const fault = Promise.withResolvers<never>();
  fault.promise.catch(() => {});
  let noted: string | null = null;
  let drawn = 0;
  let disturbed = false;
  let isOver = false;
  let lost: FinishedClientTrial["lost"];

  const forget = session.watch(({ verdict, why, guilty }) => {
    const isOurs = isAlone() || (guilty !== undefined && ids.has(guilty) && verdict !== "timeout");
    if (isOurs) lost = { verdict, why };
    else disturbed = true;
    trace.add("note", `the adapter is lost: ${why}`);
    fault.reject(new SubjectLost(isOurs ? verdict : "harness-error", why));
  });

  const ask: Ask = (op, args, ms = ASK_MS) => {
    // What a case goes on with after its end must not reach the adapter, which other cases use by then.
    if (isOver || lost || disturbed) return { id: 0, reply: rejected("the case is over") };
    return send(op, args, ms);
  };

  const send: Ask = (op, args, ms = ASK_MS) => {
    trace.add("sent", `-> ${op} ${show(withoutPem(args), 300)}`);
    const { id, asked } = session.begin(op, args, spec.id, ms * timeoutScale);
    ids.add(id);
    const reply = asked.then((answer) => read(op, answer));
    reply.catch(fault.reject);
    return { id, reply };
  };

  function read(op: string, asked: Asked): SdkReply {
    if ("loss" in asked) throw new SubjectLost(asked.loss.verdict, asked.loss.why);
    if ("disturbed" in asked) throw new SubjectLost("harness-error", "the adapter was lost");
    const { reply } = asked;
    trace.add("got", `<- ${op} ${show(reply, 300)}`);
    if ("unsupported" in reply) throw missing(op, isDeclared(session.hello, op));
    if ("crash" in reply) throw new SubjectLost("crash", `${op}: ${show(reply)}`);
    if ("err" in reply && !(ERROR_CLASSES as readonly string[]).includes(reply.err.class)) {
      throw new SubjectLost(
        "harness-error",
        `the adapter names no class of errors: ${show(reply)}`,
      );
    }
    return reply;
  }

  function reach(server: Reachable, more: Partial<OpenArguments>): OpenArguments {
    return {
      host: server.host,
      port: server.port,
      server_name: server.serverName,
      ca_pem: server.caPem,
      alpn: server.alpn,
      timeout_ms: OPEN_MS,
      ...more,
    };
  }

  async function tryOpen(name: string, server: Reachable, more: Partial<OpenArguments> = {}) {
    const args = reach(server, more);
    open.add(name);
    opened.set(server, (opened.get(server) ?? 0) + 1);
    return ask("open", { conn: name, ...args }, args.timeout_ms + ASK_MS).reply;
  }

  const trial: OpenClientTrial = {
    spec,
    hello: session.hello,
    seed,
    fault: fault.promise,
    async server(options) {
      const context = {
        transport,
        trace,
        ms: WAIT_MS * timeoutScale,
        // A client that does not finish what it sends is seen by what the case waits for.
        onError: (error: unknown) => void (error instanceof NoAnswer || fault.reject(error)),
      };
      const server = await openHostile(context, options);
      servers.push(server);
      return server;
    },
    async world(options) {
      const { createWorld } = await import("../hostile/world/world.ts");
      return createWorld(await trial.server(options));
    },
    async open(server, more) {
      const name = newConnection();
      okOf(await tryOpen(name, server, more), "open");
      return sdkConnection(ask, name);
    },
    tryOpen: (server, more) => tryOpen(newConnection(), server, more),
    ask: (op, args, ms) => ask(op, args, ms).reply,
    async user(world, name = `user-${Buffer.from(trial.bytes(5)).toString("hex")}`) {
      users.add(name);
      okOf(await ask("user.open", { user: name, ...reach(world, {}) }).reply, "user.open");
      return sdkUser(ask, name, PASSWORD);
    },
    bytes: (length, label = String(++drawn)) => draw(`${seed}/${spec.id}/${label}`, length),

    check(id, holds, { expected, got }, otherwise) {
      const verdict = holds ? "pass" : (otherwise ?? deviation(spec.severity));
      checks.push({ id, verdict, ...(!holds && { expected, got }) });
    },
    demand(id, holds, evidence) {
      trial.check(id, holds, evidence);
      if (!holds) throw new CheckFailed(id);
    },
    answered(reply, status, body, id = "answer") {
      const fields = { status, ...(body && { body: hex(body) }) };
      const differs = "ok" in reply ? compare(fields, reply.ok) : undefined;
      const got = differs?.got ?? show(reply);
      const expected = differs?.expected ?? `ok, status ${statusName(status)}`;
      trial.check(id, "ok" in reply && differs === undefined, { expected, got });
    },
    refused(reply, classes, id = "answer") {
      if (spec.twin === undefined) throw new HarnessError(`${spec.id} refuses without a twin`);
      const allowed: readonly string[] = [classes].flat();
      const evidence = { expected: `err ${allowed.join(" or ")}`, got: show(reply) };
      if ("err" in reply && reply.err.class === "unspecified") {
        checks.push({ id, verdict: "pass-unattributed", ...evidence });
      } else {
        trial.check(id, "err" in reply && allowed.includes(reply.err.class), evidence);
      }
    },
    ok: (reply, what = "a step on the way") => okOf(reply, what),
    async connectionLives(on, server, id = "connection-lives") {
      const done = new AbortController();
      const before = server.streams();
      const call = on.call(HealthService.method.health);
      serveHealth(server, done.signal).catch(() => {}); // a case that serves by itself answers
      const reply = await call;
      done.abort();
      const status = "ok" in reply ? reply.ok.status : undefined;
      const expected = "Health answered Ok on the same connection";
      const came = server.streams() > before;
      // An SDK that connects again behind the caller's back has let the connection die.
      const stayed = server.connections() <= (opened.get(server) ?? 0);
      const got = `${show(reply)}${came ? "" : ", no call"}${stayed ? "" : ", another connection"}`;
      trial.check(id, status === Status.Ok && came && stayed, { expected, got });
    },
    trace: trace.add,
    note(text) {
      noted = text;
    },
    async finish() {
      isOver = true;
      const [done, made] = [[...trace.lines()], [...checks]];
      if (!lost && !disturbed) {
        const closing = [
          ...[...open].map((conn) => send("close", { conn })),
          ...[...users].map((user) => send("user.close", { user })),
        ];
        // What comes of it is no matter of this case, unless the adapter is lost over it.
        await Promise.allSettled(closing.map(({ reply }) => reply));
      }
      forget();
      later(Promise.all(servers.map((server) => server.close())));
      return { checks: made, trace: done, note: noted, ids, disturbed, lost };
    },
  };
  return trial;
}

async function serveHealth(server: HostileServer, signal: AbortSignal): Promise<void> {
  for (;;) {
    const call = await server.call(WAIT_MS, signal);
    if (isHealth(call)) return answerHealth(call);
  }
}

/** Operations that an adapter may lack in a family that it declares. */
const DISPENSABLE: readonly string[] = ["user.reopen", "user.call", "group.leave"];

function missing(op: string, declared: boolean): Error {
  if (!declared || DISPENSABLE.includes(op)) return new Unsupported(`needs ${op}`);
  return new SubjectLost("harness-error", `${op} is declared, and the reply is unsupported`);
}

function rejected(why: string): Promise<never> {
  const promise = Promise.reject(new SubjectLost("harness-error", why));
  promise.catch(() => {});
  return promise;
}

function newConnection(): string {
  connectionsMade += 1;
  return `c${connectionsMade}`;
}

function withoutPem({ ca_pem: _, ...args }: Json): Json {
  return args;
}
