// Bytes of cases, as a person writes them.

/** hex joins pieces of hex digits: hex("0322", "00000001", "00000000"). */
export function hex(...pieces: readonly string[]): Buffer {
  return Buffer.from(pieces.join("").replaceAll(" ", ""), "hex");
}
