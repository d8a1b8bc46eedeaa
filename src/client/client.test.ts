import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import fc from "fast-check";
import { ErrorDetailSchema, SessionTrailerSchema } from "../gen/qpc/v1/common_pb.ts";
import { EnqueueRequestSchema, EnqueueResponseSchema } from "../gen/qpc/v1/delivery_pb.ts";
import * as services from "../gen/qpc/v1/methods_pb.ts";
import { METHODS, needsSession } from "../registry/methods.ts";
import { STATUSES, Status } from "../registry/statuses.ts";
import type { Caller, Reply } from "../rpc/caller.ts";
import { CallError } from "./call.ts";
import { createClient, ResponseError } from "./client.ts";

const { DeliveryService, HealthService } = services;
const KEY = new Uint8Array(32).fill(0xaa);
const TOKEN = new Uint8Array(32).fill(0xcc);
const MESSAGE = { recipientKey: KEY, payload: Buffer.from("hi") };

test("a typed request goes out under its method ID, a typed response comes back", async () => {
  const answer = toBinary(EnqueueResponseSchema, create(EnqueueResponseSchema, { seq: 6n }));
  const { caller, calls } = answering({ status: Status.Ok, payload: answer });

  const { seq, duplicate } = await createClient(DeliveryService, caller).enqueue(MESSAGE);

  assert.deepEqual([seq, duplicate], [6n, false]);
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.methodId, 200);
  assert.equal(hex(calls[0]?.payload), `0a20${"aa".repeat(32)}12026869`);
});

test("the token is appended as the trailer of spec/sessions.md", async () => {
  const { caller, calls } = answering({ status: Status.Ok, payload: new Uint8Array(0) });

  await createClient(DeliveryService, caller, { token: TOKEN }).enqueue(MESSAGE);

  const payload = calls[0]?.payload ?? new Uint8Array(0);
  assert.equal(hex(payload.subarray(-36)), `7a220a20${"cc".repeat(32)}`);
  assert.deepEqual([...fromBinary(EnqueueRequestSchema, payload).recipientKey], [...KEY]);
});

test("a device ID travels beside the token", async () => {
  const { caller, calls } = answering({ status: Status.Ok, payload: new Uint8Array(0) });
  const deviceId = new Uint8Array(16).fill(0xdd);

  await createClient(DeliveryService, caller, { token: TOKEN, deviceId }).enqueue(MESSAGE);

  const trailer = fromBinary(SessionTrailerSchema, calls[0]?.payload ?? new Uint8Array(0));
  assert.deepEqual([...(trailer.auth?.deviceId ?? [])], [...deviceId]);
});

test("a method that ignores the session is not shown the token", async () => {
  const { caller, calls } = answering({ status: Status.Ok, payload: new Uint8Array(0) });
  await createClient(HealthService, caller, { token: TOKEN }).health({});
  assert.equal(calls[0]?.payload.length, 0);
});

test("the methods without a session are login, Health, federation and recovery by token", () => {
  const open = METHODS.filter((method) => !needsSession(method)).map(({ constant }) => constant);
  assert.deepEqual(open, [
    "OPAQUE_REGISTER_START",
    "OPAQUE_REGISTER_FINISH",
    "OPAQUE_LOGIN_START",
    "OPAQUE_LOGIN_FINISH",
    "FETCH_RECOVERY_BUNDLE",
    "HEALTH",
    "RELAY_ENQUEUE",
    "RELAY_BATCH_ENQUEUE",
    "PROXY_FETCH_KEY_PACKAGE",
    "PROXY_FETCH_HYBRID_KEY",
    "PROXY_RESOLVE_USER",
    "FEDERATION_HEALTH",
  ]);
});

test("every method of the table is a function of its client", () => {
  const { caller } = answering({ status: Status.Ok, payload: new Uint8Array(0) });
  const all = Object.values(services).filter((value) => value.kind === "service");
  const functions = all.flatMap((service) =>
    Object.values(createClient(service as GenService<GenServiceMethods>, caller)),
  );
  assert.equal(functions.length, METHODS.length);
});

test("a refusal is a CallError with all that the server said", async () => {
  const detail = { code: "limits.rate-limit", retryAfterMs: 250n, message: "slow down" };
  const { caller } = answering({ status: Status.RateLimited, payload: encodeDetail(detail) });

  await assert.rejects(createClient(DeliveryService, caller).enqueue(MESSAGE), {
    name: "CallError",
    message: "Enqueue: RateLimited (5) limits.rate-limit: slow down",
    method: "Enqueue",
    status: Status.RateLimited,
    code: "limits.rate-limit",
    retryAfterMs: 250,
    detail: "slow down",
  });
});

test("whatever bytes a refusal carries, its status stands [status.client-error-detail]", async () => {
  const refusals = STATUSES.map(({ number }) => number).filter((status) => status !== Status.Ok);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...refusals),
      fc.uint8Array({ maxLength: 40 }),
      async (status, payload) => {
        const { caller } = answering({ status, payload });
        const error = await createClient(HealthService, caller)
          .health({})
          .catch((e) => e);
        assert.ok(error instanceof CallError);
        assert.equal(error.status, status);
      },
    ),
  );
});

test("an Ok that is not the message of the method is a ResponseError", async () => {
  const { caller } = answering({ status: Status.Ok, payload: Uint8Array.of(0xff) });
  await assert.rejects(createClient(DeliveryService, caller).enqueue(MESSAGE), (error: Error) => {
    assert.ok(error instanceof ResponseError);
    assert.equal(error.message, "Enqueue: the answer is no EnqueueResponse");
    return true;
  });
});

test("the signal of a call reaches the caller", async () => {
  const { caller, calls } = answering({ status: Status.Ok, payload: new Uint8Array(0) });
  const { signal } = new AbortController();
  await createClient(HealthService, caller).health({}, { signal });
  assert.equal(calls[0]?.signal, signal);
});

interface RecordedCall {
  readonly methodId: number;
  readonly payload: Uint8Array;
  readonly signal: AbortSignal | undefined;
}

function answering(reply: Reply): { caller: Caller; calls: readonly RecordedCall[] } {
  const calls: RecordedCall[] = [];
  const caller: Caller = {
    async call(methodId, payload, signal) {
      calls.push({ methodId, payload, signal });
      return reply;
    },
    events: () => assert.fail("no events are asked for"),
    lostEvents: () => 0,
  };
  return { caller, calls };
}

function encodeDetail(detail: MessageInitShape<typeof ErrorDetailSchema>): Uint8Array {
  return toBinary(ErrorDetailSchema, create(ErrorDetailSchema, detail));
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
