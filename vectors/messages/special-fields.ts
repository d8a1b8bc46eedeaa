// Fields that need vectors of their own: presence, enums, messages in messages, packed numbers.
// Spec: framing.md [framing.protobuf-payload], [framing.unknown-fields], [framing.undecodable-payload].

import type { Fields, Value } from "../format.ts";
import { bytesField, stringField, tag, varint, varintField, WireType } from "../protobuf-writer.ts";
import {
  allValues,
  type Field,
  type FullMessage,
  fullHex,
  type Message,
  type Variant,
} from "./message-vectors.ts";

const PAYLOAD = "framing.protobuf-payload";

/** optionalText is an `optional string`: absent and empty are two things. */
export const optionalText = (number: number, name: string, value: string): Field => ({
  ...optional(number, name, stringField(number, value), value, ""),
  isText: true,
  other: { hex: stringField(number, "other"), decoded: "other" },
});

/** optionalBytes is an `optional bytes`. */
export const optionalBytes = (number: number, name: string, hex: string): Field => ({
  ...optional(number, name, bytesField(number, hex), { hex }, { hex: "" }),
  other: { hex: bytesField(number, "ee"), decoded: { hex: "ee" } },
});

function optional(number: number, name: string, hex: string, decoded: Value, empty: Value): Field {
  const variants = ({ rest, values }: FullMessage): Variant[] => [
    {
      id: "empty",
      rule: PAYLOAD,
      comment: "written with length 0: present, and so not the same as absent",
      hex: rest + bytesField(number, ""),
      values: { ...values, [name]: empty },
    },
    {
      id: "absent",
      rule: PAYLOAD,
      comment: "the field is not there; the others are",
      hex: rest,
      values: { ...values, [name]: null },
    },
    {
      id: "empty-after-value",
      rule: PAYLOAD,
      comment: "the last one wins, and it is the empty one",
      hex: rest + hex + bytesField(number, ""),
      values: { ...values, [name]: empty },
    },
  ];
  return { number, name, hex, decoded, absent: null, variants };
}

/** enumeration is an enum with the values 0 to `highest`; a number above is kept as it is. */
export const enumeration = (
  number: number,
  name: string,
  value: number,
  highest: number,
): Field => ({
  number,
  name,
  hex: varintField(number, value),
  decoded: value,
  absent: 0,
  other: { hex: varintField(number, 0), decoded: 0 },
  variants: ({ rest, values }) =>
    [...valuesUpTo(highest), highest + 1, 2 ** 31 - 1]
      .filter((one) => one !== value && one !== 0)
      .map((one) => ({
        id: one === 2 ** 31 - 1 ? "highest" : one > highest ? "unknown" : `value-${one}`,
        rule: PAYLOAD,
        comment: one > highest ? "no name for this number; it decodes all the same" : "",
        hex: rest + varintField(number, one),
        values: { ...values, [name]: one },
      })),
});

function valuesUpTo(highest: number): number[] {
  return Array.from({ length: highest }, (_, index) => index + 1);
}

/** nested is one message inside another; two of them in a row are merged field by field. */
export const nested = (number: number, name: string, inner: Message): Field => ({
  number,
  name,
  hex: bytesField(number, fullHex(inner)),
  decoded: allValues(inner),
  absent: null,
  variants: ({ rest, values }) => {
    const [first] = inner.fields;
    const variants = [
      {
        id: "empty",
        rule: PAYLOAD,
        comment: "a message without fields is present",
        hex: rest + bytesField(number, ""),
        values: { ...values, [name]: absentValues(inner) },
      },
      ...inside(number, inner, rest, (decoded) => ({ ...values, [name]: decoded })),
    ];
    if (first?.other) {
      variants.push({
        id: "in-two",
        rule: PAYLOAD,
        comment: "two pieces of one message become one; its first field stands in both",
        hex: rest + bytesField(number, fullHex(inner)) + bytesField(number, first.other.hex),
        values: { ...values, [name]: { ...allValues(inner), [first.name]: first.other.decoded } },
      });
    }
    return variants;
  },
});

/** list is a repeated message: one element with every field, one with the first field only. */
export const list = (number: number, name: string, inner: Message): Field => {
  const [first] = inner.fields;
  const elements = [allValues(inner), { ...absentValues(inner), ...only(first) }];
  const hex = bytesField(number, fullHex(inner)) + bytesField(number, first?.hex ?? "");
  return {
    number,
    name,
    hex,
    decoded: elements,
    absent: [],
    variants: ({ rest, values }) => [
      {
        id: "empty-element",
        rule: PAYLOAD,
        comment: "an element without fields is an element",
        hex: rest + hex + bytesField(number, ""),
        values: { ...values, [name]: [...elements, absentValues(inner)] },
      },
      ...inside(number, inner, rest, (decoded) => ({ ...values, [name]: [decoded] })),
    ],
  };
};

/** inside: what goes for a message goes for one in another. */
function inside(
  number: number,
  inner: Message,
  rest: string,
  values: (decoded: Value) => Fields,
): Variant[] {
  const full = fullHex(inner);
  const decoded = values(allValues(inner));
  const cut = tag(number, WireType.Length) + varint(full.length / 2 - 1) + full.slice(0, -2);
  const variants: Variant[] = [
    {
      id: "unknown-field",
      rule: "framing.unknown-fields",
      comment: "field 1000 inside",
      hex: rest + bytesField(number, varintField(1000, 1) + full),
      values: decoded,
    },
    {
      id: "cut-inside",
      rule: "framing.undecodable-payload",
      comment: "the inner message ends within its last field, where the bytes end too",
      hex: rest + cut,
      values: null,
    },
  ];
  if (inner.fields.length > 1) {
    const backwards = [...inner.fields].reverse().map(({ hex }) => hex);
    variants.push({
      id: "backwards",
      rule: PAYLOAD,
      comment: "fields in any order, inside too",
      hex: rest + bytesField(number, backwards.join("")),
      values: decoded,
    });
  }
  return variants;
}

/** packed is a repeated uint64: a parser takes it packed, one by one, and mixed. */
export const packed = (number: number, name: string, numbers: readonly bigint[]): Field => {
  const run = (some: readonly bigint[]) => bytesField(number, some.map(varint).join(""));
  const decoded = numbers.map(String);
  return {
    number,
    name,
    hex: run(numbers),
    decoded,
    absent: [],
    variants: ({ rest, values }) => [
      {
        id: "unpacked",
        rule: PAYLOAD,
        comment: "one field per number",
        hex: rest + numbers.map((one) => varintField(number, one)).join(""),
        values,
      },
      {
        id: "in-two",
        rule: PAYLOAD,
        comment: "two packed runs are one list",
        hex: rest + run(numbers.slice(0, 1)) + run(numbers.slice(1)),
        values,
      },
    ],
  };
};

/** absentValues is what no bytes decode to. */
export function absentValues(message: Message): Fields {
  return Object.fromEntries(message.fields.map(({ name, absent }) => [name, absent]));
}

function only(field: Field | undefined): Fields {
  return field ? { [field.name]: field.decoded } : {};
}
