// The entries of the key-transparency log, in bytes (spec/services/kt.md, C-52). Integers are big-endian.

/** The reasons of a revocation with their bytes. */
const REASONS = { compromised: 1, superseded: 2, user_revoked: 3 } as const;

export type Reason = keyof typeof REASONS;

const KEY_BYTES = 32;

/**
 * bindingEntry says that a username leads to an identity key (32 bytes) since `timeMs`, in Unix
 * milliseconds. It throws RangeError for a key of another length and for a name of more than 65,535 bytes.
 */
export function bindingEntry(
  username: string,
  identityKey: Uint8Array,
  timeMs: number | bigint,
): Uint8Array {
  const name = Buffer.from(username, "utf8");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(name.length);
  return entry(0x01, length, name, checkedKey(identityKey), time(timeMs));
}

/** revocationEntry says that a key (32 bytes) is revoked since `timeMs`. It throws like bindingEntry. */
export function revocationEntry(
  identityKey: Uint8Array,
  reason: Reason,
  timeMs: number | bigint,
): Uint8Array {
  return entry(0x02, checkedKey(identityKey), Uint8Array.of(REASONS[reason]), time(timeMs));
}

function entry(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat([Uint8Array.of(kind), ...parts]));
}

// The field has no length of its own, so another length would shift what follows.
function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) throw new RangeError(`an identity key of ${key.length} bytes`);
  return key;
}

function time(timeMs: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(timeMs));
  return bytes;
}
