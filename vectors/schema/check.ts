// Checks a JSON value against a schema file of this folder: exactly the keywords of JSON Schema 2020-12
// that the files use. A keyword it does not know is an error, so none is ever skipped in silence.

import { readFileSync } from "node:fs";

type Schema = Readonly<Record<string, unknown>>;
/** Where we are: the file that references are relative to, and the place in the value. */
interface Place {
  readonly file: string;
  readonly path: string;
}
type Keyword = (argument: unknown, value: unknown, place: Place, schema: Schema) => string[];

/** checkSchema answers what is wrong, a line per finding that begins with the place. */
export function checkSchema(file: string, value: unknown): string[] {
  return check(readSchema(file), value, { file, path: "" });
}

function check(schema: Schema, value: unknown, place: Place): string[] {
  return Object.entries(schema).flatMap(([name, argument]) => {
    const keyword = KEYWORDS[name];
    if (!keyword) throw new Error(`${place.file} uses ${name}, which this checker does not know`);
    return keyword(argument, value, place, schema);
  });
}

const annotation: Keyword = () => [];

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: annotation,
  $defs: annotation,
  title: annotation,
  description: annotation,
  $ref: (argument, value, place) => {
    const [file, pointer = ""] = String(argument).split("#");
    const name = file || place.file;
    const found = pointer
      .split("/")
      .slice(1)
      .reduce<unknown>((node, key) => (node as Schema)?.[key], readSchema(name));
    if (!isObject(found))
      throw new Error(`${place.file} refers to ${argument}, which is not there`);
    return check(found, value, { ...place, file: name });
  },
  type: (argument, value, place) => {
    const types = [argument].flat();
    return types.some((type) => isType(String(type), value)) ? [] : fault(place, `is no ${types}`);
  },
  const: (argument, value, place) => (argument === value ? [] : fault(place, `is not ${argument}`)),
  enum: (argument, value, place) =>
    asList(argument).includes(value) ? [] : fault(place, `is none of ${asList(argument)}`),
  pattern: (argument, value, place) =>
    typeof value !== "string" || new RegExp(String(argument), "u").test(value)
      ? []
      : fault(place, `does not match ${argument}`),
  minimum: (argument, value, place) =>
    typeof value !== "number" || value >= Number(argument) ? [] : fault(place, `< ${argument}`),
  maximum: (argument, value, place) =>
    typeof value !== "number" || value <= Number(argument) ? [] : fault(place, `> ${argument}`),
  minItems: (argument, value, place) =>
    !Array.isArray(value) || value.length >= Number(argument)
      ? []
      : fault(place, `has fewer than ${argument} items`),
  maxItems: (argument, value, place) =>
    !Array.isArray(value) || value.length <= Number(argument)
      ? []
      : fault(place, `has more than ${argument} items`),
  items: (argument, value, place) =>
    asList(value).flatMap((item, index) =>
      check(argument as Schema, item, { ...place, path: `${place.path}/${index}` }),
    ),
  required: (argument, value, place) =>
    asList(argument)
      .filter((key) => isObject(value) && !Object.hasOwn(value, String(key)))
      .flatMap((key) => fault(place, `lacks ${key}`)),
  properties: (argument, value, place) =>
    Object.entries(argument as Record<string, Schema>).flatMap(([key, schema]) =>
      isObject(value) && Object.hasOwn(value, key)
        ? check(schema, value[key], { ...place, path: `${place.path}/${key}` })
        : [],
    ),
  additionalProperties: (argument, value, place, schema) => {
    const known = isObject(schema.properties) ? schema.properties : {};
    const others = isObject(value) ? Object.keys(value).filter((key) => !(key in known)) : [];
    return others.flatMap((key) =>
      argument === false
        ? fault(place, `has ${key}, which nobody knows`)
        : check(argument as Schema, (value as Schema)[key], {
            ...place,
            path: `${place.path}/${key}`,
          }),
    );
  },
  allOf: (argument, value, place) =>
    asList(argument).flatMap((schema) => check(schema as Schema, value, place)),
  anyOf: (argument, value, place) => alternatives(argument, value, place, (count) => count > 0),
  oneOf: (argument, value, place) => alternatives(argument, value, place, (count) => count === 1),
};

function alternatives(
  argument: unknown,
  value: unknown,
  place: Place,
  holds: (count: number) => boolean,
): string[] {
  const results = asList(argument).map((schema) => check(schema as Schema, value, place));
  const count = results.filter((faults) => faults.length === 0).length;
  return holds(count) ? [] : fault(place, `fits ${count} alternatives`, ...results.flat());
}

function isType(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fault(place: Place, ...findings: string[]): string[] {
  return findings.map((finding) => `${place.path || "/"} ${finding}`);
}

const files = new Map<string, Schema>();

function readSchema(file: string): Schema {
  const known = files.get(file);
  if (known) return known;
  const schema: Schema = JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
  files.set(file, schema);
  return schema;
}
