// What kind of file a file is, told by its first bytes and not by what somebody calls it (BLOB-006).

/** UNKNOWN_MIME_TYPE is what nothing is known of. */
export const UNKNOWN_MIME_TYPE = "application/octet-stream";

/**
 * mimeTypeOf detects the commonest types. `name` tells apart kinds of text, which have no first bytes of
 * their own; it never makes text of what is none.
 */
export function mimeTypeOf(file: Uint8Array, name: string): string {
  const head = Buffer.from(file.subarray(0, HEAD_BYTES)).toString("hex");
  const known = SIGNATURES.find(([pattern]) => pattern.test(head));
  if (known) return known[1];
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  const text = TEXTS.get(ending);
  return text !== undefined && isText(file) ? text : UNKNOWN_MIME_TYPE;
}

const HEAD_BYTES = 64;

/** The first bytes in hexadecimal; `ftyp` (66747970) stands behind a length, and names the brand. */
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^474946383[79]61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^.{8}6674797061766966/, "image/avif"],
  [/^.{8}66747970(68656963|68656978)/, "image/heic"],
  [/^.{8}667479706d696631/, "image/heif"],
  [/^.{8}667479704d344120/, "audio/mp4"],
  [/^.{8}6674797071742020/, "video/quicktime"],
  [/^.{8}66747970/, "video/mp4"],
  [/^1a45dfa3(..)*?7765626d/, "video/webm"],
  [/^(494433|fff[23b])/, "audio/mpeg"],
  [/^4f676753/, "audio/ogg"],
  [/^52494646.{8}57415645/, "audio/wav"],
  [/^664c6143/, "audio/flac"],
  [/^255044462d/, "application/pdf"],
  [/^504b0304/, "application/zip"],
  [/^1f8b08/, "application/gzip"],
];

const TEXTS: ReadonlyMap<string, string> = new Map([
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["csv", "text/csv"],
  ["json", "application/json"],
]);

function isText(file: Uint8Array): boolean {
  if (file.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(file);
    return true;
  } catch {
    return false;
  }
}
