// Payloads that are requests, and payloads that are none although the library takes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DescMessage, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { materialise } from "../../vectors/bytes.ts";
import { loadVectors, TOPICS } from "../../vectors/load.ts";
import { METHODS, type Method, methodByName } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { decodeRequest, decodeStrictly } from "./decode.ts";
import { RpcError } from "./error.ts";

const BY_INPUT = new Map(METHODS.map((method) => [method.input.name, method]));

test("every vector of a request is taken or refused as it says", () => {
  let seen = 0;
  for (const topic of TOPICS) {
    if (!topic.startsWith("messages/")) continue;
    for (const vector of loadVectors(topic as "messages/auth").vectors) {
      const method = BY_INPUT.get(vector.message);
      if (method === undefined) continue;
      seen += 1;
      const bytes = materialise(vector.bytes);
      if (vector.expect === "reject") refused(method, bytes, vector.id);
      else
        assert.deepEqual(decodeRequest(method, bytes), fromBinary(method.input, bytes), vector.id);
    }
  }
  assert.ok(seen > 500);
});

const LAX: readonly (readonly [string, string, string])[] = [
  ["a varint where bytes belong", "Enqueue", "0801ff"],
  ["32 bits where bytes belong", "Enqueue", "0d03000000"],
  ["bytes where a number belongs", "Enqueue", "220101"],
  ["an unknown varint of eleven bytes", "Enqueue", `c03e${"80".repeat(10)}00`],
  ["a varint where the trailer belongs", "Enqueue", "7801"],
  ["a number where the token belongs", "Enqueue", "7a020801"],
  ["a token that runs past its trailer", "Enqueue", "7a020a0411223344"],
  ["an origin that runs past its message", "RelayEnqueue", "0a020a04612e6200"],
  ["a wrong wire type inside a message", "RelayEnqueue", "0a020801"],
];

for (const [what, method, hex] of LAX) {
  test(`${what} is refused`, () => refused(named(method), Buffer.from(hex, "hex")));
}

// I-13: field 15 is an unknown field to methods that need no session, and to calls between servers.
for (const name of ["Health", "FetchRecoveryBundle", "FederationHealth"]) {
  test(`${name} looks at no trailer`, () => {
    decodeRequest(named(name), Buffer.from("7801", "hex"));
    decodeRequest(named(name), Buffer.from("7a020801", "hex"));
  });
}

test("numbers of a list may come packed and one by one", () => {
  const list = METHODS.flatMap(({ input, output }) => [input, output])
    .flatMap(({ fields }) => fields)
    .find((field) => field.fieldKind === "list" && field.scalar === ScalarType.UINT64);
  assert.ok(list);
  const tag = (wireType: number) => ((list.number << 3) | wireType).toString(16).padStart(2, "0");
  const bytes = Buffer.from(`${tag(0)}07${tag(2)}020809`, "hex");
  assert.deepEqual(decodeStrictly(list.parent, bytes), fromBinary(list.parent, bytes));
});

test("every number of a request is a varint", () => {
  const widths = new Set(
    METHODS.flatMap(({ input }) => messagesIn(input)).flatMap(({ fields }) =>
      fields.map((field) => (field.fieldKind === "scalar" ? ScalarType[field.scalar] : undefined)),
    ),
  );
  widths.delete(undefined);
  assert.deepEqual([...widths].sort(), ["BYTES", "STRING", "UINT32", "UINT64"]);
});

function named(name: string): Method {
  const method = methodByName(name);
  assert.ok(method, name);
  return method;
}

function messagesIn(desc: DescMessage): DescMessage[] {
  const inner = desc.fields.flatMap(({ message }) => (message ? messagesIn(message) : []));
  return [desc, ...inner];
}

function refused(method: Method, bytes: Uint8Array, what?: string): void {
  assert.throws(
    () => decodeRequest(method, bytes),
    (error) => error instanceof RpcError && error.status === Status.BadRequest,
    what,
  );
}
