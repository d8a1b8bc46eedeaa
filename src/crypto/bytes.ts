// Joining bytes. Spec: none, this is inside the crypto layer.

/** concat joins the parts in an array of its own, never in a pool: wiping it leaves no copy behind. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatAll(parts);
}

/** concatAll is concat for lists of any length; a call takes only so many arguments. */
export function concatAll(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
