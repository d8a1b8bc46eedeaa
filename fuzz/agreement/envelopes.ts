// Hybrid envelopes: sealed by one backend, opened by the other, and refused by both when changed.

import assert from "node:assert/strict";
import { encapsulateWith } from "../../src/crypto/backend/noble.ts";
import { openEnvelope, sealEnvelope, sealEnvelopeWith } from "../../src/crypto/hybrid/envelope.ts";
import { checkHybridPublicKey, hybridPublicKey } from "../../src/crypto/hybrid/keys.ts";
import { bothWays, type Comparison, same } from "./compare.ts";

export const ENVELOPES: readonly Comparison[] = [
  {
    name: "envelope",
    share: 4,
    run(pair, source) {
      const privateKey = source.bytes(96);
      const plaintext = source.someBytes(300);
      const aad = source.someBytes(40);
      const publicKey = same(pair, "public key", (backend) => hybridPublicKey(privateKey, backend));
      assert.ok(publicKey);
      const random = {
        ephemeralKey: source.bytes(32),
        encapsulation: encapsulateWith(publicKey.subarray(32), source.bytes(32)),
        nonce: source.bytes(12),
      };
      const envelope = same(pair, "seal", (backend) =>
        sealEnvelopeWith(random, publicKey, plaintext, { aad, backend }),
      );
      assert.ok(envelope);
      const open = (bytes: Uint8Array) =>
        same(pair, "open", (backend) => openEnvelope(privateKey, bytes, { aad, backend }));
      assert.deepEqual(open(envelope), plaintext);
      assert.equal(open(source.changed(envelope)), undefined, "something changed was opened");
    },
  },
  {
    name: "envelope-both-ways",
    share: 4,
    run(pair, source) {
      const privateKey = source.bytes(96);
      const plaintext = source.someBytes(300);
      bothWays(pair, (maker, taker) => {
        const publicKey = hybridPublicKey(privateKey, maker);
        const envelope = sealEnvelope(publicKey, plaintext, { backend: maker });
        assert.deepEqual(openEnvelope(privateKey, envelope, { backend: taker }), plaintext);
        const changed = source.flipped(envelope);
        const opened = same(pair, "open what is changed", (backend) =>
          openEnvelope(privateKey, changed, { backend }),
        );
        assert.equal(opened, undefined, "something changed was opened");
      });
    },
  },
  {
    name: "hybrid-key-check",
    share: 1,
    run(pair, source) {
      const publicKey = hybridPublicKey(source.bytes(96), pair[1]);
      const lowOrder = Uint8Array.of(...new Uint8Array(32), ...publicKey.subarray(32));
      const candidate = source.pick([publicKey, source.changed(publicKey), lowOrder]);
      same(pair, "key check", (backend) => checkHybridPublicKey(candidate, backend));
    },
  },
];
