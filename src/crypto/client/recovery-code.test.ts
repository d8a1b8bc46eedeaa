// Recovery codes: written and read again, read as people type them, and slips found.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nobleBackend } from "../backend/noble.ts";
import { nodeBackend } from "../backend/node.ts";
import {
  formatRecoveryCode,
  newRecoverySecrets,
  parseRecoveryCode,
  RecoveryCodeError,
  type RecoveryCodeFault,
  recoveryKeys,
} from "./recovery-code.ts";

// SHA-256 of the bytes 00 to 0f begins with be: 0f be and four zero bits are 1, Y, Z and 0 at the end.
const SECRET = Uint8Array.from({ length: 16 }, (_, index) => index);
const CODE = "000G-40R4-0M30-E209-185G-R38E-1YZ0";

describe("a recovery code", () => {
  it("is the example", () => {
    assert.equal(formatRecoveryCode(SECRET), CODE);
    assert.deepEqual(parseRecoveryCode(CODE), SECRET);
  });

  it("is 7 groups of 4", () => {
    for (const secret of newRecoverySecrets()) {
      assert.match(
        formatRecoveryCode(secret),
        /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/,
      );
    }
  });

  for (const [how, typed] of [
    ["in lower case", CODE.toLowerCase()],
    ["without hyphens", CODE.replaceAll("-", "")],
    ["with spaces and line ends", ` ${CODE.replaceAll("-", "  ")}\r\n\t`],
    ["in other groups", "00-0G40R40M30E209185-GR38E1YZ0"],
    ["with O for 0", CODE.replaceAll("0", "O")],
    ["with o for 0", CODE.replaceAll("0", "o")],
    ["with I for 1", CODE.replaceAll("1", "I")],
    ["with l for 1", CODE.replaceAll("1", "l")],
  ] as const) {
    it(`is read ${how}`, () => assert.deepEqual(parseRecoveryCode(typed), SECRET));
  }

  it("is refused with a character missing or too many", () => {
    refuses("length", "");
    refuses("length", CODE.slice(1));
    refuses("length", `${CODE}0`);
    refuses("length", "U".repeat(10_000));
    refuses("length", " ".repeat(10_000));
  });

  it("is refused with a character that no code has", () => {
    for (const character of ["U", "u", "*", "ı", "ſ", "０", "–", "\u{1f600}"]) {
      refuses("character", character + CODE.slice(1));
    }
  });

  it("is refused when the bits behind the check byte are not zero", () => {
    for (const last of ["1", "8", "F"]) refuses("check", CODE.slice(0, -1) + last);
  });

  it("is not repeated in an error", () => {
    for (const typed of [CODE.slice(1), `${CODE.slice(0, -1)}U`, `1${CODE.slice(1)}`]) {
      assert.throws(
        () => parseRecoveryCode(typed),
        (error) => !String((error as Error).message).includes(typed.slice(5, 9)),
      );
    }
  });
});

describe("properties", () => {
  const secrets = fc.uint8Array({ minLength: 16, maxLength: 16 });

  it("every secret comes back", () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        assert.deepEqual(parseRecoveryCode(formatRecoveryCode(secret)), secret);
      }),
    );
  });

  it("a wrong character among the last two is always found", () => {
    const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    fc.assert(
      fc.property(
        secrets,
        fc.constantFrom(32, 33),
        fc.constantFrom(...alphabet),
        (secret, at, other) => {
          const code = formatRecoveryCode(secret);
          fc.pre(code[at] !== other);
          refuses("check", code.slice(0, at) + other + code.slice(at + 1));
        },
      ),
    );
  });

  it("most other slips are found: at most one in 128 is not", () => {
    let missed = 0;
    for (let n = 0; n < 2560; n++) {
      const secret = Uint8Array.from(SECRET, (byte, index) => (byte * 31 + n * (index + 1)) & 0xff);
      const code = formatRecoveryCode(secret);
      const other = code[3] === "7" ? "8" : "7";
      try {
        parseRecoveryCode(code.slice(0, 3) + other + code.slice(4));
        missed += 1;
      } catch {}
    }
    assert.ok(missed < 20, `${missed} of 2560`);
  });
});

describe("keys of a code", () => {
  it("are alike from both backends, and differ from each other", () => {
    const keys = recoveryKeys(SECRET, nobleBackend);
    assert.deepEqual(recoveryKeys(SECRET, nodeBackend), keys);
    assert.notDeepEqual(keys.token, keys.key);
    assert.deepEqual(keys.tokenHash, nodeBackend.sha256(keys.token));
  });

  it("differ from code to code", () => {
    const tokens = newRecoverySecrets().map((secret) => recoveryKeys(secret).token.join());
    assert.equal(new Set(tokens).size, 8);
  });

  it("need 16 bytes", () => {
    assert.throws(() => recoveryKeys(new Uint8Array(17)), RangeError);
    assert.throws(() => formatRecoveryCode(new Uint8Array(15)), RangeError);
  });
});

function refuses(fault: RecoveryCodeFault, typed: string): void {
  assert.throws(
    () => parseRecoveryCode(typed),
    (error) => error instanceof RecoveryCodeError && error.fault === fault,
    typed,
  );
}
