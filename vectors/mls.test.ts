// MLS vectors. The generator scripted the group with randomness from a seed; here listeners play their
// lives again with the ordinary suite, and refuse what they must with the stated fault.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { GroupMember, Received } from "../src/crypto/mls/group-member.ts";
import { MlsError } from "../src/crypto/mls/group-member.ts";
import { createMls, type MlsIdentity } from "../src/crypto/mls/mls.ts";
import { type Bytes, materialise } from "./bytes.ts";
import type { Fields, MlsVector, Value } from "./format.ts";
import { loadVectors } from "./load.ts";

const { vectors } = loadVectors("mls/group");
const mls = await createMls();

/** Somebody who would enter by GroupInfo. */
const OUTSIDER: MlsIdentity = {
  // RFC 8032 section 7.1, test 1.
  privateKey: Buffer.from(
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "hex",
  ),
  publicKey: Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex"),
};

describe("mls/group", () => {
  for (const vector of vectors) {
    it(`${vector.id}: ${vector.stage ?? "accept"}`, async () => {
      const { stage, messages } = vector;
      const ofBytes = stage !== null && messages.length === 0;
      if (vector.step !== "member") {
        if (ofBytes) return assert.rejects(take(vector), fault(stage));
        assert.deepEqual(await take(vector), vector.decoded);
        return;
      }
      if (ofBytes) return assert.rejects(join(vector), fault(stage));
      let member = await join(vector);
      assert.deepEqual(epochOf(member), vector.decoded);
      for (const { message, decoded } of messages) {
        const receiving = member.receive(materialise(message));
        if (decoded === null) {
          assert.ok(stage);
          const before = member.encode();
          await assert.rejects(receiving, fault(stage));
          assert.deepEqual(member.encode(), before);
          continue;
        }
        const received = await receiving;
        assert.deepEqual({ kind: received.kind, ...learned(received) }, decoded);
        member = mls.decode(received.next.encode());
      }
    });
  }

  it("has the bytes of the chapter's example", () => {
    const chapter = readFileSync(new URL("../spec/crypto/mls.md", import.meta.url), "utf8");
    const shown = (chapter.match(/```text\n([\s\S]*?)```/)?.[1] ?? "")
      .split("\n")
      .map((line) => line.split("  ").find((part) => part !== "") ?? "")
      .join("")
      .replaceAll(/[^0-9a-f]/g, "");
    const good = vectors.find(({ id }) => id === "mls.key-package.good");
    assert.ok(good);
    assert.equal(shown, Buffer.from(materialise(good.bytes)).toString("hex"));
  });

  it("refuses only as the last thing, and then always", () => {
    for (const { id, expect, messages } of vectors) {
      const refusals = messages.map(({ decoded }) => decoded === null);
      const isReject = expect === "reject";
      assert.equal(refusals.slice(0, -1).includes(true), false, id);
      if (messages.length > 0) assert.equal(refusals.at(-1), isReject, id);
    }
  });
});

async function take({ step, bytes, inputs }: MlsVector): Promise<Fields> {
  const data = materialise(bytes);
  if (step === "group-info") {
    await mls.joinExternal(data, OUTSIDER, Date.now());
    const place = mls.peek(data);
    assert.ok(place.kind === "group-info");
    const extension = Buffer.from("00042120", "hex");
    const at = Buffer.from(data).indexOf(extension) + extension.length;
    return {
      group_id: hex(place.groupId),
      epoch: String(place.epoch),
      external_pub: hex(data.subarray(at, at + 32)),
    };
  }
  const now = Number(inputs.now_ms);
  const { identityKey, ref, notAfter } = await mls.inspectKeyPackage(data, now);
  // The lifetime is the last of the leaf but for its extensions: none, then a signature of 64 bytes.
  const lifetime = Buffer.from(data.subarray(-(16 + 1 + 2 + 64 + 1 + 2 + 64)));
  assert.equal(String(notAfter / 1000), String(lifetime.readBigUInt64BE(8)));
  return {
    identity_key: hex(identityKey),
    ref: hex(ref),
    not_before: String(lifetime.readBigUInt64BE(0)),
    not_after: String(lifetime.readBigUInt64BE(8)),
  };
}

async function join({ bytes, inputs }: MlsVector): Promise<GroupMember> {
  const secret = Buffer.concat([
    Uint8Array.of(1),
    input(inputs, "init_priv"),
    input(inputs, "encryption_priv"),
    input(inputs, "signature_priv"),
  ]);
  return mls.join(materialise(bytes), input(inputs, "key_package"), secret);
}

function learned(received: Received): Fields {
  const sender = hex(received.sender);
  if (received.kind === "proposal") return { sender };
  if (received.kind === "application") {
    const { epoch, plaintext } = received;
    return { sender, epoch: String(epoch), plaintext: hex(plaintext) };
  }
  const { next, added, removed } = received;
  return {
    sender,
    added: added.map(hex),
    removed: removed.map(hex),
    active: next.active,
    state: next.active ? epochOf(next) : null,
  };
}

function epochOf({ groupId, epoch, epochAuthenticator, members }: GroupMember): Fields {
  return {
    group_id: hex(groupId),
    epoch: String(epoch),
    epoch_authenticator: hex(epochAuthenticator),
    members: members.map(({ leafIndex, identityKey }) => ({
      leaf_index: leafIndex,
      identity_key: hex(identityKey),
    })),
  };
}

function input(inputs: Fields, name: string): Uint8Array {
  const value: Value = inputs[name] ?? null;
  assert.ok(typeof value === "object" && value !== null && "hex" in value, name);
  return Buffer.from(String(value.hex), "hex");
}

function hex(bytes: Uint8Array): Bytes {
  return { hex: Buffer.from(bytes).toString("hex") };
}

function fault(stage: string): (error: unknown) => boolean {
  return (error) => error instanceof MlsError && error.fault === stage;
}
