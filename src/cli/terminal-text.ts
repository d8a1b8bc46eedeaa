// Words of others on a terminal: what steers it, or turns the direction of writing, is shown as such and
// not obeyed.

/** Joins emoji and letters; without them names of families and whole languages fall apart. */
const JOINERS = "\u200c\u200d";
const STEERING = new RegExp(`(?![${JOINERS}])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]`, "gu");
const LINE_BREAK = /\r\n|[\n\r\u0085\u2028\u2029]/g;

/** printable makes one line of a text: a line break becomes ⏎, what steers a terminal becomes U+FFFD. */
export function printable(text: string): string {
  return text.replace(LINE_BREAK, "⏎").replace(STEERING, "\ufffd");
}

/** oneLine makes one line of an error text: whatever is no plain character becomes a space. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
