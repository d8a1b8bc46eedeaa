// What a decoded message says, in the form of the vectors: for the tests that compare the two.

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { Value } from "./format.ts";

/** fieldsOf states every field of a message as vectors do. */
export function fieldsOf(type: DescMessage, message: object): Record<string, Value> {
  return Object.fromEntries(
    type.fields.map((field) => {
      const value = presentValue(field, message as Record<string, unknown>);
      const elements = Array.isArray(value)
        ? value.map((one) => decodedValue(field, one))
        : undefined;
      return [field.name, elements ?? decodedValue(field, value)];
    }),
  );
}

/** presentValue is undefined for a member of a oneof that is not the one set. */
function presentValue(field: DescField, message: Record<string, unknown>): unknown {
  if (!field.oneof) return message[field.localName];
  const chosen = message[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

function decodedValue(field: DescField, value: unknown): Value {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (typeof value === "bigint") return value.toString();
  if (field.message) return fieldsOf(field.message, value as object);
  return value as Value;
}
