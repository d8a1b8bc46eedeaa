// QPC_TEST_CONFIG: what a suite may set, and every way to get it wrong (S-14).

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "./limits.ts";
import { readServerOptions, type ServerOptions, UsageError } from "./options.ts";
import { readTestConfig } from "./test-config.ts";

const OPTIONS = readServerOptions(["--allow-insecure-auth"], {}) as ServerOptions;

test("an empty object is the defaults of a server under test", () => {
  const config = read({});
  assert.deepEqual([config.host, config.port, config.alpn], ["127.0.0.1", 0, ["qpc"]]);
  assert.deepEqual(config.limits, DEFAULT_LIMITS);
  assert.deepEqual([config.certPem, config.keyPem], [undefined, undefined]);
  assert.equal(config.dataDir, OPTIONS.dataDir);
});

test("everything that can be set", () => {
  const config = read({
    listen: "[::1]:7",
    data_dir: "/tmp/x",
    cert_pem: "CERT",
    key_pem: "KEY",
    alpn: ["qpq", "qpc"],
    admins: [{ hex: "ab".repeat(32) }],
    operator_token: "operator",
    profile: { "sealed-sender": "on", alpn: 7 },
    limits: {
      frame: 4_194_304,
      rate_per_s: 1,
      idle_ms: 2,
      header_ms: 3,
      frame_ms: 4,
      wait_ms: 5,
      pending_login_ms: 6,
      session_ms: 7,
      drain_ms: 8,
    },
  });
  assert.deepEqual([config.host, config.port, config.alpn], ["::1", 7, ["qpq", "qpc"]]);
  assert.deepEqual([config.certPem, config.keyPem], ["CERT", "KEY"]);
  const files = [config.dbPath, config.certFile, config.keyFile];
  const names = ["qpc.db", "server-cert.der", "server-key.der"];
  assert.deepEqual(
    files,
    names.map((name) => join("/tmp/x", name)),
  );
  assert.deepEqual(config.limits, {
    ...DEFAULT_LIMITS,
    ratePerSecond: 1,
    idleMs: 2,
    headerMs: 3,
    frameMs: 4,
    waitMs: 5,
    pendingLoginMs: 6,
    sessionMs: 7,
    drainTimeoutMs: 8,
  });
  assert.deepEqual(config.admins, [Buffer.alloc(32, 0xab)]);
  assert.equal(config.authToken, "operator");
  assert.deepEqual(config.profile, { "sealed-sender": "on", alpn: "7" });
});

test("null is absent, and an empty list of protocols is the default", () => {
  const config = read({ listen: null, cert_pem: null, alpn: [], limits: null });
  assert.deepEqual([config.port, config.certPem, config.alpn], [0, undefined, ["qpc"]]);
});

test("0 switches a bound off: no time, or more time than anybody has", () => {
  const names = ["rate_per_s", "idle_ms", "header_ms", "frame_ms"];
  names.push("wait_ms", "pending_login_ms", "session_ms");
  const { limits } = read({ limits: Object.fromEntries(names.map((name) => [name, 0])) });
  const { ratePerSecond, idleMs, headerMs, frameMs } = limits;
  assert.deepEqual([ratePerSecond, idleMs, headerMs, frameMs], [0, 0, 0, 0]);
  for (const ms of [limits.waitMs, limits.pendingLoginMs, limits.sessionMs]) {
    assert.ok(ms > 10 * 365 * 86_400_000);
  }
});

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["", /not a JSON object/],
  ["{", /not a JSON object/],
  ["null", /not a JSON object/],
  ["7", /not a JSON object/],
  ["[]", /not a JSON object/],
  ['{"limits": 7}', /limits is not a JSON object/],
  ['{"limits": []}', /limits is not a JSON object/],
  ['{"listen": 5001}', /listen is not a string/],
  ['{"listen": "5001"}', /5001 is not HOST:PORT/],
  ['{"data_dir": true}', /data_dir is not a string/],
  ['{"cert_pem": ["x"]}', /cert_pem is not a string/],
  ['{"key_pem": {}}', /key_pem is not a string/],
  ...[-1, 1.5, "1000", null, true].map(
    (value) =>
      [
        JSON.stringify({ limits: { idle_ms: value } }),
        /limits\.idle_ms is not a whole number/,
      ] as const,
  ),
];

for (const [json, message] of WRONG) {
  test(`usage error: ${json || "nothing"}`, () => {
    assert.throws(
      () => readTestConfig(json, OPTIONS),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

function read(config: object) {
  return readTestConfig(JSON.stringify(config), OPTIONS);
}
