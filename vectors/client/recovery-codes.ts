// Recovery codes written out for the generators, without the code that they judge.

import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { concat, hex } from "../bytes.ts";
import { utf8 } from "./stating.ts";

/** SECRET is the one of the example, and CODE its code. */
export const SECRET = Uint8Array.from({ length: 16 }, (_, index) => index);
export const CODE = "000G-40R4-0M30-E209-185G-R38E-1YZ0";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** writeCode goes by text: the bits of 17 bytes and four zeros, five bits to a character. */
export function writeCode(
  secret: Uint8Array,
  change: (check: Uint8Array, at: number) => Uint8Array = (check) => check,
): string {
  const check = change(nobleBackend.sha256(secret).subarray(0, 1), 0);
  const bits = [...concat(secret, check)].map((byte) => byte.toString(2).padStart(8, "0"));
  const fives = `${bits.join("")}0000`.match(/.{5}/g) ?? [];
  const code = fives.map((five) => ALPHABET[Number.parseInt(five, 2)]).join("");
  return (code.match(/.{4}/g) ?? []).join("-");
}

/** derived are token, its hash and the key of a secret. */
export function derived(secret: Uint8Array) {
  const derive = (info: string) =>
    nobleBackend.hkdfSha256({ ikm: secret, info: utf8(info), length: 32 });
  const token = derive("qpc recovery token v1");
  return {
    token: hex(token),
    token_hash: hex(nobleBackend.sha256(token)),
    key: hex(derive("qpc recovery key v1")),
  };
}
