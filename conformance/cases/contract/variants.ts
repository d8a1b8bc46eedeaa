// Values on either side of the bounds of a field rule.

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { FieldRule, Method } from "../../../src/registry/methods.ts";
import type { Fields } from "../requests/request.ts";

/** Variant is one value of a field, at a bound of it or just beyond. */
export interface Variant {
  /** As it stands in case ids: `31-bytes`. */
  readonly slug: string;
  /** True when the value keeps the rule. */
  readonly good: boolean;
  /** spoil makes the value from the valid one; undefined leaves the field out. */
  readonly spoil: (valid: unknown) => unknown;
}

/** A number that no enum of ours assigns. */
const UNASSIGNED = 99;

/** variantsOf answers the values that test a rule of a method, and no others. */
export function variantsOf(method: Method, field: FieldRule): readonly Variant[] {
  const { lengths, required, maxLength, maxItems, values } = field;
  const { fieldKind } = descOf(method.input, field.path);
  const isList = fieldKind === "list";
  const isBounded = values.length > 0 || (lengths.length > 0 && !lengths.includes(0));
  const isRequired = method.fields.some((one) => one.path === field.path && one.required);
  const variants: Variant[] = [];
  if (required || (isBounded && !isRequired && !isList)) {
    variants.push({ slug: "missing", good: false, spoil: () => undefined });
  }
  for (const length of lengths.filter((one) => one > 0)) {
    variants.push(ofLength(length - 1, false), ofLength(length + 1, false));
    if (isList) variants.push(ofLength(0, false));
  }
  if (maxLength > 0) variants.push(ofLength(maxLength, true), ofLength(maxLength + 1, false));
  if (maxItems > 0) variants.push(ofCount(maxItems, true), ofCount(maxItems + 1, false));
  if (values.length > 0) {
    variants.push({ slug: "unknown-word", good: false, spoil: (valid) => `${valid}x` });
  }
  if (fieldKind === "enum") {
    variants.push({ slug: "unassigned", good: false, spoil: () => UNASSIGNED });
  }
  return variants;
}

/** spoilt puts a variant into the fields of a valid request. */
export function spoilt(
  method: Method,
  { path }: FieldRule,
  { spoil }: Variant,
  fields: Fields,
): Fields {
  return replaced(method.input, fields, path.split("."), spoil);
}

// In a list of messages a good one stands before the spoilt one, so that not only the first is
// looked at.
function replaced(
  desc: DescMessage,
  fields: Fields,
  [name = "", ...rest]: readonly string[],
  spoil: Variant["spoil"],
): Fields {
  const { localName, message } = fieldOf(desc, name);
  const valid = fields[localName];
  if (rest.length === 0) return { ...fields, [localName]: spoil(valid) };
  if (!message) throw new Error(`${desc.typeName}.${name} is not a message`);
  const into = (value: unknown) => replaced(message, value as Fields, rest, spoil);
  const changed = Array.isArray(valid) ? [...valid, into(valid[0])] : into(valid);
  return { ...fields, [localName]: changed };
}

function descOf(desc: DescMessage, path: string): DescField {
  const [name = "", ...rest] = path.split(".");
  const field = fieldOf(desc, name);
  if (rest.length === 0) return field;
  if (!field.message) throw new Error(`${desc.typeName}.${name} is not a message`);
  return descOf(field.message, rest.join("."));
}

function fieldOf(desc: DescMessage, name: string): DescField {
  const field = desc.fields.find((one) => one.name === name);
  if (!field) throw new Error(`${desc.typeName} has no field ${name}`);
  return field;
}

function ofLength(length: number, good: boolean): Variant {
  return { slug: `${length}-bytes`, good, spoil: (valid) => resized(valid, length) };
}

function ofCount(count: number, good: boolean): Variant {
  const spoil = (valid: unknown) => Array<unknown>(count).fill((valid as readonly unknown[])[0]);
  return { slug: `${count}-items`, good, spoil };
}

// In a list a good element stands before the spoilt one, so that not only the first is looked at. A
// field that the valid request leaves out is made of zeros.
function resized(valid: unknown, length: number): unknown {
  if (Array.isArray(valid)) return [...valid, resized(valid[0], length)];
  if (typeof valid === "string") return valid.padEnd(length, "x").slice(0, length);
  const bytes = (valid ?? Buffer.alloc(0)) as Uint8Array;
  return Buffer.concat([bytes, Buffer.alloc(length)]).subarray(0, length);
}
