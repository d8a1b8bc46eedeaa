// KeyPackages byte by byte (RFC 9420 sections 7.2 and 10), so that any part of them can be wrong and the
// signatures right, or the other way round. Independent of the library behind src/crypto/mls.

import { defaultBackend } from "../../../src/crypto/backend/default.ts";

const { ed25519, x25519, randomBytes } = defaultBackend;

/** Forgery departs from a good KeyPackage; every part may be given. */
export interface Forgery {
  readonly version?: number;
  readonly suite?: number;
  readonly initKey?: Uint8Array;
  readonly encryptionKey?: Uint8Array;
  readonly signatureKey?: Uint8Array;
  readonly credentialType?: number;
  readonly identity?: Uint8Array;
  readonly versions?: readonly number[];
  readonly suites?: readonly number[];
  readonly credentials?: readonly number[];
  /** 1 key_package, 2 update, 3 commit; the fields after it stay those of a key_package. */
  readonly source?: number;
  /** Seconds since 1970. */
  readonly notBefore?: bigint;
  readonly notAfter?: bigint;
  readonly leafLabel?: string;
  readonly outerLabel?: string;
  /** Ed25519 seeds that sign instead. */
  readonly leafSigner?: Uint8Array;
  readonly outerSigner?: Uint8Array;
  /** Change the finished signatures. */
  readonly leafSignature?: (signature: Uint8Array) => Uint8Array;
  readonly outerSignature?: (signature: Uint8Array) => Uint8Array;
}

export interface Forged {
  readonly keyPackage: Uint8Array;
  /** What src/crypto/mls needs to join with it: 0x01 and the three private keys. */
  readonly secret: Uint8Array;
}

const DAY_S = 86_400n;

/** forgeKeyPackage makes a KeyPackage for an identity (Ed25519 seed, 32 bytes): a good one without `forgery`. */
export function forgeKeyPackage(seed: Uint8Array, forgery: Forgery = {}): Forged {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const ownKey = ed25519.publicKey(seed);
  const [initSecret, encryptionSecret] = [randomBytes(32), randomBytes(32)];
  const encryptionKey = forgery.encryptionKey ?? x25519.publicKey(encryptionSecret);
  const head = join(u16(forgery.version ?? 1), u16(forgery.suite ?? 1));
  const content = join(
    vector(encryptionKey),
    vector(forgery.signatureKey ?? ownKey),
    u16(forgery.credentialType ?? 1),
    vector(forgery.identity ?? ownKey),
    list(forgery.versions ?? [1]),
    list(forgery.suites ?? [1]),
    list([]),
    list([]),
    list(forgery.credentials ?? [1]),
    Uint8Array.of(forgery.source ?? 1),
    u64(forgery.notBefore ?? now - DAY_S),
    u64(forgery.notAfter ?? now + 28n * DAY_S),
    vector(new Uint8Array(0)),
  );
  const leafSignature = sign(
    forgery.leafSigner ?? seed,
    forgery.leafLabel ?? "LeafNodeTBS",
    content,
    forgery.leafSignature,
  );
  const whole = join(
    head,
    vector(forgery.initKey ?? x25519.publicKey(initSecret)),
    content,
    vector(leafSignature),
    vector(new Uint8Array(0)),
  );
  const outerSignature = sign(
    forgery.outerSigner ?? seed,
    forgery.outerLabel ?? "KeyPackageTBS",
    whole,
    forgery.outerSignature,
  );
  return {
    keyPackage: join(whole, vector(outerSignature)),
    secret: join(Uint8Array.of(1), initSecret, encryptionSecret, seed),
  };
}

/** SignWithLabel of RFC 9420 section 5.1.2. */
function sign(
  seed: Uint8Array,
  label: string,
  content: Uint8Array,
  change: (signature: Uint8Array) => Uint8Array = (signature) => signature,
): Uint8Array {
  const named = vector(new TextEncoder().encode(`MLS 1.0 ${label}`));
  return change(ed25519.sign(seed, join(named, vector(content))));
}

/** vector is a variable-size vector, its length in the shortest form (RFC 9420 section 2.1.2). */
function vector(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const header = length < 64 ? Uint8Array.of(length) : u16(0x4000 | length);
  return join(header, bytes);
}

function list(values: readonly number[]): Uint8Array {
  return vector(join(...values.map(u16)));
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function u64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return Uint8Array.from(bytes);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
