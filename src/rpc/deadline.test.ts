import assert from "node:assert/strict";
import { test } from "node:test";
import { Status } from "../registry/statuses.ts";
import { withDeadline, withFloor } from "./deadline.ts";
import { RpcError } from "./error.ts";

const never = () => new AbortController().signal;
const forever = () => new Promise<never>(() => {});
const isLate = (error: unknown) =>
  error instanceof RpcError && error.status === Status.DeadlineExceeded;

test("work that is done in time answers, or throws its own error", async () => {
  assert.equal(await withDeadline(60_000, never, async () => 7), 7);
  const failing = withDeadline(60_000, never, () => Promise.reject(new Error("its own")));
  await assert.rejects(failing, /its own/);
});

test("work that does not listen is left at the deadline", async () => {
  await assert.rejects(withDeadline(10, never, forever), isLate);
});

test("work that listens is told at the deadline", async () => {
  const told = Promise.withResolvers<unknown>();
  const call = withDeadline(10, never, (signal) => {
    signal().addEventListener("abort", () => told.resolve(signal().reason));
    return forever();
  });
  await assert.rejects(call, isLate);
  assert.ok(isLate(await told.promise));
});

test("the signal follows the caller who leaves", async () => {
  for (const ms of [0, 60_000]) {
    const gone = new AbortController();
    const call = withDeadline(
      ms,
      () => gone.signal,
      (signal) =>
        new Promise((resolve) => signal().addEventListener("abort", () => resolve("left"))),
    );
    gone.abort();
    assert.equal(await call, "left", `${ms} ms`);
  }
});

test("0 is no deadline", async () => {
  let done = false;
  const call = withDeadline(0, never, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done = true;
  });
  await call;
  assert.ok(done);
});

test("a floor holds back success and failure alike", async () => {
  for (const outcome of [() => Promise.resolve(1), () => Promise.reject(new Error("refused"))]) {
    const start = performance.now();
    await withFloor(30, outcome).catch(() => {});
    assert.ok(performance.now() - start >= 30);
  }
  assert.equal(await withFloor(1, async () => 7), 7);
  await assert.rejects(
    withFloor(1, () => Promise.reject(new Error("refused"))),
    /refused/,
  );
});
