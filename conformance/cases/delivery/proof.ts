// Delivery proofs: receipts signed by the server (spec/services/delivery.md, health.md; C-40). The bytes
// are put together and verified here by other means than the server's.

import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { DeliveryService, HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { hex } from "../bytes.ts";
import { deliveryCase, put } from "./inbox.ts";

const { health } = HealthService.method;
const { enqueue } = DeliveryService.method;

const HOUR_MS = 3_600_000;

export const proofCases: readonly Case[] = [
  defineCase({
    id: "delivery.delivery-proof.verifies",
    rules: ["delivery.delivery-proof", "health.signing-key"],
    features: ["auth", "delivery", "health"],
    when: { reconstructed: ["draft"] },
    server: { profile: { "delivery-proof": "on" } },
    sends:
      "Enqueues under delivery proofs, the first again under its message_id, and kill -9 between them",
    expects: "72 bytes: the time, and a signature by the key of Health over what was enqueued",
    checks: ["key", "length", "time", "signature", "second", "duplicate", "same-key", "later"],
    errata: ["C-40"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const key = await signingKey(t);
      t.demand("key", key.length === 32, { expected: "32 bytes", got: `${key.length}` });
      const messageId = t.bytes(16);
      const [first, other] = [t.bytes(100), t.bytes(3000)];
      const one = await put(alice, bob, first, { messageId });
      const proof = Buffer.from(one.deliveryProof);
      t.demand("length", proof.length === 72, { expected: "72 bytes", got: `${proof.length}` });
      const age = Date.now() - Number(proof.readBigUInt64BE());
      t.check("time", Math.abs(age) < HOUR_MS, { expected: "now", got: `${age} ms ago` });
      signs(t, "signature", key, bob, one, first);
      signs(t, "second", key, bob, await put(alice, bob, other), other);
      const again = Buffer.from((await put(alice, bob, other, { messageId })).deliveryProof);
      t.check("duplicate", again.length === 0 || again.equals(proof), {
        expected: "the first proof, or none",
        got: again.toString("hex"),
      });

      await t.kill();
      const sameKey = Buffer.compare(await signingKey(t), key) === 0;
      t.check("same-key", sameKey, { expected: "the key from before", got: "another one" });
      const sender = await t.logIn(alice.account);
      signs(t, "later", key, bob, await put(sender, bob, other), other);
    },
  }),

  deliveryCase({
    id: "delivery.delivery-proof.off",
    rules: ["health.signing-key", "delivery.delivery-proof"],
    when: { "delivery-proof": ["off"], reconstructed: ["draft"] },
    sends: "Health, and an Enqueue, of a server that signs no receipts",
    expects: "no signing_key, and no delivery_proof",
    checks: ["key", "proof"],
    errata: ["C-40"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const key = await signingKey(t);
      t.check("key", key.length === 0, { expected: "no key", got: `${key.length} bytes` });
      const answer = await alice.call(enqueue, { recipientKey: bob.key, payload: t.bytes(10) });
      demandOk(answer, "Enqueue");
      const { length } = answer.message().deliveryProof;
      t.check("proof", length === 0, { expected: "no proof", got: `${length} bytes` });
    },
  }),
];

async function signingKey(t: Trial): Promise<Uint8Array> {
  const peer = await t.peer();
  const answer = await peer.call(health, {});
  demandOk(answer, "Health");
  return answer.message().signingKey;
}

/** signs checks a proof on the default channel: the length byte of the channel_id is 0, and nothing follows it. */
function signs(
  t: Trial,
  check: string,
  key: Uint8Array,
  to: User,
  { seq, deliveryProof }: { readonly seq: bigint; readonly deliveryProof: Uint8Array },
  payload: Uint8Array,
): void {
  const time = deliveryProof.subarray(0, 8);
  const statement = Buffer.concat([
    Buffer.from("qpc delivery proof v1"),
    hex("00"),
    to.key,
    hex(seq.toString(16).padStart(16, "0")),
    createHash("sha256").update(payload).digest(),
    time,
  ]);
  t.check(check, isSigned(deliveryProof.subarray(8), statement, key), {
    expected: "a signature of the server's key",
    got: Buffer.from(deliveryProof).toString("hex"),
  });
}

function isSigned(signature: Uint8Array, statement: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, statement, key);
  } catch {
    return false; // of a wrong length, or no point of the curve
  }
}
