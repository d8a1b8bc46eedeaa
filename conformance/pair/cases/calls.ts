// Calls of an SDK on a real server: sizes, numbers, ends (spec/transport.md, spec/framing.md).

import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { HealthResponseSchema } from "../../../src/gen/qpc/v1/p2p_pb.ts";
import { LIMITS } from "../../../src/registry/limits.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { encodeTrailer } from "../../judge/peer.ts";
import { definePairCase, type PairCase } from "../case.ts";
import { LONG_MS, SHORT_MS, waitForMessage } from "../inbox.ts";
import { messageOf } from "../trial.ts";

const { health } = HealthService.method;
const { enqueue, peek } = DeliveryService.method;

const ENQUEUE = methodOf(enqueue).id;
const UNASSIGNED = 65_535;

export const callCases: readonly PairCase[] = [
  definePairCase({
    id: "pair-calls.health.answered",
    rules: ["transport.client-fin"],
    sends: "Health",
    expects: "Ok, status ok",
    checks: ["answer", "says-ok"],
    async run(t) {
      const on = await t.open();
      const reply = await t.call(on, health, {});
      t.answered(reply, Status.Ok);
      t.same("says-ok", messageOf(HealthResponseSchema, reply).status, "ok");
    },
  }),

  definePairCase({
    id: "pair-calls.unknown-method.told",
    rules: ["status.unknown-method"],
    sends: `method ${UNASSIGNED}, then Health on the same connection`,
    expects: "UnknownMethod comes through, and the connection lives on",
    checks: ["answer", "lives"],
    async run(t) {
      const on = await t.open();
      t.answered(await on.call(UNASSIGNED), Status.UnknownMethod);
      t.answered(await t.call(on, health, {}), Status.Ok, undefined, "lives");
    },
  }),

  definePairCase({
    id: "pair-calls.one-connection.hundred",
    rules: ["transport.stream-per-call"],
    sends: "Health 100 times, one after the other",
    expects: "Ok every time, on streams of their own of one connection",
    checks: ["all-ok", "streams", "connections"],
    async run(t) {
      const on = await t.open();
      let good = 0;
      for (let n = 0; n < 100; n++) {
        const reply = await t.call(on, health, {});
        if ("ok" in reply && reply.ok.status === Status.Ok) good += 1;
      }
      t.same("all-ok", good, 100);
      t.same("streams", new Set(t.tap.streams.map(({ stream }) => stream)).size, 100);
      t.same("connections", t.tap.connections.length, 1);
    },
  }),

  definePairCase({
    id: "pair-calls.parallel.sixteen",
    rules: ["transport.concurrent-calls"],
    features: ["auth", "delivery"],
    sends: "a FetchWait, and 15 Health calls while it waits",
    expects: "the 15 are answered first, the FetchWait when a message comes",
    checks: ["all-ok", "waits", "answer"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const on = await t.open();
      const waiting = waitForMessage(t, on, bob);
      let isAnswered = false;
      void waiting.then(() => {
        isAnswered = true;
      });
      const replies = await Promise.all(Array.from({ length: 15 }, () => t.call(on, health, {})));
      const good = replies.filter((reply) => "ok" in reply && reply.ok.status === Status.Ok);
      t.same("all-ok", good.length, 15);
      t.same("waits", isAnswered, false);
      await alice.call(enqueue, { recipientKey: bob.key, payload: t.bytes(20) });
      t.answered(await waiting, Status.Ok);
    },
  }),

  definePairCase({
    id: "pair-calls.largest-request.answered",
    rules: ["framing.payload-limit"],
    features: ["auth", "delivery"],
    sends: "an Enqueue of 4,194,304 bytes, the session token among them",
    expects: "Ok: every byte arrives and none is refused for its size",
    checks: ["answer", "size"],
    async run(t) {
      const user = await t.user();
      const on = await t.open();
      const trailer = encodeTrailer(user.token);
      const head = Buffer.concat([Buffer.from([0x0a, 32]), user.key, Buffer.from([0x12])]);
      const room = LIMITS.framePayload.value - head.length - 4 - trailer.length;
      const body = Buffer.concat([head, varint(room), Buffer.alloc(room, 7), trailer]);
      t.answered(await on.call(ENQUEUE, body, { timeoutMs: LONG_MS }), Status.Ok);
      t.same("size", body.length, LIMITS.framePayload.value);
    },
  }),

  definePairCase({
    id: "pair-calls.large-answer.whole",
    rules: ["framing.response-limit"],
    features: ["auth", "delivery"],
    sends: "Peek on an inbox with one message of 3,000,000 bytes",
    expects: "every byte of it",
    checks: ["answer", "bytes"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const payload = Buffer.from(t.bytes(3_000_000));
      const put = await alice.call(enqueue, { recipientKey: bob.key, payload });
      t.demand("answer", put.status === Status.Ok, { expected: "Ok", got: `${put.status}` });
      const on = await t.open();
      const options = { token: bob.token, timeoutMs: LONG_MS };
      const reply = await t.call(on, peek, { recipientKey: bob.key }, options);
      const [found] = t.tap.streams;
      const passed = found ? Buffer.concat(found.fromServer.chunks) : Buffer.alloc(0);
      const whole = passed.includes(payload) && "ok" in reply && reply.ok.status === Status.Ok;
      const told = "ok" in reply && Object(reply.ok.body).len === passed.length - 9;
      t.same("bytes", [whole, told], [true, true]);
    },
  }),

  definePairCase({
    id: "pair-calls.deadline.given-up",
    rules: ["transport.concurrent-calls"],
    features: ["auth", "delivery"],
    sends: "a FetchWait of 20 s that the SDK may wait 500 ms for, then Health",
    expects: "deadline; the connection lives on",
    checks: ["answer", "lives"],
    async run(t) {
      const bob = await t.user();
      const on = await t.open();
      t.erred(await waitForMessage(t, on, bob, SHORT_MS), "deadline");
      t.answered(await t.call(on, health, {}), Status.Ok, undefined, "lives");
    },
  }),

  definePairCase({
    id: "pair-calls.cancel.dropped",
    rules: ["status.stream-isolation"],
    ops: ["call", "cancel"],
    features: ["auth", "delivery"],
    sends: "a FetchWait that is cancelled once the server has it, then Health",
    expects: "cancelled, the stream is dropped, and the connection lives on",
    checks: ["answer", "dropped", "lives"],
    async run(t) {
      const bob = await t.user();
      const on = await t.open();
      const waiting = waitForMessage(t, on, bob);
      await t.tap.until(() => t.tap.streams[0]?.fromClient.end === "fin", LONG_MS);
      await on.cancel(waiting);
      t.erred(await waiting, "cancelled");
      const isDropped = () => t.tap.streams[0]?.fromServer.end === "cut";
      t.same("dropped", await t.tap.until(isDropped, LONG_MS), true);
      t.answered(await t.call(on, health, {}), Status.Ok, undefined, "lives");
    },
  }),

  definePairCase({
    id: "pair-calls.close.told",
    rules: ["transport.close-reason"],
    sends: "Health, then the SDK closes its connection",
    expects: "the server is told (CONNECTION_CLOSE), and a later call answers conn.closed",
    checks: ["answer", "told", "closed"],
    async run(t) {
      const on = await t.open();
      t.answered(await t.call(on, health, {}), Status.Ok);
      await on.close();
      const isTold = () => t.tap.connections[0]?.end?.side === "client";
      await t.tap.until(isTold, LONG_MS);
      t.same("told", t.tap.connections[0]?.end?.info.by, "peer");
      t.erred(await t.call(on, health, {}), "conn.closed", "closed");
    },
  }),

  definePairCase({
    id: "pair-calls.two-connections.apart",
    rules: ["transport.concurrent-connections"],
    sends: "Health on two connections, the first is closed, Health on the second",
    expects: "Ok on the second all the same",
    checks: ["first", "second", "answer"],
    async run(t) {
      const [one, other] = [await t.open(), await t.open()];
      t.answered(await t.call(one, health, {}), Status.Ok, undefined, "first");
      t.answered(await t.call(other, health, {}), Status.Ok, undefined, "second");
      await one.close();
      t.answered(await t.call(other, health, {}), Status.Ok);
    },
  }),
];

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest >>>= 7)
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Uint8Array.from(bytes);
}
