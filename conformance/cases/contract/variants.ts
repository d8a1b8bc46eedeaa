// Values on either side of the bounds of a field rule.

import type { FieldRule, Method } from "../../../src/registry/methods.ts";

/** Variant is one value of a field, at a bound of it or just beyond. */
export interface Variant {
  /** As it stands in case ids: `31-bytes`. */
  readonly slug: string;
  /** True when the value keeps the rule. */
  readonly good: boolean;
  /** spoil makes the value from the valid one; undefined leaves the field out. */
  readonly spoil: (valid: unknown) => unknown;
}

/** variantsOf answers the values that test a rule of a method, and no others. */
export function variantsOf(method: Method, field: FieldRule): readonly Variant[] {
  const { lengths, required, maxLength, maxItems } = field;
  const variants: Variant[] = [];
  const isRequired = method.fields.some((one) => one.path === field.path && one.required);
  if (required || (lengths.length > 0 && !isRequired && !isRepeated(method, field))) {
    variants.push({ slug: "missing", good: false, spoil: () => undefined });
  }
  for (const length of lengths) {
    variants.push(ofLength(length - 1, false), ofLength(length + 1, false));
    if (isRepeated(method, field)) variants.push(ofLength(0, false));
  }
  if (maxLength > 0) variants.push(ofLength(maxLength, true), ofLength(maxLength + 1, false));
  if (maxItems > 0) variants.push(ofCount(maxItems, true), ofCount(maxItems + 1, false));
  return variants;
}

function isRepeated({ input }: Method, { path }: FieldRule): boolean {
  return input.fields.find(({ name }) => name === path)?.fieldKind === "list";
}

function ofLength(length: number, good: boolean): Variant {
  return { slug: `${length}-bytes`, good, spoil: (valid) => resized(valid, length) };
}

function ofCount(count: number, good: boolean): Variant {
  const spoil = (valid: unknown) => Array<unknown>(count).fill((valid as readonly unknown[])[0]);
  return { slug: `${count}-items`, good, spoil };
}

// In a list a good element stands before the spoilt one, so that not only the first is looked at.
function resized(valid: unknown, length: number): unknown {
  if (Array.isArray(valid)) return [...valid, resized(valid[0], length)];
  if (typeof valid === "string") return valid.padEnd(length, "x").slice(0, length);
  return Buffer.concat([valid as Uint8Array, Buffer.alloc(length)]).subarray(0, length);
}
