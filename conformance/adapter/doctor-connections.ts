// What doctor tries of connections, calls and users, at a scripted server: that requests which wait do
// not hold up others, that time limits and cancels are kept, and that bodies are whole at any size.

import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../src/registry/limits.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { type Bytes, materialise } from "../../vectors/bytes.ts";
import { answerHealth, type HostileCall } from "../hostile/call.ts";
import { selfSigned } from "../hostile/certificates.ts";
import type { HostileConnection } from "../hostile/connection.ts";
import { type HostileServer, openHostile } from "../hostile/endpoint.ts";
import { NoAnswer } from "../judge/errors.ts";
import { createTrace } from "../judge/trace.ts";
import { type Check, type Patient, SKIPPED } from "./check.ts";
import { compare } from "./compare.ts";
import { isDeclared, type Json, LEAST_PARALLEL, type Reply, show } from "./protocol.ts";

const HEALTH = methodOf(HealthService.method.health).id;
const MOST = LIMITS.framePayload.value;

/** A HealthResponse of exactly the most bytes that a payload may have: one long text. */
const LARGE: Bytes = { parts: [{ hex: "0afbffff01" }, { fill: MOST - 5, byte: 0x61 }] };

export const CONNECTION_CHECKS: readonly Check[] = [
  {
    name: "requests at once",
    mend: `take at least ${LEAST_PARALLEL} requests at once, and say "max_parallel": 32: a call that waits must not hold up others`,
    run: ({ hello }) => {
      if (!isDeclared(hello, "call")) return `${SKIPPED}call is not declared`;
      return hello.maxParallel >= LEAST_PARALLEL ? "" : `"max_parallel" is ${hello.maxParallel}`;
    },
  },
  {
    name: "trust",
    mend: "trust the certificates in ca_pem and no others, and answer err conn.cert for another",
    run: (patient) =>
      atServer(patient, async (server) => {
        const other = await selfSigned();
        const reply = await patient.ask({ ...opening(server, "a"), ca_pem: other.caPem });
        const isTurnedDown =
          "err" in reply && ["conn.cert", "unspecified"].includes(reply.err.class);
        return isTurnedDown ? "" : `a server with a foreign certificate: ${show(reply)}`;
      }),
  },
  {
    name: "calls at once",
    mend: "make calls beside one another, each on a stream of its own, and answer each as soon as it has its own answer",
    run: (patient) =>
      connected(patient, async ({ peer, call }) => {
        const first = call();
        const early = await arrival(peer, first);
        const second = call();
        const late = await arrival(peer, second);
        await answerHealth(late);
        const reply = await second.reply;
        if (!isOk(reply)) return `the second of two calls: ${show(reply)}`;
        await answerHealth(early);
        const other = await first.reply;
        return isOk(other) ? "" : `the first of two calls, answered last: ${show(other)}`;
      }),
  },
  {
    name: "state during a call",
    mend: "answer state, events, cancel and close at once while a call waits",
    run: (patient) =>
      connected(patient, async ({ peer, call }) => {
        const waiting = call();
        const request = await arrival(peer, waiting);
        const state = await patient.ask({ op: "state", conn: "a" });
        if (!("ok" in state) || state.ok.open !== true) return `state: ${show(state)}`;
        await answerHealth(request);
        const reply = await waiting.reply;
        return isOk(reply) ? "" : `the call that waited: ${show(reply)}`;
      }),
  },
  {
    name: "deadline",
    mend: "answer err deadline when timeout_ms is over, and leave the connection open",
    run: (patient) =>
      connected(patient, async ({ peer, call }) => {
        const waiting = call({ timeout_ms: 300 });
        await arrival(peer, waiting);
        const reply = await waiting.reply;
        const isRight = "err" in reply && ["deadline", "unspecified"].includes(reply.err.class);
        return isRight ? "" : `a call that nobody answers: ${show(reply)}`;
      }),
  },
  {
    name: "cancel",
    mend: 'end the call whose request has the id in "call" with err cancelled, and answer cancel with ok',
    run: (patient) => {
      if (!isDeclared(patient.hello, "cancel")) return `${SKIPPED}cancel is not declared`;
      return connected(patient, async ({ peer, call }) => {
        const waiting = call();
        await arrival(peer, waiting);
        const done = await patient.ask({ op: "cancel", conn: "a", call: waiting.id });
        if (!("ok" in done)) return `cancel: ${show(done)}`;
        const reply = await waiting.reply;
        const isRight = "err" in reply && ["cancelled", "unspecified"].includes(reply.err.class);
        return isRight ? "" : `a call that was cancelled: ${show(reply)}`;
      });
    },
  },
  {
    name: "large bodies",
    mend: 'send bodies of up to 4 MiB as they are, and answer those over 64 KiB as {"sha256", "len"}',
    run: (patient) =>
      connected(patient, async ({ peer, call }) => {
        const waiting = call({ body: LARGE });
        const request = await arrival(peer, waiting);
        const large = materialise(LARGE);
        if (Buffer.compare(request.payload, large) !== 0) {
          return `${request.payload.length} bytes of body came, or others than the ${MOST} given`;
        }
        await request.answer(Status.Ok, large);
        const reply = await waiting.reply;
        if (!("ok" in reply)) return `an answer of 4 MiB: ${show(reply)}`;
        if (compare({ body: LARGE }, reply.ok)) return `an answer of 4 MiB: ${show(reply)}`;
        const { body } = reply.ok as { body: Json };
        return "hex" in body ? "an answer of 4 MiB came back as hex" : "";
      }),
  },
  {
    name: "close",
    mend: "close the connection with CONNECTION_CLOSE before close is answered; closing again is ok, and a call then is err conn.closed",
    run: (patient) =>
      connected(patient, async ({ peer, call }) => {
        // Once a call is answered the handshake is confirmed, and the close travels in a packet of its own.
        const first = call();
        await answerHealth(await arrival(peer, first));
        await first.reply;
        for (const which of ["close", "close again"]) {
          const reply = await patient.ask({ op: "close", conn: "a" });
          if (!("ok" in reply)) return `${which}: ${show(reply)}`;
        }
        const late = new Promise<undefined>((resolve) => {
          setTimeout(() => resolve(undefined), CLOSE_MS).unref();
        });
        const info = await Promise.race([peer.quic.closed, late]);
        if (info?.by !== "peer") return "the server sees no CONNECTION_CLOSE";
        const reply = await call().reply;
        const isClosed = "err" in reply && ["conn.closed", "unspecified"].includes(reply.err.class);
        return isClosed ? "" : `a call on a closed connection: ${show(reply)}`;
      }),
  },
  {
    name: "users",
    mend: "user.open makes a user without state, again under the same name too; user.close is ok for any name",
    run: (patient) => {
      if (!isDeclared(patient.hello, "user.open")) return `${SKIPPED}user is not declared`;
      return atServer(patient, async (server) => {
        const { conn: _, ...where } = opening(server, "");
        for (const op of ["user.open", "user.open", "user.close", "user.close"]) {
          const reply = await patient.ask({ ...where, op, user: "doctor" });
          if (!("ok" in reply)) return `${op}: ${show(reply)}`;
        }
        return "";
      });
    },
  },
];

