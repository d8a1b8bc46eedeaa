// Recovery codes and bundles [recovery-codes.bundle]: the bytes as a bundle, as a code, and as what
// somebody sealed. Whatever opens is the same when it is sealed again.

import assert from "node:assert/strict";
import { nodeBackend } from "../../src/crypto/backend/node.ts";
import { pad } from "../../src/crypto/client/padding.ts";
import {
  openRecoveryBundle,
  RecoveryBundleError,
  sealRecoveryBundle,
} from "../../src/crypto/client/recovery-bundle.ts";
import {
  formatRecoveryCode,
  parseRecoveryCode,
  RecoveryCodeError,
  recoveryKeys,
} from "../../src/crypto/client/recovery-code.ts";
import { materialise } from "../../vectors/bytes.ts";
import { loadVectors } from "../../vectors/load.ts";
import { outcomeOf, type Target } from "../target.ts";

const SECRET = Uint8Array.from({ length: 16 }, (_, index) => index);
const NONCE = new Uint8Array(12).fill(5);

export const recoveryBundle: Target = {
  name: "recovery-bundle",
  covers: ["padding", "recovery-bundle", "recovery-code"].map(
    (name) => `/src/crypto/client/${name}.ts`,
  ),
  seeds: () => {
    const { vectors } = loadVectors("client/recovery");
    const contents = vectors.flatMap(({ decoded }) => decoded?.contents ?? []);
    return [...vectors.map(({ bytes }) => bytes), ...contents].map((bytes) =>
      materialise(bytes as { readonly hex: string }),
    );
  },
  async run(input) {
    await readCode(new TextDecoder().decode(input));
    for (const bundle of [input, sealed(input), sealed(pad(input))]) await open(bundle);
  },
};

async function readCode(typed: string): Promise<void> {
  const outcome = await outcomeOf(() => parseRecoveryCode(typed), isRefusal);
  if ("refusal" in outcome) return;
  assert.deepEqual(parseRecoveryCode(formatRecoveryCode(outcome.value)), outcome.value);
}

async function open(bundle: Uint8Array): Promise<void> {
  const outcome = await outcomeOf(() => openRecoveryBundle(SECRET, bundle), isRefusal);
  if ("refusal" in outcome) return;
  const nonce = bundle.slice(1, 13);
  const again = sealRecoveryBundle(SECRET, outcome.value, { nonce });
  assert.equal(Buffer.compare(again, bundle), 0, "it is another bundle when it is sealed again");
}

function sealed(plaintext: Uint8Array): Uint8Array {
  const { key } = recoveryKeys(SECRET);
  const aad = Uint8Array.of(1);
  const box = nodeBackend.chacha20Poly1305.seal({ key, nonce: NONCE, aad }, plaintext);
  return new Uint8Array(Buffer.concat([aad, NONCE, box]));
}

function isRefusal(error: unknown): error is Error {
  return error instanceof RecoveryBundleError || error instanceof RecoveryCodeError;
}
