// The errors of qpc as a person sees them: one line and an exit code.

import { AuthError } from "../client/auth.ts";
import { CallError } from "../client/call.ts";
import { RULES, type RuleSlug } from "../registry/rules.ts";
import { statusName } from "../registry/statuses.ts";
import { UsageError } from "../server/options.ts";
import { QuicUnavailable } from "../transport/quic/binding.ts";

/** errorLine words any error; a refusal as `BadRequest (1) code: text`, without qpc in front. */
export function errorLine(error: unknown): string {
  return oneLine(describe(error));
}

/** exitCode: 1 the server refused, 2 wrong usage, 3 not reachable, or no usable answer. */
export function exitCode(error: unknown): number {
  if (error instanceof CallError || error instanceof AuthError) {
    return error instanceof AuthError && error.fault === "malformed" ? 3 : 1;
  }
  return error instanceof UsageError || error instanceof QuicUnavailable ? 2 : 3;
}

function describe(error: unknown): string {
  if (error instanceof CallError) return describeRefusal(error);
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  return `qpc: ${timedOut ? "no answer in time" : (error as Error).message}`;
}

function describeRefusal({ status, code, detail, retryAfterMs }: CallError): string {
  const text = detail || ruleText(code);
  const hint = retryAfterMs > 0 ? ` (retry after ${retryAfterMs} ms)` : "";
  return `${statusName(status)}${code && ` ${code}`}${text && `: ${text}`}${hint}`;
}

function ruleText(code: string): string {
  return Object.hasOwn(RULES, code) ? RULES[code as RuleSlug].text : "";
}

// The words may be the server's: no line breaks, nothing that steers a terminal.
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
