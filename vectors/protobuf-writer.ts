// A Protobuf writer for the generators alone: it shares no code with what the vectors judge.
// Every function returns hex, so that a vector can be read next to the code that made it.

/** WireType of the Protobuf encoding. */
export const WireType = {
  Varint: 0,
  Fixed64: 1,
  Length: 2,
  StartGroup: 3,
  EndGroup: 4,
  Fixed32: 5,
} as const;

/** varint writes 0 <= value < 2^64 in as few bytes as possible. */
export function varint(value: number | bigint): string {
  let rest = BigInt(value);
  let hex = "";
  while (rest > 0x7fn) {
    hex += byte(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return hex + byte(Number(rest));
}

/** tag writes a field number and a wire type, valid or not. */
export function tag(field: number, wireType: number): string {
  return varint((BigInt(field) << 3n) | BigInt(wireType));
}

/** varintField writes an integer, an enum value or a bool (0 or 1). */
export function varintField(field: number, value: number | bigint): string {
  return tag(field, WireType.Varint) + varint(value);
}

/** bytesField writes bytes, or an encoded message, given as hex. */
export function bytesField(field: number, hex: string): string {
  return tag(field, WireType.Length) + varint(hex.length / 2) + hex;
}

/** stringField writes text as UTF-8. */
export function stringField(field: number, text: string): string {
  return bytesField(field, utf8(text));
}

/** utf8 is the hex of a text in UTF-8. */
export function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("hex");
}

/** byte is two hex digits. 0 <= value <= 255 */
export function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
