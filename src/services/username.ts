// What a username may contain (C-108) [auth.username].

const MAX_BYTES = 64;
const FORBIDDEN = /[\p{Cc}\p{White_Space}@]/u;

/**
 * isUsername: 1 to 64 bytes of UTF-8 in form NFC, without control characters, white space and `@`,
 * which separates a name from its domain.
 */
export function isUsername(name: string): boolean {
  const length = Buffer.byteLength(name);
  if (length === 0 || length > MAX_BYTES) return false;
  return !FORBIDDEN.test(name) && name === name.normalize("NFC");
}
