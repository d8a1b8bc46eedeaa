// SIGTERM: what is running is answered, what comes later is refused, connections are closed
// (spec/transport.md, C-15, I-06). Health and FetchWait say more about it in their own chapters.

import { AuthService, DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { CloseInfo } from "../../../src/transport/transport.ts";
import { newUsername } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import { describe, type Reaction } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { BLINDED } from "../opaque-literals.ts";
import { AT_ONCE_MS, allOk, health, transportCase, unfinishedFrame, within } from "./calls.ts";
import { startWait } from "./waits.ts";

const { enqueue } = DeliveryService.method;
const { opaqueRegisterStart } = AuthService.method;

/** How long a subject may take from the signal to the first effect, and from its last call to its end. */
const NOTICE_MS = 2_000;
const EXIT_MS = 4_000;

export const drainCases: readonly Case[] = [
  transportCase({
    id: "transport.drain.running-calls",
    rules: ["transport.drain"],
    features: ["auth", "delivery"],
    server: {},
    sends: "half an Enqueue, a FetchWait, 20 Enqueues; SIGTERM; then the other half",
    expects: "Ok to the first two, Ok or Unavailable to each of the 20: no call is cut off",
    checks: ["burst", "wait", "answer"],
    errata: ["C-15", "I-06"],
    async run(t) {
      const user = await t.user();
      const frame = (text: string) =>
        user.frame(enqueue, { recipientKey: user.key, payload: Buffer.from(text) });
      const half = await user.peer.open();
      await half.write(frame("in two halves").subarray(0, -4));
      const wait = await startWait(await t.user());
      await health(user.peer);

      const burst = Array.from({ length: 20 }, (_, i) => user.peer.send(frame(`message ${i}`)));
      void t.terminate();
      const answers = await Promise.all(burst);
      const cut = answers.find((got) => !isAnswer(got, Status.Ok, Status.Unavailable));
      t.check("burst", cut === undefined, {
        expected: "Ok or Unavailable to each",
        got: cut ? describe(cut) : "",
      });
      allOk(t, [await wait.reaction(AT_ONCE_MS)], "wait");
      await untilDraining(user.peer);
      await half.finish(frame("in two halves").subarray(-4));
      t.reaction(await half.reaction(AT_ONCE_MS), Status.Ok);
    },
  }),

  transportCase({
    id: "transport.drain-refuses-calls.later-call",
    rules: ["transport.drain-refuses-calls", "status.unavailable"],
    twin: "framing.request-header.ten-bytes",
    features: ["auth"],
    server: {},
    sends: "SIGTERM while a call is running; on its connection OpaqueRegisterStart, then Health",
    expects: "Unavailable, and Ok",
    checks: ["answer", "health"],
    errata: ["C-15", "I-06"],
    async run(t) {
      const peer = await peerWithRunningCall(t);
      void t.terminate();
      t.refused(await untilDraining(peer), Status.Unavailable);
      allOk(t, [await health(peer)], "health");
    },
  }),

  transportCase({
    id: "transport.drain-refuses-connections.later-connection",
    rules: ["transport.drain-refuses-connections"],
    twin: "transport.alpn.declared-token",
    features: ["auth"],
    server: {},
    sends: "SIGTERM while a call is running, and then a handshake",
    expects: "the handshake fails",
    checks: ["refused"],
    errata: ["C-15"],
    async run(t) {
      const peer = await peerWithRunningCall(t);
      void t.terminate();
      await untilDraining(peer);
      const refused = await t.turnedAway();
      t.check("refused", refused !== undefined, { expected: "no connection", got: "one" });
    },
  }),

  transportCase({
    id: "transport.close-reason.idle-connections",
    rules: ["transport.close-reason"],
    server: {},
    sends: "SIGTERM while two connections are idle",
    expects: "CONNECTION_CLOSE on both, and the end of the process, with exit code 0",
    checks: ["closed", "ends", "exit-code"],
    errata: ["C-15", "S-02"],
    async run(t) {
      const peers = [await t.peer(), await t.peer()];
      await Promise.all(peers.map((peer) => health(peer)));
      const closed = peers.map(({ quic }) => within(EXIT_MS, quic.closed));
      const exit = within(
        EXIT_MS,
        t.terminate().then((code) => ({ code })),
      );
      const ends = await Promise.all(closed);
      t.check("closed", ends.every(isCloseFrame), {
        expected: "CONNECTION_CLOSE on each",
        got: ends.map((info) => JSON.stringify(info ?? "silence")).join(", "),
      });
      const exited = await exit;
      t.check("ends", exited !== undefined, {
        expected: "no process after 4 s",
        got: "a living one",
      });
      t.check("exit-code", exited?.code === 0, { expected: "0", got: `${exited?.code}` }, "info");
    },
  }),
];

/** peerWithRunningCall keeps the drain from ending before the frame deadline, which is 3 s. */
async function peerWithRunningCall(t: Trial): Promise<Peer> {
  const peer = await t.peer();
  const stream = await peer.open();
  await stream.write(unfinishedFrame(1));
  await health(peer); // answered, so the stream has arrived as well
  return peer;
}

/** untilDraining repeats a call that keeps nothing until it is refused, and answers its last answer. */
async function untilDraining(peer: Peer): Promise<Answer> {
  const end = performance.now() + NOTICE_MS;
  const request = { username: newUsername(), request: BLINDED };
  let answer = await peer.call(opaqueRegisterStart, request);
  while (answer.status === Status.Ok && performance.now() < end) {
    answer = await peer.call(opaqueRegisterStart, request);
  }
  return answer;
}

function isAnswer(got: Reaction, ...statuses: readonly Status[]): boolean {
  return got.kind === "response" && statuses.some((status) => status === got.status);
}

// A stateless reset says that the server has forgotten the connection, not that it ended it.
function isCloseFrame(info: CloseInfo | undefined): boolean {
  return info?.by === "peer" && (info.application || info.reason !== "stateless reset");
}
