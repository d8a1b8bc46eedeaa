// Recovery bundles: what brings an account back, sealed under a recovery code for a server that must
// not read it (spec/client/recovery-codes.md, C-67, C-110).

import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type CryptoBackend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/default.ts";
import { concat } from "../bytes.ts";
import { isBucket, PaddingError, pad, unpad } from "./padding.ts";
import { recoveryKeys } from "./recovery-code.ts";

/** RecoveryContents are what a bundle holds. */
export interface RecoveryContents {
  /** 1 to 65,535 bytes of UTF-8. */
  readonly username: string;
  /** Private identity key, 32 bytes. */
  readonly identitySeed: Uint8Array;
  /** 1 to 65,535 bytes of UTF-8. */
  readonly password: string;
}

/**
 * RecoveryBundleFault says what is wrong:
 * - `size`: no bundle has this many bytes; it was cut, or something was added
 * - `version`: it does not begin with a version that is known
 * - `open`: it belongs to another code, or was changed
 * - `contents`: whoever sealed it put something else in
 */
export type RecoveryBundleFault = "size" | "version" | "open" | "contents";

/** RecoveryBundleError: the bundle cannot be used. The message holds nothing of what is in it. */
export class RecoveryBundleError extends Error {
  override name = "RecoveryBundleError";
  readonly fault: RecoveryBundleFault;
  constructor(fault: RecoveryBundleFault, message: string) {
    super(`${fault}: ${message}`);
    this.fault = fault;
  }
}

/** SealOptions are given where bytes must be the same each time; a nonce is never used twice. */
export interface SealOptions {
  readonly backend?: CryptoBackend;
  /** 12 bytes, random when absent. */
  readonly nonce?: Uint8Array;
}

const VERSION = 0x01;
const VERSION_BYTES = Uint8Array.of(VERSION);
const HEADER_BYTES = 1 + AEAD_NONCE_BYTES;
const OVERHEAD = HEADER_BYTES + AEAD_TAG_BYTES;
const SEED_BYTES = 32;
const MOST_TEXT_BYTES = 65_535;

/**
 * sealRecoveryBundle seals contents under the secret of a code (16 bytes). It throws RangeError for
 * contents that the format does not hold.
 */
export function sealRecoveryBundle(
  secret: Uint8Array,
  contents: RecoveryContents,
  { backend = defaultBackend, nonce = backend.randomBytes(AEAD_NONCE_BYTES) }: SealOptions = {},
): Uint8Array {
  const { key } = recoveryKeys(secret, backend);
  const encoded = encode(contents);
  const plaintext = pad(encoded);
  const box = backend.chacha20Poly1305.seal({ key, nonce, aad: VERSION_BYTES }, plaintext);
  for (const bytes of [key, encoded, plaintext]) bytes.fill(0);
  return concat(VERSION_BYTES, nonce, box);
}

/**
 * openRecoveryBundle opens what 751 returned, with the secret of the code (16 bytes). It throws
 * RecoveryBundleError unless all of the bundle is as it should be.
 */
export function openRecoveryBundle(
  secret: Uint8Array,
  bundle: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): RecoveryContents {
  if (!isBucket(bundle.length - OVERHEAD)) {
    throw new RecoveryBundleError("size", `${bundle.length} bytes`);
  }
  if (bundle[0] !== VERSION) throw new RecoveryBundleError("version", `${bundle[0]}`);
  const { key } = recoveryKeys(secret, backend);
  const nonce = bundle.subarray(1, HEADER_BYTES);
  const box = bundle.subarray(HEADER_BYTES);
  const plaintext = backend.chacha20Poly1305.open({ key, nonce, aad: VERSION_BYTES }, box);
  key.fill(0);
  if (!plaintext) throw new RecoveryBundleError("open", "another code, or a changed bundle");
  try {
    return decode(unpad(plaintext));
  } catch (error) {
    if (error instanceof PaddingError) throw wrongContents("padding");
    throw error;
  } finally {
    plaintext.fill(0);
  }
}

function encode({ username, identitySeed, password }: RecoveryContents): Uint8Array {
  if (identitySeed.length !== SEED_BYTES) {
    throw new RangeError(`an identity seed of ${identitySeed.length} bytes`);
  }
  return concat(...textField(username), identitySeed, ...textField(password));
}

function textField(text: string): [length: Uint8Array, bytes: Uint8Array] {
  // A lone surrogate would come back as another character.
  if (!text.isWellFormed()) throw new RangeError("a text that is no Unicode");
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0 || bytes.length > MOST_TEXT_BYTES) {
    throw new RangeError(`a text of ${bytes.length} bytes`);
  }
  return [Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes];
}

function decode(encoded: Uint8Array): RecoveryContents {
  let at = 0;
  const take = (length: number) => {
    if (encoded.length - at < length) throw wrongContents("they end too early");
    at += length;
    return encoded.subarray(at - length, at);
  };
  const takeText = () => {
    const [high = 0, low = 0] = take(2);
    return readText(take((high << 8) | low));
  };
  const username = takeText();
  const identitySeed = take(SEED_BYTES).slice();
  const password = takeText();
  if (at !== encoded.length) throw wrongContents("bytes are left over");
  return { username, identitySeed, password };
}

function readText(bytes: Uint8Array): string {
  if (bytes.length === 0) throw wrongContents("an empty text");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrongContents("a text that is no UTF-8");
  }
}

function wrongContents(what: string): RecoveryBundleError {
  return new RecoveryBundleError("contents", what);
}
