// Mutants of the OPAQUE exchange: src/crypto/opaque/serenity and its use.

import type { Mutant } from "./mutant.ts";

const OPAQUE = "src/crypto/opaque/serenity/server.ts";

export const OPAQUE_MUTANTS: readonly Mutant[] = [
  {
    id: "opaque.registration.text",
    file: OPAQUE,
    find: "return toBytes(answer.registrationResponse);",
    replace: "return Buffer.from(answer.registrationResponse);",
    kills: [
      "opaque.bytes.registration-response",
      "auth.messages.register-start",
      "auth.register-start.free-name",
      "opaque.exchange.both-rounds",
    ],
  },
  {
    id: "opaque.registration.other-server-keys",
    file: OPAQUE,
    find: "return toBytes(answer.registrationResponse);",
    replace: "return toBytes(answer.registrationResponse).fill(256 * Math.random(), 32);",
    kills: [
      "opaque.setup.one-server-key",
      "auth.register-start.made-for-the-name",
      "auth.register-start.taken-and-free",
      "auth.register-start.before-and-after",
    ],
  },
  {
    id: "opaque.registration.one-key-for-all-names",
    file: OPAQUE,
    find: "registrationResponse(username, request) {",
    replace: 'registrationResponse(_: string, request) { const username = "alice";',
    kills: [
      "auth.register-start.made-for-the-name",
      "opaque.oprf-key.same-at-login",
      "auth.login.right-password",
    ],
  },
  {
    id: "opaque.registration.key-of-the-request",
    file: OPAQUE,
    find: "registrationResponse(username, request) {",
    replace: "registrationResponse(name, request) { const username = name + request[0];",
    kills: ["opaque.exchange.evaluation-is-a-multiplication", "opaque.oprf-key.same-at-login"],
  },
  {
    id: "opaque.ke2.text",
    file: OPAQUE,
    find: "ke2: toBytes(answer.loginResponse),",
    replace: "ke2: Buffer.from(answer.loginResponse),",
    kills: [
      "opaque.bytes.ke2",
      "opaque.bytes.ke2-unknown-name",
      "auth.messages.login-start",
      "auth.login-start.known-name",
      "auth.login-start.unknown-name",
      "auth.login-start.name-empty",
      "auth.login-start.name-65-bytes",
      "auth.login-start.name-at-sign",
    ],
  },
  {
    id: "opaque.ke2.one-key-for-all-names",
    file: OPAQUE,
    find: "loginStart(username, record, ke1) {",
    replace: 'loginStart(_: string, record, ke1) { const username = "alice";',
    kills: [
      "opaque.oprf-key.other-name-at-login",
      "opaque.oprf-key.other-name-unknown",
      "opaque.oprf-key.same-at-login",
    ],
  },
  {
    id: "opaque.ke2.repeated",
    file: "src/services/auth.ts",
    find: "return { response: ke2 };",
    replace: `const self = compose as unknown as { answers?: Map<string, Uint8Array> };
      self.answers ??= new Map();
      const asked = username + Buffer.from(request).toString("hex");
      if (!self.answers.has(asked)) self.answers.set(asked, ke2);
      return { response: self.answers.get(asked) ?? ke2 };`,
    kills: [
      "opaque.fresh.known-name",
      "opaque.fresh.unknown-name",
      "auth.login-start.known-element-stable",
      "auth.login-start.unknown-element-stable",
    ],
  },
  {
    id: "opaque.ke2.client-identity",
    file: OPAQUE,
    find: "          registrationRecord,",
    replace: "          registrationRecord, identifiers: { client: username },",
    kills: ["opaque.exchange.both-rounds", "auth.login.right-password"],
  },
  {
    id: "opaque.ke2.key-share-replaced",
    file: OPAQUE,
    find: "const startLoginRequest = toText(ke1);",
    replace: "const startLoginRequest = toText(Buffer.concat([ke1.subarray(0, 64), GENERATOR]));",
    kills: [
      "auth.login-start.key-share-identity",
      "auth.login-start.key-share-field-prime",
      "auth.login-start.key-share-high-bit",
      "auth.login-start.key-share-negative",
      "auth.login-start.key-share-not-square",
    ],
  },
  {
    id: "opaque.ke2.element-as-internal",
    file: OPAQUE,
    find: '"deserialize startLoginRequest": "element"',
    replace: '"deserialize startLoginRequest": "backend"',
    kills: [
      "auth.login-start.element-identity",
      "auth.login-start.element-field-prime",
      "auth.login-start.element-high-bit",
      "auth.login-start.element-negative",
      "auth.login-start.element-not-square",
    ],
  },
  {
    id: "opaque.setup.new-at-every-start",
    file: "src/server/server.ts",
    find: 'opaqueServer(await stores.serverState.getOrCreate("opaque-setup", createSetup))',
    replace: "opaqueServer(createSetup())",
    kills: ["opaque.setup.survives-restart", "auth.restart.account-logs-in"],
  },
];
