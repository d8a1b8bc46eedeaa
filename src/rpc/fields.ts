// Field rules of the method table: bounds that one field decides alone. They are checked here for
// every method, after the session and before any permission [methods.check-order].

import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { FieldRule, Method } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { demand } from "./error.ts";

/** checkFields refuses with BadRequest the first field that breaks a rule of its method. */
export function checkFields(method: Method, request: Message): void {
  for (const field of method.fields) {
    const values = valuesAt(method.input, request, field.path.split("."));
    const held = values.every((value) => holds(field, value));
    demand(held, Status.BadRequest, field.rule, { code: field.code });
  }
}

/** fieldAt reads a request field by its proto name. */
export function fieldAt(desc: DescMessage, message: Message, name: string): unknown {
  const field = desc.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`${desc.typeName} has no field ${name}`);
  return (message as unknown as Record<string, unknown>)[field.localName];
}

// A path leads to one value, or to one of each element where it passes through a repeated message.
function valuesAt(desc: DescMessage, message: Message, path: readonly string[]): unknown[] {
  const [name = "", ...rest] = path;
  const value = fieldAt(desc, message, name);
  if (rest.length === 0) return [value];
  const inner = desc.fields.find((field) => field.name === name)?.message;
  if (!inner) throw new Error(`${desc.typeName}.${name} is not a message`);
  const elements = Array.isArray(value) ? value : [value];
  return elements.flatMap((element) => (element ? valuesAt(inner, element, rest) : [undefined]));
}

function holds(field: FieldRule, value: unknown): boolean {
  if (!Array.isArray(value)) return isPresent(field, value) && fits(field, value);
  if (field.required && value.length === 0) return false;
  if (field.maxItems > 0 && value.length > field.maxItems) return false;
  return value.every((element) => fits(field, element));
}

function isPresent({ required }: FieldRule, value: unknown): boolean {
  return !required || byteLength(value) > 0;
}

function fits(field: FieldRule, value: unknown): boolean {
  const length = byteLength(value);
  if (field.lengths.length > 0 && !field.lengths.includes(length)) return false;
  if (field.maxLength > 0 && length > field.maxLength) return false;
  return field.values.length === 0 || field.values.includes(String(value));
}

// Of anything but bytes and strings only presence counts: zero, false and absent are the same on
// the wire.
function byteLength(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "string") return Buffer.byteLength(value);
  return value ? 1 : 0;
}
