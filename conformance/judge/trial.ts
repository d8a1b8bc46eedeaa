// What a case works with while it runs: peers, users, checks, hooks, seeded bytes.

import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import type { ProfileFlag } from "../../src/registry/profile.ts";
import { Status, statusName } from "../../src/registry/statuses.ts";
import type { QuicConnection } from "../../src/transport/transport.ts";
import { type Account, demandOk, newAccount, register } from "./account.ts";
import type { Case, Hook } from "./case.ts";
import { draw } from "./draw.ts";
import { CheckFailed, HarnessError, Unsupported } from "./errors.ts";
import { type FederationTrial, federationTrial } from "./federation-trial.ts";
import { type Answer, createPeer, type Peer } from "./peer.ts";
import { otherReason } from "./reason.ts";
import { describe, type RawStream, type Reaction } from "./stream.ts";
import type { Subject, TestLimits } from "./subject.ts";
import type { ReachOptions, Target } from "./target.ts";
import { createTrace, spell } from "./trace.ts";
import { logIn, type User } from "./user.ts";
import { type CheckResult, deviation } from "./verdict.ts";

export interface Evidence {
  readonly expected: string;
  readonly got: string;
  /** Status that came back, to be kept in a passed check too. */
  readonly observed?: string;
}

export interface Trial {
  readonly spec: Case;
  readonly subject: Subject;
  readonly profile: Readonly<Record<ProfileFlag, string>>;
  /** The reading that this run of the case goes by; undefined without a flag. */
  readonly reading: string | undefined;

  /** peer opens a fresh connection, closed when the case ends. */
  peer(options?: ReachOptions): Promise<Peer>;
  /** turnedAway answers why a connection was refused, or undefined when it was made after all. */
  turnedAway(options?: ReachOptions): Promise<string | undefined>;
  /** user lends a logged-in user with an empty default inbox. */
  user(): Promise<User>;
  /** newUser registers and logs in an account of its own. */
  newUser(): Promise<User>;
  /** logIn opens another session of an account, on a connection of its own. */
  logIn(account: Account): Promise<User>;
  /** admin logs in an administrator, on a connection of its own; Unsupported where we have none. */
  admin(): Promise<User>;
  /** operatorToken is the subject's; Unsupported where we do not know it. */
  operatorToken(): Uint8Array;
  /** bytes are drawn from the seed and the case: the same in every run. */
  bytes(length: number, label?: string): Uint8Array;

  /** check records a statement; `otherwise` is its verdict when it does not hold. */
  check(id: string, holds: boolean, evidence: Evidence, otherwise?: "fail" | "warn" | "info"): void;
  /** demand is a check that the rest of the case stands on. */
  demand(id: string, holds: boolean, evidence: Evidence): void;
  /** status demands, as check `answer`, that an answer has one of these statuses. */
  status(answer: Answer, ...allowed: readonly Status[]): void;
  /**
   * refused checks that a call was refused with this status, for the reason that the case is about:
   * an ErrorDetail.code that names a rule of another kind is a failure. The case must have a twin.
   */
  refused(answer: Answer, status: Status | readonly Status[], id?: string): void;
  /** reaction checks the end of a raw stream: a status, "reset" or "closed". */
  reaction(got: Reaction, ...allowed: readonly (Status | "reset" | "closed")[]): void;
  /** silent checks that a stream stays without reaction for `ms` milliseconds. */
  silent(id: string, stream: RawStream, ms: number): Promise<void>;
  /** connectionLives checks that Health is still answered on the connection. */
  connectionLives(peer: Peer, id?: string): Promise<void>;

