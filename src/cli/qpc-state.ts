// The state file of qpc: an account with its keys and its newest session token. It holds secrets, so
// it is readable by its owner alone, and an identity key in it is never overwritten: nobody could
// make it again.

import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { hexOf } from "../client/bytes.ts";
import { UsageError } from "../server/options.ts";

export interface State {
  readonly username: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Ed25519 private key, 32 bytes; absent when it is kept elsewhere. */
  readonly privateKey?: Uint8Array | undefined;
  /** 32 bytes; absent before the first login. */
  readonly sessionToken?: Uint8Array | undefined;
}

/** How the parts of a state are called in the file; bytes are written in hexadecimal. */
const KEYS = {
  identityKey: "identity_key",
  privateKey: "identity_private_key",
  sessionToken: "session_token",
} as const;

const OWNER_ONLY = 0o600;

/** readState answers undefined when there is no such file. It throws UsageError for a damaged one. */
export async function readState(file: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UsageError(`cannot read ${file}: ${codeOf(error)}`);
  }
  return parseState(text, file);
}

/** createState writes a new file. It throws UsageError when it exists, and leaves it as it is. */
export async function createState(file: string, state: State): Promise<void> {
  try {
    await writeFile(file, format(state), { flag: "wx", mode: OWNER_ONLY, flush: true });
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new UsageError(`${file} exists; give another --state`);
    throw new UsageError(`cannot write ${file}: ${codeOf(error)}`);
  }
}

/** storeToken adds the token of a login to a state, and to its file in one step. */
export async function storeToken(
  file: string,
  state: State,
  sessionToken: Uint8Array,
): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  await createState(draft, { ...state, sessionToken });
  try {
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new UsageError(`cannot write ${file}: ${codeOf(error)}`);
  }
}

/** removeState deletes the file of an account that was not made after all. */
export async function removeState(file: string): Promise<void> {
  await rm(file, { force: true });
}

function format({ username, ...parts }: State): string {
  const entries = Object.entries(KEYS).flatMap(([part, key]) => {
    const bytes = parts[part as keyof typeof KEYS];
    return bytes ? [[key, hexOf(bytes)]] : [];
  });
  return `${JSON.stringify({ username, ...Object.fromEntries(entries) }, null, 2)}\n`;
}

function parseState(text: string, file: string): State {
  const damaged = new UsageError(`${file} is no state file of qpc`);
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged;
  }
  if (typeof value?.username !== "string") throw damaged;
  const bytes = (key: string): Uint8Array | undefined => {
    const digits = value[key];
    if (digits === undefined) return undefined;
    if (typeof digits !== "string" || !/^[0-9a-f]{64}$/i.test(digits)) throw damaged;
    return Uint8Array.from(Buffer.from(digits, "hex"));
  };
  const identityKey = bytes(KEYS.identityKey);
  if (identityKey === undefined) throw damaged;
  return {
    username: value.username,
    identityKey,
    privateKey: bytes(KEYS.privateKey),
    sessionToken: bytes(KEYS.sessionToken),
  };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown error";
}
