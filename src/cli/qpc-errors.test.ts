import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthError } from "../client/auth.ts";
import { CallError } from "../client/call.ts";
import { ClientFault } from "../client/faults.ts";
import { MessengerError, Unreachable } from "../client/messenger/errors.ts";
import { KeyChanged } from "../client/pinning.ts";
import { RULES } from "../registry/rules.ts";
import { Status } from "../registry/statuses.ts";
import { UsageError } from "../server/options.ts";
import { QuicUnavailable } from "../transport/quic/binding.ts";
import { errorLine, errorWords, exitCode } from "./qpc-errors.ts";

const REFUSAL = {
  method: "Enqueue",
  status: Status.Forbidden,
  code: "",
  retryAfterMs: 0,
  detail: "",
};

test("a refusal shows status, code and the server's words", () => {
  const refused = new CallError({ ...REFUSAL, code: "some.code", detail: "not yours" });
  assert.equal(errorLine(refused), "Forbidden (3) some.code: not yours");
  assert.equal(exitCode(refused), 1);
});

test("a rule is quoted when the server has no words, and nothing stands for nothing", () => {
  const code = "delivery.inbox-owner";
  assert.equal(
    errorLine(new CallError({ ...REFUSAL, code: "delivery.recipient-key" })),
    `Forbidden (3) delivery.recipient-key: ${RULES["delivery.recipient-key"].text}`,
  );
  assert.equal(
    errorLine(new CallError({ ...REFUSAL, code: `${code}-x` })),
    `Forbidden (3) ${code}-x`,
  );
  assert.equal(
    errorLine(new CallError({ ...REFUSAL, code: "toString" })),
    "Forbidden (3) toString",
  );
  assert.equal(errorLine(new CallError(REFUSAL)), "Forbidden (3)");
});

test("a name that nobody has is told in plain words", () => {
  const unknown = { ...REFUSAL, status: Status.NotFound, code: "user.not-found", detail: "x" };
  const line = "NotFound (4) user.not-found: there is no user of this name or key";
  assert.equal(errorLine(new CallError(unknown)), line);
});

test("a hint to wait is shown", () => {
  const limited = { ...REFUSAL, status: Status.RateLimited, retryAfterMs: 250 };
  assert.equal(errorLine(new CallError(limited)), "RateLimited (5) (retry after 250 ms)");
});

test("the server's words stay on one line and steer no terminal", () => {
  const detail = "one\r\ntwo\u001b[31m\u009b2J\u2028three\u202e";
  assert.equal(
    errorLine(new CallError({ ...REFUSAL, detail })),
    "Forbidden (3): one two [31m 2J three",
  );
});

test("every kind of error has its exit code", () => {
  assert.equal(exitCode(new AuthError("taken", "")), 1);
  assert.equal(exitCode(new AuthError("refused", "")), 1);
  assert.equal(exitCode(new AuthError("malformed", "")), 3);
  assert.equal(exitCode(new UsageError("")), 2);
  assert.equal(exitCode(new QuicUnavailable("")), 2);
  assert.equal(exitCode(new MessengerError("inactive", "")), 2);
  assert.equal(exitCode(new ClientFault("log-forked", "")), 3);
  assert.equal(exitCode(new Unreachable(new Error(""))), 3);
  assert.equal(exitCode(new Error("")), 3);
});

test("a fault has its name, and a server that is away the reason", () => {
  const fault = new ClientFault("log-forked", "another root\u001b[m");
  assert.equal(errorLine(fault), "qpc: log-forked: another root [m");
  const changed = new KeyChanged("bob", new Uint8Array(32), new Uint8Array(32).fill(0xab));
  assert.match(errorLine(changed), new RegExp(`^qpc: key-changed: bob .*${"ab".repeat(32)};`));
  const away = new Unreachable(new Error("no route"));
  assert.equal(errorLine(away), "qpc: the server cannot be reached: no route");
  assert.equal(errorWords(away), "the server cannot be reached: no route");
});

test("an answer that did not come in time is told as such", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const signal = AbortSignal.timeout(1);
  signal.addEventListener("abort", () => reject(signal.reason));
  const keepAlive = setTimeout(() => {}, 10_000);
  const error = await promise.catch((reason) => reason);
  clearTimeout(keepAlive);
  assert.equal(errorLine(error), "qpc: no answer in time");
  assert.equal(exitCode(error), 3);
});
