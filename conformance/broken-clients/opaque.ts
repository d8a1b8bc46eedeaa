// Mutants of the client's registration and login (spec/crypto/opaque.md).

import type { Mutant } from "../broken/mutant.ts";

const AUTH = "src/client/auth.ts";
const SERENITY = "src/crypto/opaque/serenity/client.ts";

export const OPAQUE_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-opaque.refusal.finished-all-the-same",
    file: SERENITY,
    find: "if (!result)",
    replace:
      "if (!result) return { finalization: new Uint8Array(64), sessionKey: new Uint8Array(64), exportKey: new Uint8Array(64), serverPublicKey: new Uint8Array(32) };\nif (!result)",
    kills: [
      "client-opaque.ke2.evaluated-element-other",
      "client-opaque.ke2.masking-nonce",
      "client-opaque.ke2.masked-envelope-nonce",
      "client-opaque.ke2.masked-envelope-tag",
      "client-opaque.ke2.server-nonce",
      "client-opaque.ke2.key-share-other",
      "client-opaque.ke2.mac-first-bit",
      "client-opaque.ke2.mac-last-bit",
      "client-opaque.ke2.mac-zero",
      "client-opaque.ke2.replayed",
      "client-opaque.ke2.fake-record",
      "client-opaque.ke2.other-server",
      "client-opaque.ke2.other-key-pair",
      "client-opaque.ke2.wrong-password",
      "client-opaque.registration.element-other",
      "client-opaque.registration.public-key-other",
    ],
  },
  {
    id: "client-opaque.malformed.finished-all-the-same",
    file: AUTH,
    find: 'if (!(error instanceof OpaqueError) || error.fault === "backend") throw error;',
    replace: "return { finalization: new Uint8Array(64), upload: new Uint8Array(192) } as T;",
    kills: [
      "client-opaque.ke2.evaluated-element-malformed",
      "client-opaque.ke2.evaluated-element-identity",
      "client-opaque.ke2.key-share-malformed",
      "client-opaque.ke2.key-share-identity",
      "client-opaque.ke2.masked-public-key",
      "client-opaque.ke2.one-byte-short",
      "client-opaque.ke2.one-byte-long",
      "client-opaque.ke2.empty",
      "client-opaque.ke2.registration-response",
      "client-opaque.registration.element-malformed",
      "client-opaque.registration.element-identity",
      "client-opaque.registration.one-byte-short",
      "client-opaque.registration.one-byte-long",
      "client-opaque.registration.empty",
      "client-opaque.registration.element-alone",
    ],
  },
  {
    id: "client-opaque.token.any-length",
    file: AUTH,
    find: "if (sessionToken.length === TOKEN_BYTES)",
    replace: "if (sessionToken.length >= 0)",
    kills: ["client-opaque.login.no-token"],
  },
  {
    id: "client-opaque.finish.refusal-ignored",
    file: AUTH,
    find: "if (!(error instanceof CallError) || error.status !== Status.Unauthorized) throw error;",
    replace: "return new Uint8Array(32);",
    kills: ["client-opaque.login.finish-refused"],
  },
  {
    id: "client-opaque.registration.other-name",
    file: AUTH,
    find: "await auth.opaqueRegisterFinish({ username, upload, identityKey }, options);",
    replace:
      'await auth.opaqueRegisterFinish({ username: username + "2", upload, identityKey }, options); await auth.opaqueRegisterFinish({ username, upload, identityKey: new Uint8Array(32) }, options);',
    kills: ["client-opaque.registration.honest"],
  },
  {
    id: "client-opaque.registration.name-in-upper-case-tried-first",
    file: AUTH,
    find: "const start = { username, request: exchange.ke1 };",
    replace:
      "const start = { username, request: exchange.ke1 }; await auth.opaqueLoginStart({ ...start, username: username.toUpperCase() }, options);",
    kills: ["client-opaque.parameters.same-username"],
  },
  {
    id: "client-opaque.password.tried-as-a-name",
    file: AUTH,
    find: "const start = { username, request: exchange.ke1 };",
    replace:
      "const start = { username, request: exchange.ke1 }; await auth.opaqueLoginStart({ ...start, username: password }, options);",
    kills: ["client-opaque.password.not-on-the-wire"],
  },
  {
    id: "client-opaque.login.one-exchange-for-all",
    file: AUTH,
    find: "const exchange = opaque.startLogin(password);",
    replace:
      "const kept = ((globalThis as any).kept ??= new Map()); if (!kept.has(password)) kept.set(password, opaque.startLogin(password)); const exchange = kept.get(password);",
    kills: ["client-opaque.parameters.fresh"],
  },
  {
    id: "client-opaque.stretching.one-pass",
    file: "src/crypto/opaque/serenity/backend.ts",
    find: "iterations: ARGON2ID.passes,",
    replace: "iterations: 1,",
    kills: ["client-opaque.parameters.record"],
  },
];
