// The server under test: a process that we start, or one that is already running.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Account, newAccount } from "./account.ts";
import { type Declaration, readDeclaration } from "./declaration.ts";
import { SubjectGone, SubjectUnusable } from "./errors.ts";
import type { Section } from "./federation.ts";
import { type SubjectProcess, spawnSubject } from "./subject-process.ts";

/** Limits of QPC_TEST_CONFIG, by their wire names. */
export interface TestLimits {
  readonly frame?: number;
  readonly rate_per_s?: number;
  readonly idle_ms?: number;
  readonly header_ms?: number;
  readonly frame_ms?: number;
  readonly wait_ms?: number;
  readonly pending_login_ms?: number;
  readonly session_ms?: number;
  readonly drain_ms?: number;
}

/** Limits of the default tier: no rate limit, and deadlines short enough to wait for. */
export const DEFAULT_TEST_LIMITS: TestLimits = {
  frame: 4_194_304,
  rate_per_s: 0,
  idle_ms: 60_000,
  header_ms: 1_500,
  frame_ms: 3_000,
  wait_ms: 30_000,
  pending_login_ms: 5_000,
};

export interface Subject {
  readonly host: string;
  /** The port may change with a restart. */
  readonly port: number;
  /** Certificate to trust; undefined when the subject made its own and nobody vouches for it. */
  readonly caPem: string | undefined;
  readonly serverName: string;
  readonly declaration: Declaration | undefined;
  readonly limits: TestLimits;
  /** Account whose key the subject was told is an administrator's, registered by the first case that needs it. */
  readonly admin: Account | undefined;
  /** Operator token of the subject (C-22); undefined when we do not know it. */
  readonly operatorToken: string | undefined;
  /** Where the subject keeps its state; undefined when it is not ours. */
  readonly dataDir: string | undefined;
  /** Its federation listener: port 0 when it has none; undefined when it was not asked for one. */
  readonly federation: { readonly domain: string; readonly port: number } | undefined;
  /** hook runs an optional operation of a subject that we started; throws Unsupported when it lacks it. */
  hook(op: string, args?: Readonly<Record<string, unknown>>): Promise<void>;
  /** kill ends the process with SIGKILL; startAgain starts it on the same data directory. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  /** terminate sends SIGTERM and does not wait. */
  terminate(): void;
  /** exited resolves with the exit code of the process as it is now. */
  exited(): Promise<number | null>;
  isAlive(): boolean;
  /** peakMemory is the most that the subject has had resident, in bytes; undefined when nobody tells. */
  peakMemory(): number | undefined;
  /** stderr is the newest output of the process, for evidence. */
  stderr(): string;
  stop(): Promise<void>;
}

export interface Launch {
  /** Program and arguments; run through `sh -c` when it is one string. */
  readonly command: string | readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Certificate for the subject to use; undefined = it makes one. */
  readonly tls: { readonly certPem: string; readonly keyPem: string } | undefined;
  readonly alpn?: readonly string[];
  readonly limits?: TestLimits;
  /** Readings that the subject is asked for. */
  readonly profile?: Readonly<Record<string, string>>;
  /** Families that the subject is asked to leave out. */
  readonly without?: readonly string[];
  /** Federation of the subject; undefined = off. */
  readonly federation?: Section | undefined;
}

/** How long a subject may take to its ready line. */
export const READY_MS = 30_000;

/** startSubject starts a process and waits for its ready line. Throws SubjectUnusable. */
export async function startSubject(launch: Launch, readyMs = READY_MS): Promise<Subject> {
  const dataDir = await mkdtemp(join(tmpdir(), "qpc-subject-"));
  const limits = { ...DEFAULT_TEST_LIMITS, ...launch.limits };
  const admin = newAccount();
  const operatorToken = randomBytes(24).toString("base64url");
  const config = JSON.stringify({
    listen: "127.0.0.1:0",
    cert_pem: launch.tls?.certPem,
    key_pem: launch.tls?.keyPem,
    alpn: launch.alpn ?? ["qpc"],
    data_dir: dataDir,
    limits,
    admins: [{ hex: Buffer.from(admin.identityKey).toString("hex") }],
    operator_token: operatorToken,
    profile: launch.profile,
    without: launch.without,
    federation: launch.federation,
  });
  const start = () => spawnSubject(launch.command, { ...launch.env, QPC_TEST_CONFIG: config });
  const remove = () => rm(dataDir, { recursive: true, force: true });
  let running = start();
  try {
    let ready = await running.ready(readyMs);
    return {
      host: ready.host,
      get port() {
        return ready.port;
      },
      caPem: launch.tls?.certPem,
      serverName: "localhost",
      declaration: readDeclaration(ready.line),
      limits,
      admin,
      operatorToken,
      dataDir,
      get federation() {
        if (launch.federation === undefined) return undefined;
        const port = Number(ready.line.federation_port ?? 0);
        return { domain: launch.federation.domain, port };
      },
      async hook(op, args) {
        await running.hook(op, args);
        if (op === "restart") ready = await running.ready(readyMs);
      },
      async kill() {
        running.signal("SIGKILL");
        await running.end();
      },
      async startAgain() {
        running = start();
        ready = await running.ready(readyMs);
      },
      terminate: () => running.signal("SIGTERM"),
      exited: () => running.exited,
      isAlive: () => running.isAlive(),
      peakMemory: () => running.peakMemory(),
      stderr: () => running.stderr(),
      async stop() {
        await running.end();
        await remove();
      },
    };
  } catch (error) {
    await running.end();
    await remove();
    throw unusable(error, running);
  }
}

function unusable(error: unknown, process: SubjectProcess): unknown {
  const known = error instanceof SubjectUnusable || error instanceof SubjectGone;
  if (!known) return error;
  const said = process.stderr().trim().split("\n").at(-1);
  return new SubjectUnusable(`${error.message}${said ? `; it said: ${said}` : ""}`);
}
