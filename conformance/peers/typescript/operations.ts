// What operations take and give, and bytes as the protocol writes them.

import { createHash } from "node:crypto";
import { type Bytes, materialise } from "../../../vectors/bytes.ts";

export interface Request {
  readonly id: number;
  readonly op: string;
  readonly [argument: string]: unknown;
}

export type Operations = Readonly<Record<string, (request: Request) => object | Promise<object>>>;

/** Refusal is an error that an operation finds itself; `details` are those of the reply. */
export class Refusal extends Error {
  readonly details: object;
  constructor(details: { readonly class: string; readonly [detail: string]: unknown }) {
    super(details.class);
    this.details = details;
  }
}

const closers: (() => Promise<void>)[] = [];

/** atBye has `close` called when the adapter is to end. */
export function atBye(close: () => Promise<void>): void {
  closers.push(close);
}

export async function closeAll(): Promise<void> {
  await Promise.all(closers.map((close) => close()));
}

/** Named are arguments that are all bytes. */
type Named = Readonly<Record<string, unknown>>;

/** bytesOf reads an argument. Throws TypeError when it is none. */
export function bytesOf(from: Named, name: string): Uint8Array {
  const value = from[name];
  if (typeof value !== "object" || value === null) throw new TypeError(`no bytes in ${name}`);
  return materialise(value as Bytes);
}

const LARGE = 65_536;

/** toBytes writes what is over 64 KiB as its hash. */
export function toBytes(bytes: Uint8Array): object {
  if (bytes.length <= LARGE) return { hex: Buffer.from(bytes).toString("hex") };
  return { sha256: createHash("sha256").update(bytes).digest("hex"), len: bytes.length };
}
