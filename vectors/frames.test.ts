// Frame vectors against a reader of this file's own: it is short enough to be checked by eye against
// spec/framing.md, and it shares no line with the code under judgement.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Bytes, materialise } from "./bytes.ts";
import { loadVectors } from "./load.ts";

const LIMIT = 4_194_304;

/** Layout: the fields before payload_len with their sizes in bytes. */
const LAYOUTS = {
  "frames/request": [
    ["method_id", 2],
    ["request_id", 4],
  ],
  "frames/response": [
    ["status", 1],
    ["request_id", 4],
  ],
  "frames/push": [["event_type", 2]],
} as const;

for (const topic of ["frames/request", "frames/response", "frames/push"] as const) {
  describe(topic, () => {
    for (const vector of loadVectors(topic).vectors) {
      it(vector.id, () => {
        const result = read(LAYOUTS[topic], materialise(vector.bytes));
        assert.equal(result.stage, vector.stage);
        assert.equal(vector.expect, result.stage === null ? "accept" : "reject");
        compare(result, vector.decoded);
      });
    }
  });
}

interface Read {
  readonly stage: "header" | "payload" | "end" | null;
  readonly fields: Readonly<Record<string, number>> | null;
  readonly payload: Uint8Array | null;
}

function read(layout: readonly (readonly [string, number])[], bytes: Uint8Array): Read {
  const fields: Record<string, number> = {};
  let offset = 0;
  for (const [name, size] of [...layout, ["payload_len", 4] as const]) {
    if (offset + size > bytes.length) return { stage: "header", fields: null, payload: null };
    fields[name] = Buffer.from(bytes.buffer).readUIntBE(offset, size);
    offset += size;
  }
  const length = fields.payload_len ?? 0;
  if (length > LIMIT) return { stage: "header", fields, payload: null };
  if (offset + length > bytes.length) return { stage: "payload", fields, payload: null };
  if (offset + length < bytes.length) return { stage: "end", fields, payload: null };
  return { stage: null, fields, payload: bytes.subarray(offset) };
}

/** compare leaves aside what a frame does not say itself: treat_as and message. */
function compare({ fields, payload }: Read, decoded: object | null): void {
  if (!decoded) {
    assert.equal(fields, null);
    return;
  }
  const { payload: stated, treat_as, message, ...header } = decoded as Record<string, unknown>;
  assert.deepEqual(header, fields);
  assert.equal(stated === undefined, payload === null);
  if (payload) assert.equal(Buffer.compare(materialise(stated as Bytes), payload), 0);
  if ("status" in header) assert.equal(treat_as, treatAs(Number(header.status)));
  if ("event_type" in header) assert.equal(message, MESSAGES[Number(header.event_type)] ?? null);
}

const MESSAGES: Readonly<Record<number, string>> = {
  1000: "NewMessage",
  1001: "TypingIndicator",
  1002: "PresenceUpdate",
  1003: "GroupMembershipChange",
};

function treatAs(status: number): number {
  return [0, 1, 2, 3, 4, 5, 8, 9, 10, 11].includes(status) ? status : 10;
}
