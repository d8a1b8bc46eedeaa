// Field 15 of a request, wherever it stands (C-20, I-13).

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { FetchRequestSchema } from "../gen/qpc/v1/delivery_pb.ts";
import { namedDevice, trailerOf } from "./trailer.ts";

const KEY = `0a20${"b2".repeat(32)}`;
const DEVICE = "50".repeat(16);

test("a request without field 15 has no trailer", () => {
  assert.equal(trailerOf(request(KEY)), undefined);
  assert.equal(trailerOf(request(KEY, "a206017a")), undefined);
  assert.equal(namedDevice(request(KEY)).length, 0);
});

test("trailers before and behind the fields merge, the last of each field counts", () => {
  const early = `7a140a02aaaa120e${"51".repeat(14)}`;
  const late = `7a121210${DEVICE}`;
  const auth = trailerOf(request(early, KEY, late));
  assert.deepEqual(
    [auth?.accessToken, auth?.deviceId].map((bytes) => Buffer.from(bytes ?? []).toString("hex")),
    ["aaaa", DEVICE],
  );
});

test("a malformed trailer throws, and names no device", () => {
  const malformed = request(KEY, "7a020a05");
  assert.throws(() => trailerOf(malformed));
  assert.equal(namedDevice(malformed).length, 0);
});

function request(...pieces: readonly string[]) {
  return fromBinary(FetchRequestSchema, Buffer.from(pieces.join(""), "hex"));
}
