// Starts what a case of its own needs: one server, or two that know each other as peers.

import type { OwnServer } from "./case.ts";
import { freePort, HOME, REMOTE, type Stage } from "./federation.ts";
import { type Launch, type Subject, startSubject } from "./subject.ts";

export interface OwnSubjects {
  readonly subject: Subject;
  /** The server of b.test, where the case has two. */
  readonly other: Subject | undefined;
}

/** Around is what all servers of a run are started with. */
export interface Around {
  readonly launch: Launch;
  readonly stage: Stage;
  /** How long a server may take to its ready line, in milliseconds. */
  readonly readyMs: number;
}

/** startOwn throws SubjectUnusable, and leaves no process behind then. */
export async function startOwn(
  server: OwnServer,
  { launch, stage, readyMs }: Around,
): Promise<OwnSubjects> {
  const { limits, alpn, ownCertificate, profile, without, pair } = server;
  const isFederated = profile?.federation !== "off";
  const asked: Launch = {
    ...launch,
    ...(limits && { limits }),
    ...(alpn && { alpn }),
    ...(profile && { profile }),
    ...(without && { without }),
    ...(ownCertificate && { tls: undefined }),
    federation: isFederated ? await stage.section() : undefined,
  };
  if (!pair) return { subject: await startSubject(asked, readyMs), other: undefined };
  return startPair({ launch: asked, stage, readyMs });
}

// Each has to know the other's port before either runs, and keeps its own when it is started again.
async function startPair({ launch, stage, readyMs }: Around): Promise<OwnSubjects> {
  const [home, remote] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const ours = { domain: HOME, listen: home, peers: { [REMOTE]: remote } };
  const theirs = { domain: REMOTE, listen: remote, peers: { [HOME]: home } };
  const started = await Promise.allSettled(
    [ours, theirs].map(async (parts) =>
      startSubject({ ...launch, federation: await stage.section(parts) }, readyMs),
    ),
  );
  const living = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const [subject, other] = living;
  if (subject !== undefined && other !== undefined) return { subject, other };
  await Promise.all(living.map((one) => one.stop()));
  throw started.find((one) => one.status === "rejected")?.reason;
}
