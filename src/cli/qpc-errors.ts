// The errors of qpc as a person sees them: one line and an exit code.

import { AuthError } from "../client/auth.ts";
import { hexOf } from "../client/bytes.ts";
import { CallError } from "../client/call.ts";
import { ClientFault } from "../client/faults.ts";
import { MessengerError, Unreachable } from "../client/messenger/errors.ts";
import { KeyChanged } from "../client/pinning.ts";
import { RULES, type RuleSlug } from "../registry/rules.ts";
import { statusName } from "../registry/statuses.ts";
import { UsageError } from "../server/options.ts";
import { QuicUnavailable } from "../transport/quic/binding.ts";
import { oneLine } from "./terminal-text.ts";

/** errorLine words any error; a refusal as `BadRequest (1) code: text`, without qpc in front. */
export function errorLine(error: unknown): string {
  return `${error instanceof CallError ? "" : "qpc: "}${errorWords(error)}`;
}

/** errorWords is the same without qpc in front. */
export function errorWords(error: unknown): string {
  return oneLine(describe(error));
}

/** exitCode: 1 the server refused, 2 wrong usage, 3 not reachable, or no usable answer. */
export function exitCode(error: unknown): number {
  if (error instanceof CallError || error instanceof AuthError) {
    return error instanceof AuthError && error.fault === "malformed" ? 3 : 1;
  }
  return OWN_FAULTS.some((kind) => error instanceof kind) ? 2 : 3;
}

/** What no server has to do with. */
const OWN_FAULTS = [UsageError, QuicUnavailable, MessengerError] as const;

function describe(error: unknown): string {
  if (error instanceof CallError) return describeRefusal(error);
  if (error instanceof DOMException && error.name === "TimeoutError") return "no answer in time";
  const { message, cause } = error as Error;
  if (error instanceof ClientFault) return `${error.fault}: ${message}${describeOffer(error)}`;
  const reason = error instanceof Unreachable && cause !== undefined ? `: ${describe(cause)}` : "";
  return `${message}${reason}`;
}

function describeOffer(fault: ClientFault): string {
  if (!(fault instanceof KeyChanged)) return "";
  return `, offered is ${hexOf(fault.offered)}; ask its owner before you accept it`;
}

function describeRefusal({ status, code, detail, retryAfterMs }: CallError): string {
  const text = PLAIN.get(code) ?? (detail || ruleText(code));
  const hint = retryAfterMs > 0 ? ` (retry after ${retryAfterMs} ms)` : "";
  return `${statusName(status)}${code && ` ${code}`}${text && `: ${text}`}${hint}`;
}

/** Rules that people break every day by a slip of the keyboard, in words for them. */
const PLAIN: ReadonlyMap<string, string> = new Map<RuleSlug, string>([
  ["user.not-found", "there is no user of this name or key"],
  ["channel.not-self", "a conversation needs somebody else"],
]);

function ruleText(code: string): string {
  return Object.hasOwn(RULES, code) ? RULES[code as RuleSlug].text : "";
}
