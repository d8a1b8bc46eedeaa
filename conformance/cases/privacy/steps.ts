// What the cases of privacy share: looking for somebody's data in bytes, and comparing two answers.

import { statusName } from "../../../src/registry/statuses.ts";
import type { Answer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";

/** Secret is something that must not appear in an answer. */
export interface Secret {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Too short to be recognised: it could stand in any bytes by chance. */
const LEAST_BYTES = 8;

/** A path of two folders or more, a place in a source, or a line of a stack. */
const TRACE =
  /(\/[\w.-]+){2,}|[A-Za-z]:\\\w|\b[\w-]+\.(ts|js|rs|go|py|java):\d+|\n\s+at \S+|panicked at/;

/** secretsOf are the data of a user that an answer could give away. */
export function secretsOf({ key, token, account }: User): readonly Secret[] {
  return [
    { what: "an identity key", bytes: key },
    { what: "a session token", bytes: token },
    { what: "a username", bytes: Buffer.from(account.username) },
  ];
}

/** found names the secrets that stand in a payload: as bytes, in hex or in base64. */
export function found(payload: Uint8Array, secrets: readonly Secret[]): readonly string[] {
  const raw = Buffer.from(payload);
  const text = raw.toString("latin1");
  const lower = text.toLowerCase();
  return secrets
    .filter(({ bytes }) => bytes.length >= LEAST_BYTES)
    .filter(({ bytes }) => {
      const secret = Buffer.from(bytes);
      // The last characters depend on what follows.
      const base64 = secret.toString("base64").slice(0, -4);
      return (
        raw.includes(secret) ||
        lower.includes(secret.toString("hex")) ||
        text.includes(base64) ||
        text.includes(base64.replaceAll("+", "-").replaceAll("/", "_"))
      );
    })
    .map(({ what }) => what);
}

/** isPrivate checks that no payload holds a secret, a path or a trace. */
export function isPrivate(
  t: Trial,
  check: string,
  payloads: readonly Uint8Array[],
  secrets: readonly Secret[],
): void {
  const leaks = payloads.flatMap((payload) => {
    const traces = TRACE.test(Buffer.from(payload).toString("latin1")) ? ["a path or a trace"] : [];
    return [...found(payload, secrets), ...traces].map((what) => `${what} in ${spell(payload)}`);
  });
  t.check(check, leaks.length === 0, { expected: "none of it", got: leaks.join("; ") });
}

/** alike checks that two answers have the same status and the same payload. */
export function alike(t: Trial, one: Answer, other: Answer, check = "answer"): void {
  t.check(check, spellAnswer(one) === spellAnswer(other), {
    expected: spellAnswer(one),
    got: spellAnswer(other),
  });
}

function spellAnswer({ status, payload }: Answer): string {
  return `${statusName(status)}, ${Buffer.from(payload).toString("hex") || "no payload"}`;
}
