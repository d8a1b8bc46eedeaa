// MLS (spec/crypto/mls.md): KeyPackages, GroupInfos, and the life of a member that only listens.

import { randomBytes } from "node:crypto";
import { identityKeyOf } from "../../../src/crypto/identity/signing.ts";
import { type GroupMember, MlsError, type Received } from "../../../src/crypto/mls/group-member.ts";
import { createMls } from "../../../src/crypto/mls/mls.ts";
import { type Bytes, materialise } from "../../../vectors/bytes.ts";
import { bytesOf, type Operations, Refusal, type Request, toBytes } from "./operations.ts";

export const mls: Operations = {
  "mls.vector": (request) => {
    const json = request.json as Request;
    if (request.kind === "key-package") return keyPackage(json);
    return request.kind === "group-info" ? groupInfo(json) : memberLife(json);
  },
};

const making = createMls();

async function keyPackage(json: Request): Promise<object> {
  const bytes = bytesOf(json, "bytes");
  const now = Number((json.inputs as Request).now_ms);
  const { identityKey, ref, notAfter } = await (await making).inspectKeyPackage(bytes, now);
  // The lifetime is the last of the leaf but for its extensions: none, then two signatures of 64 bytes.
  const notBefore = Buffer.from(bytes).readBigUInt64BE(bytes.length - 150);
  return {
    decoded: {
      identity_key: toBytes(identityKey),
      ref: toBytes(ref),
      not_before: String(notBefore),
      not_after: String(notAfter / 1000),
    },
    messages: [],
  };
}

async function groupInfo(json: Request): Promise<object> {
  const library = await making;
  const data = Buffer.from(bytesOf(json, "bytes"));
  const anyone = identityKeyOf(randomBytes(32));
  await library.joinExternal(data, anyone, Date.now());
  const place = library.peek(data);
  if (place.kind !== "group-info") throw new Error(`a ${place.kind}`);
  // external_pub is the extension 4 with 33 bytes, of which 32 are the key.
  const at = data.indexOf("00042120", "hex") + 4;
  return {
    decoded: {
      group_id: toBytes(place.groupId),
      epoch: String(place.epoch),
      external_pub: toBytes(data.subarray(at, at + 32)),
    },
    messages: [],
  };
}

async function memberLife(json: Request): Promise<object> {
  const library = await making;
  const inputs = json.inputs as Request;
  const secrets = ["init_priv", "encryption_priv", "signature_priv"];
  const secret = Buffer.concat([
    Uint8Array.of(1), // the version of the form in which our own private keys are kept
    ...secrets.map((name) => bytesOf(inputs, name)),
  ]);
  let member = await library.join(bytesOf(json, "bytes"), bytesOf(inputs, "key_package"), secret);
  const decoded = stateOf(member);
  const messages: object[] = [];
  for (const message of json.messages as readonly Bytes[]) {
    const received = await receive(member, materialise(message), messages.length);
    messages.push(learned(received));
    member = received.next;
  }
  return { decoded, messages };
}

async function receive(member: GroupMember, message: Uint8Array, at: number): Promise<Received> {
  try {
    return await member.receive(message);
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    throw new Refusal({ class: "mls.reject", stage: error.fault, at });
  }
}

function learned(received: Received): object {
  const { kind } = received;
  const sender = toBytes(received.sender);
  if (received.kind === "proposal") return { kind, sender };
  if (received.kind === "application") {
    const { epoch, plaintext } = received;
    return { kind, sender, epoch: String(epoch), plaintext: toBytes(plaintext) };
  }
  const { next, added, removed } = received;
  const state = next.active ? stateOf(next) : null;
  const changed = { added: added.map(toBytes), removed: removed.map(toBytes) };
  return { kind, sender, ...changed, active: next.active, state };
}

function stateOf({ groupId, epoch, epochAuthenticator, members }: GroupMember): object {
  return {
    group_id: toBytes(groupId),
    epoch: String(epoch),
    epoch_authenticator: toBytes(epochAuthenticator),
    members: members.map(({ leafIndex, identityKey }) => ({
      leaf_index: leafIndex,
      identity_key: toBytes(identityKey),
    })),
  };
}
