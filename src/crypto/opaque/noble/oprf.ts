// The OPRF and the group: RFC 9497 (mode OPRF, ristretto255-SHA512) and RFC 9807 section 6.4.1.1.

import { ristretto255, ristretto255_hasher, ristretto255_oprf } from "@noble/curves/ed25519.js";
import { checkLength, OpaqueError } from "../error.ts";
import { SIZES } from "../parameters.ts";
import { ascii, concat, expand } from "./primitives.ts";

const { oprf } = ristretto255_oprf;
const { Point } = ristretto255;
const { Fn } = Point;

// RFC 9497 section 3.1: contextString = "OPRFV1-" || I2OSP(modeOPRF, 1) || "-" || identifier.
const CONTEXT_STRING = concat(ascii("OPRFV1-"), Uint8Array.of(0), ascii("-ristretto255-SHA512"));
const HASH_TO_GROUP = { DST: concat(ascii("HashToGroup-"), CONTEXT_STRING) };

/** KeyPair: `privateKey` is a scalar of 32 bytes, `publicKey` an element of 32 bytes. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/**
 * deserializeElement is DeserializeElement, RFC 9497 section 4.1 with the check of RFC 9807 section
 * 10.7. Throws OpaqueError: "length", or "element" for a malformed encoding and for the identity.
 */
export function deserializeElement(bytes: Uint8Array, name: string) {
  checkLength(bytes, SIZES.Noe, name);
  const point = decode(bytes, name);
  if (point.equals(Point.ZERO)) throw new OpaqueError("element", `${name} is the identity`);
  return point;
}

function decode(bytes: Uint8Array, name: string) {
  try {
    return Point.fromBytes(bytes);
  } catch (cause) {
    throw new OpaqueError("element", `${name} is not a canonical ristretto255 element`, { cause });
  }
}

function deserializeScalar(bytes: Uint8Array, name: string): bigint {
  checkLength(bytes, SIZES.Nok, name);
  const scalar = decodeScalar(bytes, name);
  if (Fn.is0(scalar)) throw new OpaqueError("scalar", `${name} is zero`);
  return scalar;
}

function decodeScalar(bytes: Uint8Array, name: string): bigint {
  try {
    return Fn.fromBytes(bytes);
  } catch (cause) {
    throw new OpaqueError("scalar", `${name} is not below the group order`, { cause });
  }
}

/** randomScalar is RandomScalar of RFC 9497 section 2.1: never zero, 32 bytes. */
export function randomScalar(): Uint8Array {
  return oprf.generateKeyPair().secretKey;
}

/** blind is Blind, RFC 9497 section 3.3.1, with the scalar given; it returns the blinded element. */
export function blind(password: Uint8Array, scalar: Uint8Array): Uint8Array {
  // RFC 9497 section 1.2: Finalize puts a two-byte length in front of the input.
  if (password.length > 0xffff) throw new OpaqueError("length", "the password is over 65535 bytes");
  const input = ristretto255_hasher.hashToCurve(password, HASH_TO_GROUP);
  // InvalidInputError of RFC 9497; nobody knows a password that hashes to the identity.
  if (input.equals(Point.ZERO))
    throw new OpaqueError("element", "the password maps to the identity");
  return input.multiply(deserializeScalar(scalar, "blind")).toBytes();
}

/** blindEvaluate is BlindEvaluate, RFC 9497 section 3.3.1. */
export function blindEvaluate(oprfKey: Uint8Array, blindedMessage: Uint8Array): Uint8Array {
  const element = deserializeElement(blindedMessage, "blinded_message");
  return element.multiply(deserializeScalar(oprfKey, "oprf_key")).toBytes();
}

/** finalize is Finalize, RFC 9497 section 3.3.1: the OPRF output, 64 bytes. */
export function finalize(password: Uint8Array, scalar: Uint8Array, evaluatedMessage: Uint8Array) {
  deserializeElement(evaluatedMessage, "evaluated_message");
  deserializeScalar(scalar, "blind");
  return oprf.finalize(password, scalar, evaluatedMessage);
}

/** deriveOprfKey makes the OPRF key of one credential, RFC 9807 section 5.2.2. */
export function deriveOprfKey(oprfSeed: Uint8Array, credentialIdentifier: Uint8Array): Uint8Array {
  checkLength(oprfSeed, SIZES.Nh, "oprf_seed");
  const seed = expand(oprfSeed, [credentialIdentifier, "OprfKey"], SIZES.Nok);
  return oprf.deriveKeyPair(seed, ascii("OPAQUE-DeriveKeyPair")).secretKey;
}

/** deriveDiffieHellmanKeyPair is the function of that name, RFC 9807 section 6.4.1.1. */
export function deriveDiffieHellmanKeyPair(seed: Uint8Array): KeyPair {
  checkLength(seed, SIZES.Nseed, "seed");
  const pair = oprf.deriveKeyPair(seed, ascii("OPAQUE-DeriveDiffieHellmanKeyPair"));
  return { privateKey: pair.secretKey, publicKey: pair.publicKey };
}

/** publicKeyOf returns the element that belongs to a private key. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return Point.BASE.multiply(deserializeScalar(privateKey, "private key")).toBytes();
}

/**
 * diffieHellman is DiffieHellman(k, B), RFC 9807 section 6.4.1.1. The group has prime order, so a
 * product of a non-zero scalar and an element other than the identity is never the identity.
 */
export function diffieHellman(privateKey: Uint8Array, publicKey: Uint8Array, name: string) {
  const scalar = deserializeScalar(privateKey, "private key");
  return deserializeElement(publicKey, name).multiply(scalar).toBytes();
}
