// Comparing and spelling bytes. Spec: none, this is inside the client.

/** sameBytes is not for secrets: how long it takes depends on them. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** hexOf spells bytes in hexadecimal, as the key of a Map and for people. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
