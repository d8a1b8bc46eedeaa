import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../gen/qpc/v1/common_pb.ts";
import { Status } from "../../registry/statuses.ts";
import type { Reply } from "../../rpc/caller.ts";
import { patiently } from "./patience.ts";

const OK: Reply = { status: Status.Ok, payload: new Uint8Array(0) };

function limited(retryAfterMs: bigint): Reply {
  const payload = toBinary(ErrorDetailSchema, create(ErrorDetailSchema, { retryAfterMs }));
  return { status: Status.RateLimited, payload };
}

/** playing answers these replies, one after the other, and when each was asked for. */
function playing(...replies: Reply[]) {
  const asked: number[] = [];
  const call = async () => {
    asked.push(performance.now());
    return replies.shift() ?? OK;
  };
  return { asked, call };
}

test("after RateLimited a call is made again, no sooner than the server asks", async () => {
  const { call, asked } = playing(limited(30n), limited(20n));
  assert.equal(await patiently(call), OK);
  const [first = 0, second = 0, third = 0] = asked;
  // Timers may be a millisecond early.
  assert.ok(second - first >= 29 && third - second >= 19, `asked at ${asked}`);
});

test("other answers, and limits of long or uncertain duration, come through at once", async () => {
  for (const reply of [
    OK,
    limited(0n),
    limited(2001n),
    { ...limited(5n), status: Status.Forbidden },
  ]) {
    const { call, asked } = playing(reply);
    assert.equal(await patiently(call), reply);
    assert.equal(asked.length, 1);
  }
});

test("a server that asks for patience for ever is not asked for ever", async () => {
  const { call, asked } = playing(...Array.from({ length: 9 }, () => limited(1n)));
  assert.equal((await patiently(call)).status, Status.RateLimited);
  assert.equal(asked.length, 5);
});

test("who gives up while waiting gets his own reason", async () => {
  const { call } = playing(limited(2000n));
  const end = new AbortController();
  const answer = patiently(call, end.signal);
  setImmediate(() => end.abort(new Error("enough")));
  await assert.rejects(answer, /enough/);
});
