import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type DescMessage } from "@bufbuild/protobuf";
import fc from "fast-check";
import { type FieldRule, type Method, methodByName } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { RpcError } from "./error.ts";
import { checkFields, fieldAt } from "./fields.ts";

const KEY = new Uint8Array(32);

test("a key of 32 bytes passes, every other length is BadRequest with the rule", () => {
  fc.assert(
    fc.property(fc.nat(80), (length) => {
      const request = { recipientKey: new Uint8Array(length), payload: KEY };
      const expected = length === 32 ? undefined : "delivery.recipient-key";
      assert.equal(refusal("Enqueue", request), expected);
    }),
  );
});

test("a list of lengths admits each of them", () => {
  for (const length of [0, 1, 15, 16, 17]) {
    const request = { recipientKey: KEY, payload: KEY, channelId: new Uint8Array(length) };
    const expected = [0, 16].includes(length) ? undefined : "delivery.channel-id-length";
    assert.equal(refusal("Enqueue", request), expected, `${length} bytes`);
  }
});

test("lengths bind each element of a repeated field", () => {
  const short = new Uint8Array(31);
  const batch = (recipientKeys: Uint8Array[]) =>
    refusal("BatchEnqueue", { recipientKeys, payload: KEY });
  assert.equal(batch([KEY, KEY]), undefined);
  assert.equal(batch([KEY, short]), "delivery.recipient-key");
  assert.equal(batch([short, KEY]), "delivery.recipient-key");
});

test("a required list is not empty, a bounded one not too long", () => {
  const batch = (length: number) => ({
    recipientKeys: Array.from({ length }, () => KEY),
    payload: KEY,
  });
  assert.equal(refusal("BatchEnqueue", batch(0)), "delivery.batch-not-empty");
  assert.equal(refusal("BatchEnqueue", batch(1000)), undefined);
  assert.equal(refusal("BatchEnqueue", batch(1001)), "BATCH_TOO_LARGE");
  assert.equal(refusal("FetchHybridKeys", {}), undefined, "[keys.batch-empty]");
});

test("required bytes and a longest length", () => {
  const upload = (length: number) =>
    refusal("UploadKeyPackage", { identityKey: KEY, package: new Uint8Array(length) });
  assert.equal(upload(0), "keys.package-not-empty");
  assert.equal(upload(1), undefined);
  assert.equal(upload(1_048_576), undefined);
  assert.equal(upload(1_048_577), "keys.package-size");
});

test("strings are measured in bytes of UTF-8", () => {
  const start = (username: string) =>
    refusal("OpaqueRegisterStart", { username, request: new Uint8Array(32) });
  assert.equal(start("é".repeat(32)), undefined);
  assert.equal(start("é".repeat(33)), "auth.username");
  assert.equal(start(""), "auth.username");
});

test("a path through a repeated message reaches each element; an absent message breaks the rule", () => {
  const envelopes = methodByName("Fetch")?.output as DescMessage;
  const rule = { ...BASE, path: "payloads.data", lengths: [4] };
  const check = (payloads: { readonly data: Uint8Array }[]) =>
    refusalOf(synthetic(envelopes, rule), create(envelopes, { payloads }));
  assert.equal(check([]), undefined);
  assert.equal(check([{ data: new Uint8Array(4) }]), undefined);
  assert.equal(check([{ data: new Uint8Array(4) }, { data: KEY }]), "delivery.recipient-key");

  const trailer = methodByName("RelayEnqueue")?.input as DescMessage;
  const inner = trailer.fields.find((field) => field.fieldKind === "message");
  assert.ok(inner?.message, "RelayEnqueue carries messages");
  const path = `${inner.name}.${inner.message.fields[0]?.name}`;
  const needed = synthetic(trailer, { ...BASE, path, required: true });
  assert.equal(refusalOf(needed, create(trailer)), "delivery.recipient-key");
});

test("a rule of values admits them and nothing else", () => {
  const revoke = (reason: string) =>
    refusalOf(
      synthetic(methodByName("RevokeKey")?.input as DescMessage, {
        ...BASE,
        path: "reason",
        values: ["compromised", "superseded"],
      }),
      create(methodByName("RevokeKey")?.input as DescMessage, { reason }),
    );
  assert.equal(revoke("superseded"), undefined);
  assert.equal(revoke("Superseded"), "delivery.recipient-key");
  assert.equal(revoke(""), "delivery.recipient-key");
});

test("fieldAt reads by the proto name, and throws for a name that is none", () => {
  const { input } = methodByName("Enqueue") as Method;
  const request = create(input, { ttlSecs: 7 });
  assert.equal(fieldAt(input, request, "ttl_secs"), 7);
  assert.throws(() => fieldAt(input, request, "ttlSecs"), /has no field/);
});

const BASE: FieldRule = {
  path: "",
  lengths: [],
  required: false,
  maxLength: 0,
  maxItems: 0,
  values: [],
  rule: "delivery.recipient-key",
  code: "",
};

function synthetic(input: DescMessage, ...fields: FieldRule[]): Method {
  return { ...(methodByName("Enqueue") as Method), input, fields };
}

/** refusal answers the code of the refusal, or undefined when the fields are in order. */
function refusal(name: string, request: Record<string, unknown>): string | undefined {
  const method = methodByName(name) as Method;
  return refusalOf(method, create(method.input, request));
}

function refusalOf(method: Method, request: ReturnType<typeof create>): string | undefined {
  try {
    checkFields(method, request);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof RpcError);
    assert.equal(error.status, Status.BadRequest);
    return error.code;
  }
}
