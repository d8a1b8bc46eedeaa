// Reads bytes as a series of calls: who calls which method with what. Values are mostly such as a
// service knows from elsewhere, so that calls reach behind the field rules.

import { createHash } from "node:crypto";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { METHODS, type Method } from "../src/registry/methods.ts";

/** USERS are the accounts that a program has, by the number that their keys consist of. */
export const USERS = [
  { number: 1, username: "alice" },
  { number: 2, username: "bob" },
  { number: 9, username: "carol" },
] as const;

/** Caller is the index of a user, or somebody without an account. */
export type Caller = number | "nobody" | "operator" | "peer";

/** Step is one thing that a program does. */
export type Step =
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "log-in"; readonly user: number }
  | {
      readonly kind: "call";
      readonly caller: Caller;
      readonly method: Method;
      readonly request: Readonly<Record<string, unknown>>;
      /** False: the next step does not wait for the answer. */
      readonly alone: boolean;
    };

/** CHUNK is the blob that UploadBlob is often called with; its SHA-256 is among the known values. */
export const CHUNK: Uint8Array = Buffer.from("hello");

/** The generator of ristretto255: where an OPAQUE message holds an element. */
const ELEMENT = Buffer.from(
  "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
  "hex",
);
/** RECORD is well-formed, and nobody logs in with it. */
export const RECORD: Uint8Array = Buffer.concat([ELEMENT, new Uint8Array(160)]);

const TOKEN = new Uint8Array(32).fill(0x42);

/** What half of the fields with these paths hold, so that calls meet each other's records. */
const USUAL: Readonly<Record<string, unknown>> = {
  group_id: new Uint8Array(32).fill(0x66),
  blob_id: sha256(CHUNK),
  chunk: CHUNK,
  total_size: BigInt(CHUNK.length),
  offset: 0n,
  token_hash: sha256(TOKEN),
  recovery_token: TOKEN,
  device_id: new Uint8Array(16).fill(0xd1),
  "federation_auth.origin": "b.test",
};

const ADVANCES_MS = [1, 1_000, 60_000, 86_400_000, 31 * 86_400_000];
const NUMBERS = [0, 1, 2, 3, 5, 100, 3_600, 2 ** 31, 2 ** 32 - 1];
const LONG_NUMBERS = [...NUMBERS.map(BigInt), 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const TEXTS = [
  ...["", "alice", "bob", "carol", "dave", "alice@b.test", "@", "a@", "compromised", "superseded"],
  ...["user_revoked", "text/plain", "a.test", "b.test", "zoë", "\u0000", "x".repeat(300)],
];
const OTHER_LENGTHS = [0, 1, 15, 17, 31, 33, 64, 96, 192, 1216, 5000];
const MOST_ITEMS = 3;

/** Known collects byte strings that occurred, so that later calls name what earlier ones made. */
export interface Known {
  add(bytes: Uint8Array): void;
  pick(index: number, length: number): Uint8Array;
}

/** createKnown begins with the keys of the users, some IDs, a blob, and OPAQUE messages. */
export function createKnown(): Known {
  const values: Uint8Array[] = USERS.map(({ number }) => keyOf(number));
  values.push(new Uint8Array(16).fill(7), new Uint8Array(32).fill(0x66));
  values.push(sha256(CHUNK), CHUNK);
  values.push(ELEMENT, Buffer.concat([ELEMENT, new Uint8Array(32), ELEMENT]), RECORD);
  const most = 64;
  return {
    add(bytes) {
      const isNew = !values.some((one) => Buffer.compare(one, bytes) === 0);
      if (bytes.length > 0 && bytes.length <= 64 && isNew && values.length < most)
        values.push(bytes);
    },
    pick(index, length) {
      const fitting = values.filter((one) => length === 0 || one.length === length);
      return fitting[index % fitting.length] ?? new Uint8Array(length).fill(index);
    },
  };
}

/** keyOf is the identity key of the user with this number. */
export function keyOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

/** readProgram answers the steps of an input, one after the other, until its bytes are used up. */
export function* readProgram(input: Uint8Array, known: Known): Generator<Step, void> {
  let at = 0;
  const next = () => input[at++] ?? 0;
  while (at < input.length) {
    const code = next();
    const who = next();
    if (code >= 252) yield { kind: "advance", ms: ADVANCES_MS[who % ADVANCES_MS.length] ?? 1 };
    else if (code >= 248) yield { kind: "log-in", user: who % USERS.length };
    else {
      const method = METHODS[code % METHODS.length] as Method;
      const caller = callerOf(method, who & 0x7f);
      const own = typeof caller === "number" ? keyOf(USERS[caller]?.number ?? 0) : undefined;
      const request = requestOf({ method, own, next, known }, method.input, "");
      yield { kind: "call", caller, method, request, alone: who < 128 };
    }
  }
}

// Mostly somebody who may call the method, so that the call gets further than that.
function callerOf({ access }: Method, who: number): Caller {
  if (who >= 120) return "nobody";
  if (who >= 112) return "peer";
  if (who >= 104 || (access === "ADMIN" && who >= 80)) return "operator";
  return access === "PEER" ? "peer" : who % USERS.length;
}

/** Draft is what a request is made from. */
interface Draft {
  readonly method: Method;
  /** The key of the caller, if it has one. */
  readonly own: Uint8Array | undefined;
  readonly next: () => number;
  readonly known: Known;
}

function requestOf(draft: Draft, desc: DescMessage, prefix: string): Record<string, unknown> {
  const entries = desc.fields.flatMap((field): (readonly [string, unknown])[] => {
    const path = `${prefix}${field.name}`;
    const choice = draft.next();
    // What may be empty is left out more often; behind the end of the input everything is.
    if (choice === 0 || (choice < 160 && lengthsOf(draft.method, path).includes(0))) return [];
    const one = () => fieldValue(draft, field, path);
    if (field.fieldKind !== "list") return [[field.localName, one()]];
    if (choice === 255) return [[field.localName, Array(1001).fill(one())]];
    return [[field.localName, Array.from({ length: 1 + (choice % MOST_ITEMS) }, one)]];
  });
  return Object.fromEntries(entries);
}

function fieldValue(draft: Draft, field: DescField, path: string): unknown {
  const { method, own, next, known } = draft;
  if (field.message) return requestOf(draft, field.message, `${path}.`);
  const choice = next();
  if (choice < 128 && Object.hasOwn(USUAL, path)) return USUAL[path];
  if (field.enum) return choice % 4;
  switch (field.scalar) {
    case ScalarType.BYTES: {
      if (own && path === method.ownerField && choice < 192) return own;
      if (choice < 224) return known.pick(choice, Math.max(0, ...lengthsOf(method, path)));
      const length = OTHER_LENGTHS[choice % OTHER_LENGTHS.length] ?? 0;
      return new Uint8Array(length).fill(choice);
    }
    case ScalarType.STRING:
      return TEXTS[choice % TEXTS.length];
    case ScalarType.UINT64:
      return LONG_NUMBERS[choice % LONG_NUMBERS.length];
    case ScalarType.UINT32:
      return NUMBERS[choice % NUMBERS.length];
    default:
      return choice % 2 === 1;
  }
}

function lengthsOf({ fields }: Method, path: string): readonly number[] {
  return fields.filter((rule) => rule.path === path).flatMap(({ lengths }) => lengths);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
