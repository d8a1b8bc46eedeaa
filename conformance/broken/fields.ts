// Mutants of the field rules that hold for every method, and of what holds for every call of a method.

import { FAMILIES, type Family } from "../../src/registry/families.ts";
import { contractCases } from "../cases/contract/cases.ts";
import type { Case } from "../judge/case.ts";
import type { Mutant } from "./mutant.ts";

const FIELDS = "src/rpc/fields.ts";
const DISPATCH = "src/rpc/dispatch.ts";

const DECODE = "const request = decodeRequest(method, payload);";

type Kills = [string, ...string[]];

/** Cases in which a field outside its bounds is BadRequest, and those with one at its bound. */
const REFUSALS = contractCases.filter(({ expects }) => expects.startsWith("BadRequest"));
const AT_LIMIT = contractCases.filter(({ id }) => /-(64-bytes|1000-items)$/.test(id));

function idsOf(pattern: RegExp, cases: readonly Case[] = REFUSALS): Kills {
  return cases.map(({ id }) => id).filter((id) => pattern.test(id)) as Kills;
}

/** What somebody else would refuse all the same if the table did not. */
const REFUSED_TWICE = [
  /^auth\.opaque-register-.*\.username-/,
  /^keys\.upload-.*\.identity-key-/,
  /^p2p\.publish-endpoint\.identity-key-/,
  /\.platform-/,
];

const refusalsOf = (family: Family) =>
  idsOf(new RegExp(`^${family}\\.`)).filter(
    (id) => !REFUSED_TWICE.some((pattern) => pattern.test(id)),
  );

export const FIELD_MUTANTS: readonly Mutant[] = [
  {
    id: "dispatch.fields.other-status",
    file: FIELDS,
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: "demand(held, Status.NotFound, field.rule,",
    kills: idsOf(/(?<!-unassigned)$/),
  },
  ...FAMILIES.filter((family) => refusalsOf(family).length > 0).map((family) => ({
    id: `dispatch.fields.${family}-unchecked`,
    file: FIELDS,
    find: "for (const field of method.fields) {",
    replace: `for (const field of method.family === "${family}" ? [] : method.fields) {`,
    kills: refusalsOf(family) as Kills,
  })),
  {
    id: "dispatch.fields.first-element-only",
    file: FIELDS,
    find: "return value.every((element) => fits(field, element));",
    replace: "return value.slice(0, 1).every((element) => fits(field, element));",
    kills: idsOf(/\.(identity|member)-keys-\d+-bytes$/),
  },
  {
    id: "dispatch.fields.first-message-only",
    file: FIELDS,
    find: "const held = values.every((value) => holds(field, value));",
    replace: "const held = values.slice(0, 1).every((value) => holds(field, value));",
    kills: idsOf(/\.relay-batch-enqueue\.messages-(recipient-key|payload|channel-id|message-id)-/),
  },
  {
    id: "dispatch.fields.limit-excluded",
    file: FIELDS,
    find: "length > field.maxLength",
    replace: "length >= field.maxLength",
    kills: idsOf(/\.username-64-bytes$/, AT_LIMIT),
  },
  {
    id: "dispatch.fields.last-item-refused",
    file: FIELDS,
    find: "value.length > field.maxItems",
    replace: "value.length >= field.maxItems",
    kills: idsOf(/-1000-items$/, AT_LIMIT),
  },
  {
    id: "dispatch.fields.one-item-more",
    file: FIELDS,
    find: "value.length > field.maxItems",
    replace: "value.length > field.maxItems + 1",
    kills: idsOf(/-1001-items$/),
  },
  {
    id: "dispatch.fields.any-word",
    file: FIELDS,
    find: "return field.values.length === 0 || field.values.includes(String(value));",
    replace: "return true;",
    kills: idsOf(/-unknown-word$/),
  },
  {
    id: "dispatch.session.keys-are-open",
    file: "src/rpc/credentials.ts",
    find: 'if (!needsSession(method)) return { kind: "nobody" };',
    replace: 'if (!needsSession(method) || method.family === "keys") return { kind: "nobody" };',
    kills: [
      "keys.upload-key-package.no-session",
      "keys.upload-hybrid-key.no-session",
      "keys.fetch-hybrid-key.no-session",
      "keys.fetch-hybrid-keys.no-session",
    ],
  },
  {
    id: "dispatch.session.none-as-forbidden",
    file: "src/rpc/credentials.ts",
    find: 'demand(connection.binding !== undefined, Status.Unauthorized, "sessions.unauthorized");',
    replace: 'demand(connection.binding !== undefined, Status.Forbidden, "sessions.unauthorized");',
    kills: idsOf(/\.no-session$/, contractCases),
  },
  {
    id: "dispatch.calls.not-twice",
    file: DISPATCH,
    find: DECODE,
    replace: `${DECODE}
      const last = ((globalThis as { last?: WeakMap<object, string> }).last ??= new WeakMap());
      const call = method.id + Buffer.from(payload).toString("hex");
      if (last.get(connection) === call) throw new Error("again");
      last.set(connection, call);`,
    kills: idsOf(/^methods\.repeated\./, contractCases),
  },
  {
    id: "dispatch.calls.not-fifty",
    file: DISPATCH,
    find: DECODE,
    replace: `${DECODE}
      const seen = ((globalThis as { seen?: WeakMap<object, string[]> }).seen ??= new WeakMap());
      const calls = seen.get(connection) ?? [];
      seen.set(connection, [...calls, method.name]);
      if (calls.filter((name) => name === method.name).length > 40) throw new Error("too many");`,
    kills: idsOf(/^methods\.parallel\./, contractCases),
  },
];
