// Recovery: codes as people type them, what is derived of them, and bundles. Spec: client/recovery-codes.md.

import { hex } from "../bytes.ts";
import type { ClientVector, VectorFile } from "../format.ts";
import { bundles } from "./recovery-bundles.ts";
import { CODE, derived, SECRET, writeCode } from "./recovery-codes.ts";
import { accepted, fixed, flip, refused, utf8 } from "./stating.ts";

/** clientRecovery is client/recovery.json. */
export function clientRecovery(): VectorFile<ClientVector> {
  return {
    schema: "schema/client.schema.json",
    topic: "client/recovery",
    spec: "spec/client/recovery-codes.md",
    vectors: [...codes(), ...typed(), ...slips(), ...bundles()],
  };
}

/** The eight codes of an account, with token and key of each; and the two ends of the alphabet. */
function codes(): ClientVector[] {
  const secrets: readonly (readonly [string, Uint8Array, string])[] = [
    ["example", SECRET, "the secret is 00 to 0f"],
    ["zeros", new Uint8Array(16), ""],
    ["ones", new Uint8Array(16).fill(0xff), ""],
    ...Array.from({ length: 8 }, (_, index) => {
      const name = `account-${index + 1}`;
      return [name, fixed(`recovery ${name}`, 16), "one of the eight codes of an account"] as const;
    }),
  ];
  return secrets.flatMap(([id, secret, comment]) => {
    const { token, token_hash, key } = derived(secret);
    const code = writeCode(secret);
    const bytes = hex(utf8(code));
    const format = "recovery-code";
    return [
      accepted(
        `recovery.code.${id}`,
        format,
        bytes,
        { rule: "recovery-codes.format", comment },
        { secret: hex(secret), code },
      ),
      accepted(
        `recovery.token.${id}`,
        format,
        bytes,
        { rule: "recovery-codes.token", comment },
        { secret: hex(secret), token, token_hash },
      ),
      accepted(
        `recovery.key.${id}`,
        format,
        bytes,
        { rule: "recovery-codes.key", comment },
        { secret: hex(secret), key },
      ),
    ];
  });
}

function typed(): ClientVector[] {
  const good = (id: string, text: string, comment: string) =>
    accepted(
      `recovery.typed.${id}`,
      "recovery-code",
      hex(utf8(text)),
      { rule: "recovery-codes.reading", comment },
      { secret: hex(SECRET), code: CODE },
    );
  return [
    good("lower-case", CODE.toLowerCase(), "in lower case"),
    good("no-hyphens", CODE.replaceAll("-", ""), "without hyphens"),
    good("spaces", ` ${CODE.replaceAll("-", "  ")}\t\r\n`, "with white space for hyphens"),
    good("other-groups", "00-0G40R40M30E209185-GR38E1YZ0", "in other groups"),
    good("letter-o", CODE.replaceAll("0", "O"), "O stands for 0"),
    good("small-o", CODE.replaceAll("0", "o"), "o stands for 0"),
    good("letter-i", CODE.replaceAll("1", "I"), "I stands for 1"),
    good("small-l", CODE.replaceAll("1", "l"), "l stands for 1"),
  ];
}

function slips(): ClientVector[] {
  const bad = (id: string, stage: string, rule: string, text: string, comment: string) =>
    refused(`recovery.slip.${id}`, "recovery-code", stage, hex(utf8(text)), { rule, comment });
  const short = (id: string, text: string, comment: string) =>
    bad(id, "length", "recovery-codes.reading", text, comment);
  const strange = (id: string, character: string, comment: string) =>
    bad(id, "character", "recovery-codes.reading", character + CODE.slice(1), comment);
  const wrong = (id: string, text: string, comment: string) =>
    bad(id, "check", "recovery-codes.check", text, comment);
  return [
    short("nothing", "", "no characters at all"),
    short("one-missing", CODE.slice(0, -1), "27 characters"),
    short("one-more", `${CODE}0`, "29 characters"),
    short("two-codes", `${CODE} ${CODE}`, "56 characters"),
    strange("letter-u", "U", "the alphabet has no U"),
    strange("asterisk", "*", "a check symbol of Crockford's, which these codes do not have"),
    strange("full-width-zero", "０", "U+FF10 is no digit here"),
    strange("dotless-i", "ı", "U+0131 is I in upper case, but no I"),
    wrong("first-character", `1${CODE.slice(1)}`, "a wrong character"),
    wrong("exchanged", `${CODE.slice(0, 3)}4-G${CODE.slice(6)}`, "two characters changed places"),
    wrong("check-byte", `${CODE.slice(0, -3)}2Z0`, "a wrong check byte"),
    wrong("spare-bits", `${CODE.slice(0, -1)}1`, "one of the four bits behind it is not zero"),
    wrong("another-check", writeCode(SECRET, flip), "the check byte with one bit changed"),
  ];
}
