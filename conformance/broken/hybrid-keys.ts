// Mutants of hybrid keys: src/services/keys.ts, their storage, and the bounds of their fields.

import type { Mutant } from "./mutant.ts";

const KEYS = "src/services/keys.ts";
const STORE = "src/storage/sql/hybrid-keys.ts";
const FIELDS = "src/rpc/fields.ts";

export const HYBRID_KEYS_MUTANTS: readonly Mutant[] = [
  {
    id: "keys.fields.empty-accepted",
    file: FIELDS,
    find: "return !required || byteLength(value) > 0;",
    replace: "return !required || byteLength(value) >= 0;",
    kills: ["keys.package.empty-between-two", "keys.hybrid.empty-over-key"],
  },
  {
    id: "keys.fields.long-values-unchecked",
    file: FIELDS,
    find: "if (field.lengths.length > 0 &&",
    replace: "if (field.lengths.length > 0 && length < 1_000 &&",
    kills: ["keys.hybrid.1215-bytes", "keys.hybrid.1217-bytes"],
  },
  {
    id: "keys.hybrid.first-wins",
    file: STORE,
    find: "SET public_key = excluded.public_key,",
    replace: "SET",
    kills: ["keys.hybrid.replaced", "keys.hybrid.two-identities"],
  },
  {
    id: "keys.hybrid.single-use",
    file: STORE,
    find: '"SELECT public_key FROM hybrid_keys WHERE identity_key = ?"',
    replace: '"DELETE FROM hybrid_keys WHERE identity_key = ? RETURNING public_key"',
    kills: [
      "keys.hybrid.retained",
      "keys.hybrid.replaced",
      "keys.batch.retained",
      "keys.batch.duplicates",
      "keys.batch.1000-answers",
      "keys.messages.fetch-hybrid-keys",
    ],
  },
  {
    id: "keys.hybrid.without-its-last-byte",
    file: KEYS,
    find: "hybridKeys.put(identityKey, hybridPublicKey,",
    replace: "hybridKeys.put(identityKey, hybridPublicKey.subarray(0, 1215),",
    kills: [
      "keys.messages.fetch-hybrid-key",
      "keys.messages.fetch-hybrid-keys",
      "keys.hybrid.round-trip",
      "keys.batch.1000-answers",
    ],
  },
  {
    id: "keys.hybrid.upload-answers-a-field",
    file: "src/rpc/dispatch.ts",
    find: "payload: encode(method, response)",
    replace: "payload: method.id === 302 ? Uint8Array.of(10, 0) : encode(method, response)",
    kills: ["keys.messages.upload-hybrid-key"],
  },
  {
    id: "keys.hybrid.empty-as-not-found",
    file: KEYS,
    find: "return { hybridPublicKey: found ?? NONE };",
    replace: `demand(found !== undefined, Status.NotFound, "keys.hybrid-empty-when-none");
      return { hybridPublicKey: found };`,
    kills: ["keys.hybrid.never-uploaded", "keys.hybrid.unregistered"],
  },
  {
    id: "keys.batch.gaps-left-out",
    file: KEYS,
    find: "found.map((key) => key ?? NONE)",
    replace: "found.filter((key) => key !== undefined)",
    kills: [
      "keys.batch.gaps",
      "keys.batch.none-known",
      "keys.batch.100-identities",
      "keys.batch.1000-identities",
      "keys.messages.fetch-hybrid-keys",
    ],
  },
  {
    id: "keys.batch.reversed",
    file: KEYS,
    find: "found.map((key) => key ?? NONE)",
    replace: "found.map((key) => key ?? NONE).reverse()",
    kills: ["keys.batch.order", "keys.batch.gaps"],
  },
  {
    id: "keys.batch.99-at-most",
    file: FIELDS,
    find: "value.length > field.maxItems",
    replace: "value.length >= field.maxItems / 10",
    kills: ["keys.batch.100-identities", "keys.batch.1000-identities", "keys.batch.1000-answers"],
  },
  {
    id: "keys.batch.no-limit",
    file: FIELDS,
    find: "if (field.maxItems > 0 &&",
    replace: "if (field.maxItems < 0 &&",
    kills: ["keys.batch.1001-identities", "keys.batch.too-large-code"],
  },
  {
    id: "keys.batch.empty-refused",
    file: KEYS,
    find: "const found = await hybridKeys.getMany(identityKeys);",
    replace: `demand(identityKeys.length > 0, Status.BadRequest, "keys.batch-empty");
      const found = await hybridKeys.getMany(identityKeys);`,
    kills: ["keys.batch.no-identities"],
  },
  {
    id: "keys.batch.ends-unchecked",
    file: FIELDS,
    find: "return value.every((element) => fits(field, element));",
    replace: "return value.slice(1, -1).every((element) => fits(field, element));",
    kills: [
      "keys.batch.short-key-first",
      "keys.batch.short-key-last",
      "limits.field-lengths.batch-enqueue-two-keys",
      "limits.field-lengths.fetch-hybrid-keys-two-keys",
    ],
  },
];
