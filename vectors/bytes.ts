// The three ways in which a vector states bytes: hex, a run of one byte, or parts one after the other.
// A run keeps a frame of 4 MiB at a few characters in the file.

export interface Hex {
  /** Lower-case hexadecimal, two digits per byte. */
  readonly hex: string;
}

export interface Fill {
  /** How many bytes. */
  readonly fill: number;
  /** The byte, 0 to 255. */
  readonly byte: number;
}

export type Bytes = Hex | Fill | { readonly parts: readonly (Hex | Fill)[] };

/** materialise makes the bytes; nothing is allocated before. */
export function materialise(bytes: Bytes): Uint8Array {
  const whole = new Uint8Array(sizeOf(bytes));
  let offset = 0;
  for (const part of partsOf(bytes)) {
    const end = offset + sizeOf(part);
    if ("hex" in part) whole.set(Buffer.from(part.hex, "hex"), offset);
    else whole.fill(part.byte, offset, end);
    offset = end;
  }
  return whole;
}

/** sizeOf counts the bytes without making them. */
export function sizeOf(bytes: Bytes): number {
  return partsOf(bytes).reduce(
    (sum, part) => sum + ("hex" in part ? part.hex.length / 2 : part.fill),
    0,
  );
}

/** join states several pieces as one, in the shortest form: neighbouring hex becomes one piece. */
export function join(...pieces: Bytes[]): Bytes {
  const parts: (Hex | Fill)[] = [];
  for (const part of pieces.flatMap(partsOf)) {
    const last = parts.at(-1);
    if (sizeOf(part) === 0) continue;
    if (last && "hex" in last && "hex" in part) parts.splice(-1, 1, { hex: last.hex + part.hex });
    else parts.push(part);
  }
  const [only = { hex: "" }] = parts;
  return parts.length > 1 ? { parts } : only;
}

/** hex states bytes as what they are. */
export function hex(bytes: Uint8Array): Hex {
  return { hex: Buffer.from(bytes).toString("hex") };
}

/** concat joins bytes that are made already. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function partsOf(bytes: Bytes): readonly (Hex | Fill)[] {
  return "parts" in bytes ? bytes.parts : [bytes];
}
