// Who may call a method, by the access column of the table.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { METHODS, type Method, methodByName } from "../registry/methods.ts";
import { Status, statusName } from "../registry/statuses.ts";
import { checkAccess } from "./access.ts";
import { RpcError } from "./error.ts";
import type { Caller } from "./service.ts";

const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const GROUP = new Uint8Array(32).fill(3);
const OPERATOR: Caller = { kind: "operator" };
const PEER: Caller = { kind: "peer", domain: "b.test" };

const LOOKUPS = { membership: async () => true, isRevoked: async () => false };

test("the operator token opens what the table says, and nothing else", async () => {
  for (const method of METHODS.filter(({ access }) => access !== "PEER")) {
    const expected = method.openToOperator ? "Ok" : "Forbidden (3) sessions.operator-token";
    assert.equal(await outcome(method, {}, OPERATOR), expected, method.name);
  }
});

test("an owner names its own key", async () => {
  assert.equal(await outcome("Fetch", { recipientKey: ALICE }, session(ALICE)), "Ok");
  const foreign = await outcome("Fetch", { recipientKey: BOB }, session(ALICE));
  assert.equal(foreign, "Forbidden (3) delivery.own-inbox");
});

test("a member is let in, a stranger is not, and without a record there is nothing", async () => {
  const seen: Uint8Array[] = [];
  const asMember = (membership: boolean | undefined) =>
    outcome("RotateKeys", { groupId: GROUP }, session(ALICE), {
      ...LOOKUPS,
      membership: async (...keys) => {
        seen.push(...keys);
        return membership;
      },
    });
  assert.equal(await asMember(true), "Ok");
  assert.equal(await asMember(false), "Forbidden (3) group.members-only");
  assert.equal(await asMember(undefined), "NotFound (4) group.no-record");
  assert.deepEqual(seen.slice(0, 2), [GROUP, ALICE]);
});

test("administration is for administrators", async () => {
  assert.equal(await outcome("ListReports", {}, session(ALICE, true)), "Ok");
  assert.equal(
    await outcome("ListReports", {}, session(ALICE)),
    "Forbidden (3) moderation.admin-only",
  );
});

test("calls between servers are for peers", async () => {
  assert.equal(await outcome("RelayEnqueue", {}, PEER), "Ok");
  const refused = "Forbidden (3) federation.not-for-clients";
  assert.equal(await outcome("RelayEnqueue", {}, session(ALICE, true)), refused);
});

test("a revoked key is refused where the table says so, and nowhere else", async () => {
  const revoked = { ...LOOKUPS, isRevoked: async () => true };
  const closed = ["UploadKeyPackage", "UploadHybridKey", "CreateChannel", "PublishEndpoint"];
  for (const method of METHODS.filter(({ access }) => access !== "PEER")) {
    const own = method.access === "OWNER" ? { [localName(method)]: ALICE } : {};
    const expected = closed.includes(method.name) ? "Forbidden (3) kt.refused" : "Ok";
    assert.equal(await outcome(method, own, session(ALICE, true), revoked), expected, method.name);
  }
});

function session(identityKey: Uint8Array, admin = false): Caller {
  const none = new Uint8Array(0);
  return {
    kind: "session",
    session: { tokenHash: none, identityKey, deviceId: none, expiresAt: 1 },
    admin,
  };
}

function localName({ input, ownerField }: Method): string {
  return input.fields.find(({ name }) => name === ownerField)?.localName ?? "";
}

async function outcome(
  named: Method | string,
  fields: Record<string, unknown>,
  caller: Caller,
  lookups: Parameters<typeof checkAccess>[3] = LOOKUPS,
): Promise<string> {
  const method = typeof named === "string" ? methodByName(named) : named;
  assert.ok(method);
  try {
    await checkAccess(method, create(method.input, fields), caller, lookups);
    return "Ok";
  } catch (error) {
    assert.ok(error instanceof RpcError);
    assert.notEqual(error.status, Status.Ok);
    return `${statusName(error.status)} ${error.rule}`;
  }
}
