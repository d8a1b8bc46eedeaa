// Recovery codes: 16 random bytes and a check byte for people to write down and type in again, and the
// token and key that come of them (spec/client/recovery-codes.md, C-67).

import type { CryptoBackend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";

/** RECOVERY_CODES is how many codes an account has (RECOVERY-004). */
export const RECOVERY_CODES = 8;

/** RECOVERY_SECRET_BYTES is what a code holds beside its check byte. */
export const RECOVERY_SECRET_BYTES = 16;

/**
 * RecoveryCodeFault says what is wrong:
 * - `length`: not 28 characters beside spaces and hyphens
 * - `character`: a character that no code has
 * - `check`: the check byte, or a bit behind it, is wrong: a slip of the pen
 */
export type RecoveryCodeFault = "length" | "character" | "check";

/** RecoveryCodeError: what was typed is no recovery code. The message never repeats it. */
export class RecoveryCodeError extends Error {
  override name = "RecoveryCodeError";
  readonly fault: RecoveryCodeFault;
  constructor(fault: RecoveryCodeFault, message: string) {
    super(`${fault}: ${message}`);
    this.fault = fault;
  }
}

/** RecoveryKeys are what a code is for. The server learns the token when it is used, never the key. */
export interface RecoveryKeys {
  /** recovery_token of 751, 32 bytes. */
  readonly token: Uint8Array;
  /** token_hash of 750 and 752: SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
  /** Key of the bundle, 32 bytes. */
  readonly key: Uint8Array;
}

/** newRecoverySecrets draws the secrets of 8 codes, 16 bytes each. */
export function newRecoverySecrets(backend: CryptoBackend = defaultBackend): Uint8Array[] {
  const draw = () => backend.randomBytes(RECOVERY_SECRET_BYTES);
  return Array.from({ length: RECOVERY_CODES }, draw);
}

/** recoveryKeys derives token and key of a secret (16 bytes, otherwise RangeError). */
export function recoveryKeys(
  secret: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): RecoveryKeys {
  checkSecret(secret);
  const derive = (info: string) =>
    backend.hkdfSha256({ ikm: secret, info: new TextEncoder().encode(info), length: 32 });
  const token = derive("qpc recovery token v1");
  return { token, tokenHash: backend.sha256(token), key: derive("qpc recovery key v1") };
}

/** Crockford's alphabet: no I, L and O, which look like digits, and no U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS = 28;
const GROUP = 4;
const BITS = 5;

/** formatRecoveryCode shows a secret (16 bytes, otherwise RangeError) as 7 groups of 4. */
export function formatRecoveryCode(secret: Uint8Array): string {
  checkSecret(secret);
  let bits = 0n;
  for (const byte of [...secret, checkByte(secret)]) bits = (bits << 8n) | BigInt(byte);
  bits <<= SPARE_BITS;
  let code = "";
  for (let at = CHARACTERS - 1; at >= 0; at--) {
    code += ALPHABET[Number((bits >> BigInt(at * BITS)) & 31n)];
    if (at > 0 && at % GROUP === 0) code += "-";
  }
  return code;
}

/**
 * parseRecoveryCode reads a code as people type it: any case, spaces and hyphens anywhere, O for 0, I
 * and L for 1. It answers the secret, and throws RecoveryCodeError before any server is asked.
 */
export function parseRecoveryCode(typed: string): Uint8Array {
  const characters = [...typed.replaceAll(SEPARATORS, "")];
  if (characters.length !== CHARACTERS) {
    throw new RecoveryCodeError("length", `${characters.length} characters, not ${CHARACTERS}`);
  }
  let bits = 0n;
  for (const [index, character] of characters.entries()) {
    const value = VALUES.get(character);
    if (value === undefined) {
      throw new RecoveryCodeError("character", `no code has the one at place ${index + 1}`);
    }
    bits = (bits << BigInt(BITS)) | BigInt(value);
  }
  const secret = new Uint8Array(RECOVERY_SECRET_BYTES);
  let rest = bits >> (8n + SPARE_BITS);
  for (let at = RECOVERY_SECRET_BYTES - 1; at >= 0; at--, rest >>= 8n) {
    secret[at] = Number(rest & 0xffn);
  }
  const tail = BigInt(checkByte(secret)) << SPARE_BITS;
  if ((bits & ((1n << (8n + SPARE_BITS)) - 1n)) !== tail) {
    throw new RecoveryCodeError("check", "it was written down or typed wrongly");
  }
  return secret;
}

/** 28 characters of 5 bits hold 4 bits more than the 17 bytes; they are zero. */
const SPARE_BITS = 4n;
const SEPARATORS = /[\s-]/g;

const VALUES: ReadonlyMap<string, number> = new Map([
  ...[...ALPHABET].flatMap((character, value) => bothCases(character, value)),
  ...bothCases("O", 0),
  ...bothCases("I", 1),
  ...bothCases("L", 1),
]);

function bothCases(character: string, value: number): [string, number][] {
  return [
    [character, value],
    [character.toLowerCase(), value],
  ];
}

function checkByte(secret: Uint8Array): number {
  return defaultBackend.sha256(secret)[0] ?? 0;
}

function checkSecret(secret: Uint8Array): void {
  if (secret.length === RECOVERY_SECRET_BYTES) return;
  throw new RangeError(`a recovery secret of ${secret.length} bytes`);
}