  hook(op: "clock.advance", ms: number): Promise<void>;
  hook(op: "restart"): Promise<void>;
  /** Changes limits of the running subject, by their wire names. */
  hook(op: "limits", limits: TestLimits): Promise<void>;
  /** Makes an identity key (32 bytes) an administrator's. */
  hook(op: "admin", key: Uint8Array): Promise<void>;
  /** Drops the next pushes. */
  hook(op: "drop_push", count: number): Promise<void>;
  /** kill ends the server of the case's own with SIGKILL and starts it again on the same state. */
  kill(): Promise<void>;
  /** down ends it with SIGKILL and answers what starts it again. */
  down(): Promise<() => Promise<void>>;
  /** federation is how other servers reach the subject, and it them; Unsupported where we know no way. */
  federation(): FederationTrial;
  /** other is the same trial at the second server of a case that has two. */
  other(): Trial;
  /** terminate sends SIGTERM to the server of the case's own; its end is expected from now on. */
  terminate(): Promise<number | null>;
  note(text: string): void;
}

export interface FinishedTrial {
  readonly checks: readonly CheckResult[];
  readonly trace: readonly string[];
  readonly note: string | null;
  /** True when the case itself ended the subject. */
  readonly endedSubject: boolean;
  /** True when a stream that the case drove itself met the subject's rate limit. */
  readonly wasLimited: boolean;
}

export interface OpenTrial extends Trial {
  /** finish closes what the case opened; users of a case that passed go back to the pool. */
  finish(passed: boolean): Promise<FinishedTrial>;
}

