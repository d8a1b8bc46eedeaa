// Safety numbers: 60 digits that two people compare, spec/crypto/identity.md (CLIENT-007). Whoever puts
// a key of his own between them must find one whose half of the number is the same.

import type { CryptoBackend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { checkLength, IDENTITY_KEY_BYTES } from "./error.ts";

/**
 * safetyNumber answers the 60 digits for two identity keys (32 bytes each), the same for both people.
 * Throws IdentityError("length") for another length. Takes tens of milliseconds.
 */
export function safetyNumber(
  one: Uint8Array,
  other: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): string {
  return [one, other]
    .map((key) => half(key, backend))
    .sort()
    .join("");
}

/** formatSafetyNumber shows the digits in 12 groups of 5. */
export function formatSafetyNumber(digits: string): string {
  return (digits.match(/.{5}/g) ?? []).join(" ");
}

function half(key: Uint8Array, backend: CryptoBackend): string {
  checkLength("identity key", key, IDENTITY_KEY_BYTES);
  let hash: Uint8Array = Uint8Array.of(...VERSION, ...key, ...key);
  for (let round = 0; round < ROUNDS; round++) hash = backend.sha512(hash, key);
  return Array.from({ length: 6 }, (_, group) => digitsOf(hash, group * GROUP_BYTES)).join("");
}

/** digitsOf makes 5 digits of 5 bytes: 2^40 numbers are near enough to even over 100,000. */
function digitsOf(hash: Uint8Array, at: number): string {
  const group = hash.subarray(at, at + GROUP_BYTES);
  const value = group.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 100_000).padStart(5, "0");
}

const VERSION = [0, 0];
// Every key that an attacker tries costs this many hashes.
const ROUNDS = 5200;
const GROUP_BYTES = 5;
