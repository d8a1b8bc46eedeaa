// Mutants of the field rules that hold for every method, and of the demand for a session.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const FIELDS = "src/rpc/fields.ts";

export const FIELD_MUTANTS: readonly Mutant[] = [
  {
    id: "dispatch.fields.other-status",
    file: FIELDS,
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: "demand(held, Status.NotFound, field.rule,",
    kills: [
      ...ids(
        "auth.opaque-register-start",
        `username-missing username-65-bytes request-missing request-31-bytes request-33-bytes`,
      ),
      ...ids(
        "auth.opaque-register-finish",
        `username-missing username-65-bytes upload-missing upload-191-bytes upload-193-bytes
        identity-key-missing identity-key-31-bytes identity-key-33-bytes`,
      ),
      ...ids("auth.opaque-login-start", "request-missing request-95-bytes request-97-bytes"),
      ...ids(
        "auth.opaque-login-finish",
        `finalization-missing finalization-63-bytes finalization-65-bytes identity-key-missing
        identity-key-31-bytes identity-key-33-bytes`,
      ),
      ...ids(
        "keys.upload-key-package",
        `identity-key-missing identity-key-31-bytes identity-key-33-bytes package-missing
        package-1048577-bytes`,
      ),
      ...ids(
        "keys.fetch-key-package",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes",
      ),
      ...ids(
        "keys.upload-hybrid-key",
        `identity-key-missing identity-key-31-bytes identity-key-33-bytes
        hybrid-public-key-missing hybrid-public-key-1215-bytes hybrid-public-key-1217-bytes`,
      ),
      ...ids(
        "keys.fetch-hybrid-key",
        "identity-key-missing identity-key-31-bytes identity-key-33-bytes",
      ),
      ...ids(
        "keys.fetch-hybrid-keys",
        `identity-keys-31-bytes identity-keys-33-bytes identity-keys-0-bytes
        identity-keys-1001-items`,
      ),
    ],
  },
  {
    id: "dispatch.fields.any-length",
    file: FIELDS,
    find: "if (field.lengths.length > 0 && !field.lengths.includes(length)) return false;",
    replace: "",
    kills: [
      ...ids("auth.opaque-register-finish", "identity-key-31-bytes identity-key-33-bytes"),
      ...ids("keys.fetch-key-package", "identity-key-31-bytes identity-key-33-bytes"),
      ...ids("keys.fetch-hybrid-key", "identity-key-31-bytes identity-key-33-bytes"),
      ...ids("keys.upload-hybrid-key", "hybrid-public-key-1215-bytes hybrid-public-key-1217-bytes"),
    ],
  },
  {
    id: "dispatch.fields.first-element-only",
    file: FIELDS,
    find: "return value.every((element) => fits(field, element));",
    replace: "return value.slice(0, 1).every((element) => fits(field, element));",
    kills: ids(
      "keys.fetch-hybrid-keys",
      "identity-keys-31-bytes identity-keys-33-bytes identity-keys-0-bytes",
    ),
  },
  {
    id: "dispatch.fields.limit-excluded",
    file: FIELDS,
    find: "length > field.maxLength",
    replace: "length >= field.maxLength",
    kills: [
      "auth.opaque-register-start.username-64-bytes",
      "auth.opaque-register-finish.username-64-bytes",
      "keys.upload-key-package.package-1048576-bytes",
    ],
  },
  {
    id: "dispatch.fields.no-limit",
    file: FIELDS,
    find: "length > field.maxLength",
    replace: "length > 2 * field.maxLength",
    kills: ["keys.upload-key-package.package-1048577-bytes"],
  },
  {
    id: "dispatch.fields.last-item-refused",
    file: FIELDS,
    find: "value.length > field.maxItems",
    replace: "value.length >= field.maxItems",
    kills: ["keys.fetch-hybrid-keys.identity-keys-1000-items"],
  },
  {
    id: "dispatch.fields.one-item-more",
    file: FIELDS,
    find: "value.length > field.maxItems",
    replace: "value.length > field.maxItems + 1",
    kills: ["keys.fetch-hybrid-keys.identity-keys-1001-items"],
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
];
