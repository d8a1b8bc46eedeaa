// What this client wants to change in a group, from the wish to the last duty of a commit that won. It is
// stored beside the group, so that a crash loses none of it (spec/client/client.md).
// Encoding, private to this client: 0x01, phase, then lists of byte strings, all with u32 lengths.

/**
 * Change is in one of these phases:
 * - `wanted`: no commit is under way; `lost` is the hash of the one that lost, if one did
 * - `sent`: `commit` (an encoded PendingCommit) is in the outbox or in the inbox
 * - `won`: the commit is in force; `forget` has to leave the group record, `admit` has to be in it
 * or, besides these, it is `leaving`: we proposed our own removal in `epoch`, which others have to commit
 */
export type Change =
  | ({ readonly phase: "wanted"; readonly lost?: Uint8Array } & Wish)
  | ({ readonly phase: "sent"; readonly commit: Uint8Array; readonly lost?: Uint8Array } & Wish)
  | ({ readonly phase: "won" } & Duty)
  | { readonly phase: "leaving"; readonly epoch: bigint };

export interface Wish {
  /** KeyPackages. */
  readonly add: readonly Uint8Array[];
  /** Identity keys. */
  readonly remove: readonly Uint8Array[];
  /** True when the own keys are to be renewed, whatever else there is to do. */
  readonly renew: boolean;
}

export interface Duty {
  /** Identity keys. */
  readonly forget: readonly Uint8Array[];
  /** Identity keys. */
  readonly admit: readonly Uint8Array[];
}

export const NOTHING_WISHED: Wish = { add: [], remove: [], renew: false };

const VERSION = 1;
const PHASES = ["wanted", "sent", "won", "leaving"] as const;

export function encodeChange(change: Change): Uint8Array {
  return new Uint8Array(
    Buffer.concat([Buffer.of(VERSION, PHASES.indexOf(change.phase)), rest(change)]),
  );
}

function rest(change: Change): Uint8Array {
  if (change.phase === "won") return Buffer.concat([change.forget, change.admit].map(list));
  if (change.phase === "leaving") return u64(change.epoch);
  const commit = change.phase === "sent" ? [change.commit] : [];
  const lost = change.lost ? [change.lost] : [];
  const renew = Buffer.of(Number(change.renew));
  return Buffer.concat([renew, ...[change.add, change.remove, commit, lost].map(list)]);
}

/** decodeChange reads what encodeChange wrote. It throws TypeError on anything else. */
export function decodeChange(bytes: Uint8Array): Change {
  const reader = { bytes, at: 0 };
  if (readByte(reader) !== VERSION) throw new TypeError("a change of another version");
  const phase = PHASES[readByte(reader)];
  if (phase === "won") return { phase, forget: readList(reader), admit: readList(reader) };
  if (phase === "leaving") return { phase, epoch: readU64(reader) };
  const renew = readByte(reader) === 1;
  const wish = { add: readList(reader), remove: readList(reader), renew };
  const [[commit], [hash]] = [readList(reader), readList(reader)];
  const lost = hash && { lost: hash };
  if (phase === "wanted") return { phase, ...wish, ...lost };
  if (phase !== "sent" || commit === undefined) throw new TypeError("a change without its commit");
  return { phase, ...wish, ...lost, commit };
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function list(items: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([u32(items.length), ...items.flatMap((item) => [u32(item.length), item])]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function readList(reader: Reader): Uint8Array[] {
  return Array.from({ length: readU32(reader) }, () => take(reader, readU32(reader)));
}

function readU32(reader: Reader): number {
  const bytes = take(reader, 4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

function readU64(reader: Reader): bigint {
  const bytes = take(reader, 8);
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
}

function readByte(reader: Reader): number {
  return take(reader, 1)[0] ?? 0;
}

function take(reader: Reader, length: number): Uint8Array {
  const end = reader.at + length;
  if (end > reader.bytes.length) throw new TypeError("a change that is cut off");
  const taken = reader.bytes.slice(reader.at, end);
  reader.at = end;
  return taken;
}