const CLOSE_MS = 2_000;

interface Connected {
  readonly server: HostileServer;
  readonly peer: HostileConnection;
  /** call makes a Health call, with other arguments where they are given. */
  call(more?: Json): Underway;
}

type Underway = ReturnType<Patient["begin"]>;

/** connected opens connection `a` to a server and does the work there. */
function connected(
  patient: Patient,
  work: (connected: Connected) => Promise<string>,
): Promise<string> | string {
  if (!isDeclared(patient.hello, "call")) return `${SKIPPED}call is not declared`;
  return atServer(patient, async (server) => {
    const reply = await patient.ask(opening(server, "a"));
    if (!("ok" in reply)) return `open: ${show(reply)}`;
    const peer = await server.connection();
    const usual = { op: "call", conn: "a", method: HEALTH, body: { hex: "" } };
    const timeout_ms = patient.timeout * 2;
    const call = (more: Json = {}) => patient.begin({ ...usual, timeout_ms, ...more });
    return work({ server, peer, call });
  });
}

/** arrival is the request of a call. Throws NoAnswer when the call is answered without. */
function arrival(peer: HostileConnection, { reply }: Underway): Promise<HostileCall> {
  const early = reply.then((answer) => {
    throw new NoAnswer(`a call that the server has not seen: ${show(answer)}`);
  });
  return Promise.race([peer.call(), early]);
}

async function atServer(
  { hello, timeout }: Patient,
  work: (server: HostileServer) => Promise<string>,
): Promise<string> {
  if (!isDeclared(hello, "call") && !isDeclared(hello, "user.open")) {
    return `${SKIPPED}call is not declared`;
  }
  const context = { transport, trace: createTrace(), ms: timeout, onError: () => {} };
  const server = await openHostile(context);
  try {
    return await work(server);
  } catch (error) {
    if (error instanceof NoAnswer) return error.message;
    throw error;
  } finally {
    await server.close();
  }
}

const transport = createQuicTransport();

function opening({ host, port, serverName, caPem, alpn }: HostileServer, conn: string): Json {
  const where = { host, port, server_name: serverName, ca_pem: caPem, alpn };
  return { op: "open", conn, ...where, timeout_ms: 5_000 };
}

function isOk(reply: Reply): boolean {
  return "ok" in reply && reply.ok.status === Status.Ok;
}