/** openTrial prepares a run of a case against a target. */
export function openTrial(
  spec: Case,
  target: Target,
  seed: number,
  reading: string | undefined,
): OpenTrial {
  const trace = createTrace();
  const checks: CheckResult[] = [];
  const peers: Peer[] = [];
  const lent: User[] = [];
  const own: User[] = [];
  let other: OpenTrial | undefined;
  let noted: string | null = null;
  let drawn = 0;
  let endedSubject = false;
  let wasLimited = false;
  const onLimited = () => {
    wasLimited = true;
  };
  const inBody = target.profile.session === "body";

  function adopt(quic: QuicConnection): Peer {
    trace.add("note", `connection to ${quic.remote.host}:${quic.remote.port}, ALPN ${quic.alpn}`);
    const made = createPeer(quic, { ...target.peerContext, trace, onLimited });
    peers.push(made);
    return made;
  }

  const peer = async (options?: ReachOptions) => adopt(await target.connect(options));

  function ownServer(what: string): void {
    if (spec.needs !== "own-server") throw new HarnessError(`${what} on a server that others use`);
  }

  const trial: OpenTrial = {
    spec,
    subject: target.subject,
    profile: target.profile,
    reading,
    peer,
    async turnedAway(options) {
      try {
        await peer(options);
        return undefined;
      } catch (error) {
        trace.add("note", `connection refused: ${(error as Error).message}`);
        return (error as Error).message;
      }
    },
    async user() {
      const user = await target.users.take();
      user.peer.traceTo(trace);
      lent.push(user);
      return user;
    },
    async newUser() {
      const signUp = await peer();
      const account = newAccount();
      demandOk(await register(signUp, account), "OpaqueRegisterFinish");
      const user = await logIn(signUp, account, inBody);
      own.push(user);
      return user;
    },
    logIn: async (account) => logIn(await peer(), account, inBody),
    async admin() {
      const { admin } = target.subject;
      if (admin === undefined) {
        throw new Unsupported("needs an administrator: use --command, or name one in the preset");
      }
      const signUp = await peer();
      // Refused, in one way or another, when an earlier case or somebody else has registered it (C-27).
      await register(signUp, admin);
      return logIn(signUp, admin, inBody);
    },
    operatorToken() {
      const { operatorToken } = target.subject;
      if (operatorToken === undefined) {
        throw new Unsupported("needs the operator token: use --command, or name it in the preset");
      }
      return new TextEncoder().encode(operatorToken);
    },
    bytes: (length, label = String(++drawn)) => draw(`${seed}/${spec.id}/${label}`, length),

    check(id, holds, { expected, got, ...seen }, otherwise) {
      const verdict = holds ? "pass" : (otherwise ?? deviation(spec.severity));
      checks.push({ id, verdict, ...(!holds && { expected, got }), ...seen });
    },
    demand(id, holds, evidence) {
      trial.check(id, holds, evidence);
      if (!holds) throw new CheckFailed(id);
    },
    status(answer, ...allowed) {
      trial.demand("answer", allowed.includes(answer.status as Status), {
        expected: allowed.map(statusName).join(" or "),
        got: spellAnswer(answer),
        observed: statusName(answer.status),
      });
    },
    refused(answer, status, id = "answer") {
      if (spec.twin === undefined) throw new HarnessError(`${spec.id} refuses without a twin`);
      const allowed = [status].flat();
      const other = otherReason(answer, spec.rules, target.profile.reconstructed === "draft");
      const fits = allowed.includes(answer.status as Status) && other === undefined;
      const why = other === undefined ? "" : `; refused for another reason: ${other}`;
      trial.check(id, fits, {
        expected: allowed.map(statusName).join(" or "),
        got: `${spellAnswer(answer)}${why}`,
        observed: statusName(answer.status),
      });
    },
    reaction(got, ...allowed) {
      const fits = allowed.some((one) =>
        typeof one === "number" ? got.kind === "response" && got.status === one : got.kind === one,
      );
      const expected = allowed.map((one) => (typeof one === "number" ? statusName(one) : one));
      trial.check("answer", fits, { expected: expected.join(" or "), got: describe(got) });
    },
    async silent(id, stream, ms) {
      const got = await stream.reaction(ms);
      trial.check(id, got.kind === "silence", { expected: "silence", got: describe(got) });
    },
    async connectionLives(on, id = "connection-lives") {
      const health = await on.call(HealthService.method.health, {});
      trial.check(id, health.status === Status.Ok, {
        expected: "Health answered Ok on the same connection",
        got: spellAnswer(health),
      });
    },

    async hook(op: Hook, argument?: number | TestLimits | Uint8Array) {
      if (!spec.hooks.includes(op)) throw new HarnessError(`${spec.id} does not declare ${op}`);
      const args = hookArguments(op, argument);
      trace.add("note", `hook ${op} ${JSON.stringify(args)}`);
      await target.subject.hook(op, args);
    },
    async kill() {
      ownServer("kill");
      trace.add("note", "SIGKILL and a new start");
      await target.subject.kill();
      await target.subject.startAgain();
    },
    async down() {
      ownServer("kill");
      trace.add("note", "SIGKILL");
      await target.subject.kill();
      return target.subject.startAgain;
    },
    terminate() {
      ownServer("SIGTERM");
      endedSubject = true;
      trace.add("note", "SIGTERM");
      target.subject.terminate();
      return target.subject.exited();
    },
    federation: () => federationTrial(target, adopt),
    other() {
      if (target.other === undefined) throw new HarnessError(`${spec.id} has one server`);
      other ??= openTrial(spec, target.other, seed, reading);
      return other;
    },
    note(text) {
      noted = text;
    },
    async finish(passed) {
      const [done, made] = [[...trace.lines()], [...checks]];
      for (const user of lent) {
        if (passed) target.users.giveBack(user);
        else own.push(user);
      }
      await Promise.all(own.map(target.users.retire));
      await Promise.all(peers.filter((one) => one.isOpen()).map((one) => one.close()));
      made.push(...((await other?.finish(passed))?.checks ?? []));
      return { checks: made, trace: done, note: noted, endedSubject, wasLimited };
    },
  };
  return trial;
}

function hookArguments(op: Hook, argument: unknown): Readonly<Record<string, unknown>> {
  switch (op) {
    case "clock.advance":
      return { ms: argument };
    case "restart":
      return {};
    case "limits":
      return { ...(argument as TestLimits) };
    case "admin":
      return { key: { hex: Buffer.from(argument as Uint8Array).toString("hex") } };
    case "drop_push":
      return { count: argument };
  }
}

function spellAnswer(answer: Answer): string {
  const detail = answer.code ? `, code ${answer.code}` : "";
  const payload = answer.payload.length > 0 ? `, payload ${spell(answer.payload)}` : "";
  return `${statusName(answer.status)}${detail}${payload}`;
}
