// The way to the server: connections and sessions that come and go under a caller that stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryService, HealthService } from "../../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../registry/limits.ts";
import { Status } from "../../registry/statuses.ts";
import type { Caller, Reply } from "../../rpc/caller.ts";
import { StreamError } from "../../transport/transport.ts";
import { FrameError } from "../../wire/frame.ts";
import type { SessionCredentials } from "../call.ts";
import { createClient } from "../client.ts";
import { createLink, type LinkOptions } from "./link.ts";

const OK: Reply = { status: Status.Ok, payload: new Uint8Array(0) };
const REFUSED: Reply = { status: Status.Unauthorized, payload: new Uint8Array(0) };
const MESSAGE = { recipientKey: new Uint8Array(32), payload: Uint8Array.of(1) };

test("nothing is opened before a call, and one connection serves many", async () => {
  const { link, log } = stage(() => OK);
  assert.deepEqual(log, []);
  await Promise.all([1, 2, 3].map(() => createClient(HealthService, link.caller).health({})));
  assert.deepEqual(log, ["connect"]);
});

test("only methods that look at a session lead to a login", async () => {
  const { link, log } = stage(() => OK);
  await createClient(HealthService, link.caller).health({});
  await createClient(DeliveryService, link.caller).enqueue(MESSAGE);
  await createClient(DeliveryService, link.caller).enqueue(MESSAGE);
  assert.deepEqual(log, ["connect", "login 1"]);
});

test("calls that are refused together log in once, and once more is not tried", async () => {
  const { link, log, tokens } = stage((token) => (token === 2 ? OK : REFUSED));
  const delivery = createClient(DeliveryService, link.caller);
  await Promise.all([1, 2, 3].map(() => delivery.enqueue(MESSAGE)));
  assert.deepEqual(log, ["connect", "login 1", "login 2"]);
  assert.deepEqual(tokens, [1, 1, 1, 2, 2, 2]);

  const never = stage(() => REFUSED);
  const refused = createClient(DeliveryService, never.link.caller).enqueue(MESSAGE);
  await assert.rejects(refused, { name: "CallError", status: Status.Unauthorized });
  assert.deepEqual(never.log, ["connect", "login 1", "login 2"]);
});

test("a login that fails is tried again by the next call", async () => {
  let isAway = true;
  const { link, log } = stage(() => OK, {
    openSession: async () => {
      if (isAway) throw new Error("refused");
      return credentials(1);
    },
  });
  const delivery = createClient(DeliveryService, link.caller);
  await assert.rejects(delivery.enqueue(MESSAGE), /refused/);
  isAway = false;
  await delivery.enqueue(MESSAGE);
  assert.deepEqual(log, ["connect"]);
});

test("a connection that broke is replaced once for a call, a new one is not", async () => {
  let failures = 0;
  const { link, log } = stage(() => {
    if (failures-- > 0) throw new Error("broken");
    return OK;
  });
  const health = createClient(HealthService, link.caller);
  await health.health({});
  failures = 1;
  await health.health({});
  assert.deepEqual(log, ["connect", "close", "connect"]);
  failures = 2;
  await assert.rejects(health.health({}), { name: "Unreachable" });
  await health.health({});
});

test("after a broken answer the connection stays, and nothing is repeated", async () => {
  const broken = [
    new FrameError("framing.truncated-header", "stream ended after 0 of 9 header bytes"),
    new StreamError("reset", 3),
  ];
  const { link, log, tokens } = stage(() => {
    const error = broken.shift();
    if (error) throw error;
    return OK;
  });
  const health = createClient(HealthService, link.caller);
  await assert.rejects(health.health({}), { name: "ResponseError" });
  await assert.rejects(health.health({}), { name: "ResponseError" });
  await health.health({});
  assert.deepEqual(log, ["connect"]);
  assert.equal(tokens.length, 3);
});

test("who gives up gets his own reason, and the connection stays", async () => {
  const { link, log } = stage(() => new Promise(() => {}));
  const end = new AbortController();
  const call = createClient(HealthService, link.caller).health({}, { signal: end.signal });
  end.abort(new Error("enough"));
  await assert.rejects(call, /enough/);
  assert.deepEqual(log, ["connect"]);
});

test("a request that no frame holds is refused at once", async () => {
  const { link, log } = stage(() => OK);
  const payload = new Uint8Array(LIMITS.framePayload.value);
  const enqueue = createClient(DeliveryService, link.anonymous).enqueue({ ...MESSAGE, payload });
  await assert.rejects(enqueue, RangeError);
  assert.deepEqual(log, []);
});

test("the anonymous connection is another, and shows no session", async () => {
  const { link, log, tokens } = stage(() => OK);
  await createClient(DeliveryService, link.caller).enqueue(MESSAGE);
  await createClient(DeliveryService, link.anonymous).enqueue(MESSAGE);
  assert.deepEqual(log, ["connect", "login 1", "connect"]);
  assert.deepEqual(tokens, [1, undefined]);
});

test("a login that is never answered ends like any other call", async (t) => {
  const asked: number[] = [];
  const real = AbortSignal.timeout.bind(AbortSignal);
  t.mock.method(AbortSignal, "timeout", (ms: number) => {
    asked.push(ms);
    return real(1);
  });
  const { link, log } = stage(() => new Promise(() => {}), {
    async openSession(caller) {
      await caller.call(100, new Uint8Array(0));
      return credentials(1);
    },
  });
  const guard = Promise.withResolvers<never>();
  const timer = setTimeout(() => guard.reject(new Error("waited for ever")), 5_000);
  await assert.rejects(Promise.race([link.logIn(), guard.promise]), { name: "Unreachable" });
  clearTimeout(timer);
  assert.deepEqual([asked, log], [[LIMITS.rpcTimeout.value], ["connect", "close"]]);
});

test("a link that was closed stays closed", async () => {
  const { link, log } = stage(() => OK);
  await createClient(HealthService, link.caller).health({});
  await link.close();
  await assert.rejects(createClient(HealthService, link.caller).health({}), {
    name: "Unreachable",
  });
  assert.deepEqual(log, ["connect", "close"]);
});

/** stage is a link to a server that answers by the number of the token it is shown. */
function stage(
  answer: (token: number | undefined) => Reply | Promise<Reply>,
  options: Partial<LinkOptions> = {},
) {
  const log: string[] = [];
  const tokens: (number | undefined)[] = [];
  let logins = 0;
  const caller: Caller = {
    async call(_, payload, signal) {
      const token = tokenIn(payload);
      tokens.push(token);
      signal?.throwIfAborted();
      const answered = answer(token);
      const given = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => given.reject(signal.reason));
      return Promise.race([answered, given.promise]);
    },
    events: () => assert.fail("no events are asked for"),
    lostEvents: () => 0,
  };
  const link = createLink({
    async connect() {
      log.push("connect");
      return { caller, close: async () => void log.push("close") };
    },
    loadSession: async () => undefined,
    async openSession() {
      logins += 1;
      log.push(`login ${logins}`);
      return credentials(logins);
    },
    ...options,
  });
  return { link, log, tokens };
}

function credentials(number: number): SessionCredentials {
  return { token: new Uint8Array(32).fill(number) };
}

/** The trailer is the last field: tag, length, tag, length, and 32 equal bytes. */
function tokenIn(payload: Uint8Array): number | undefined {
  const trailer = payload.subarray(-36);
  return Buffer.from(trailer.subarray(0, 4)).toString("hex") === "7a220a20"
    ? trailer[4]
    : undefined;
}
