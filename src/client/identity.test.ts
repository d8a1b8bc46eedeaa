import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { newIdentity } from "./identity.ts";

test("an identity is a key pair of Ed25519, new each time", () => {
  const { publicKey, privateKey } = newIdentity();
  assert.deepEqual([publicKey.length, privateKey.length], [32, 32]);
  assert.deepEqual([...ed25519.getPublicKey(privateKey)], [...publicKey]);
  assert.notDeepEqual(newIdentity().publicKey, publicKey);
});
